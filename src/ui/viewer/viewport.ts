/** A line of a conversation: which block, and which of its lines. */
export interface Place {
	readonly block: number;
	readonly line: number;
}

export interface VisibleLine extends Place {
	readonly text: string;
}

/** What is looked at: blocks one below the other, each laid out when it is asked for. */
export interface Pages {
	readonly count: number;
	lines(block: number): readonly string[];
}

/**
 * The part of a conversation that is on the screen. Its anchor is its first line and not a line number, so that nothing
 * above has to be laid out, and so that it stays where it is when blocks above it grow.
 */
export class Viewport {
	private top: Place = { block: 0, line: 0 };
	private isFollowing = true;
	/** How many blocks there were when the end was last in view. */
	private seen = 0;
	private rows = 1;

	constructor(private readonly pages: Pages) {}

	/** It stays at the end while the conversation grows. */
	get follows(): boolean {
		return this.isFollowing;
	}

	/** How many blocks have come since the end was in view. */
	get missed(): number {
		return Math.max(0, this.pages.count - this.seen);
	}

	get height(): number {
		return this.rows;
	}

	/** The first line on the screen. */
	get place(): Place {
		return this.top;
	}

	/** The lines of a screen with so many rows; fewer when the conversation is shorter. */
	visible(rows: number): readonly VisibleLine[] {
		this.rows = Math.max(1, rows);
		this.settle();
		const lines: VisibleLine[] = [];
		let { block, line } = this.top;
		for (; block < this.pages.count && lines.length < this.rows; block++, line = 0) {
			const texts = this.pages.lines(block).slice(line, line + this.rows - lines.length);
			for (const [at, text] of texts.entries()) lines.push({ block, line: line + at, text });
		}
		return lines;
	}

	/** @param by lines, down or (negative) up. Reaching the end by scrolling down follows again. */
	scroll(by: number): void {
		this.settle();
		this.top = by < 0 ? this.above(this.top, -by) : this.below(this.top, by);
		this.isFollowing = this.fits(this.top) && (by > 0 || this.fits(BEGINNING));
		this.settle();
	}

	toBeginning(): void {
		this.goTo(BEGINNING);
	}

	follow(): void {
		this.isFollowing = true;
		this.settle();
	}

	/** @param context how many lines above the place are to be seen */
	goTo(place: Place, context = 0): void {
		this.top = this.above(place, context);
		this.isFollowing = this.fits(BEGINNING);
		this.settle();
	}

	/** The conversation may have grown, shrunk or been laid out anew since. */
	private settle(): void {
		const { block, line } = this.top;
		const isGone = block >= this.pages.count;
		const height = isGone ? 0 : this.pages.lines(block).length;
		this.top = { block, line: Math.min(line, Math.max(0, height - 1)) };
		if (this.isFollowing || isGone || this.fits(this.top)) this.top = this.end();
		if (this.isFollowing) this.seen = this.pages.count;
	}

	/** The position that shows exactly the last screen. */
	private end(): Place {
		return this.above({ block: this.pages.count, line: 0 }, this.rows);
	}

	/** All from here to the end is on one screen. */
	private fits(from: Place): boolean {
		let room = this.rows + from.line;
		for (let block = from.block; block < this.pages.count; block++) {
			room -= this.pages.lines(block).length;
			if (room < 0) return false;
		}
		return true;
	}

	private above({ block, line }: Place, by: number): Place {
		let missing = by - line;
		let at = block;
		while (missing > 0 && at > 0) missing -= this.pages.lines(--at).length;
		return { block: at, line: Math.max(0, -missing) };
	}

	private below({ block, line }: Place, by: number): Place {
		let left = line + by;
		for (let at = block; at < this.pages.count; at++) {
			const height = this.pages.lines(at).length;
			if (left < height) return { block: at, line: left };
			left -= height;
		}
		return this.end();
	}
}

const BEGINNING: Place = { block: 0, line: 0 };

/** @param starts the blocks that begin turns, in order. @returns the block to jump to, if there is one */
export function neighbourTurn(starts: readonly number[], { block, line }: Place, step: 1 | -1): number | undefined {
	if (step > 0) return starts.find((start) => start > block);
	return starts.findLast((start) => start < block || (start === block && line > 0));
}

/** Which turn a block belongs to, from 1; 0 before the first. */
export function turnOf(starts: readonly number[], block: number): number {
	let low = 0;
	let high = starts.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((starts[middle] ?? 0) <= block) low = middle + 1;
		else high = middle;
	}
	return low;
}
