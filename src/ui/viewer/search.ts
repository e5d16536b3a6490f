import { stripVTControlCharacters } from "node:util";
import type { Block } from "./block.ts";
import { blockText } from "./block-text.ts";
import type { Place } from "./viewport.ts";

/** What is searched in: the blocks for what they say, their lines for where it stands. */
export interface Searched {
	readonly count: number;
	at(index: number): Block | undefined;
	/** Lays the block out. @param unfold also what is folded away in it */
	lines(index: number, options?: { readonly unfold: boolean }): readonly string[];
}

/**
 * A search for some words, whatever their case. A block is asked what it says, which is quick and finds what is folded away;
 * only where it says the words it is laid out to find the line.
 */
export class Search {
	private readonly words: string;
	private readonly verdicts = new WeakMap<Block, boolean>();
	private readonly found = new WeakMap<readonly string[], readonly number[]>();

	constructor(readonly query: string) {
		this.words = searchable(query);
	}

	/** In how many blocks it stands, and which of them this one is, from 1; 0 when it is none of them. */
	tally(searched: Pick<Searched, "count" | "at">, block: number): { total: number; position: number } {
		let total = 0;
		let position = 0;
		for (let index = 0; index < searched.count; index++) {
			if (!this.isIn(searched.at(index))) continue;
			total++;
			if (index === block) position = total;
		}
		return { total, position };
	}

	/** The next place after (or before) this one, going round at the end. */
	next(searched: Searched, from: Place, step: 1 | -1): Place | undefined {
		const { count } = searched;
		for (let gone = 0; gone <= count; gone++) {
			const block = (((from.block + gone * step) % count) + count) % count;
			if (!this.isIn(searched.at(block))) continue;
			const lines = this.placesIn(searched, block);
			const isStart = gone === 0;
			const isAhead = (line: number) => !isStart || (step > 0 ? line > from.line : line < from.line);
			const line = step > 0 ? lines.find(isAhead) : lines.findLast(isAhead);
			if (line !== undefined) return { block, line };
		}
		return undefined;
	}

	/** The lines among these in which a match begins. */
	linesWith(lines: readonly string[]): readonly number[] {
		const known = this.found.get(lines);
		if (known) return known;
		const found = this.locate(lines);
		this.found.set(lines, found);
		return found;
	}

	isIn(block: Block | undefined): boolean {
		if (!block || this.words === "") return false;
		const known = this.verdicts.get(block);
		if (known !== undefined) return known;
		const verdict = searchable(blockText(block)).includes(this.words);
		this.verdicts.set(block, verdict);
		return verdict;
	}

	private placesIn(searched: Searched, block: number): readonly number[] {
		const shown = this.linesWith(searched.lines(block));
		if (shown.length > 0) return shown;
		const unfolded = this.linesWith(searched.lines(block, { unfold: true }));
		return unfolded.length > 0 ? unfolded : [0]; // the host draws it in other words
	}

	/** A match may go on in the next line, where it was broken. */
	private locate(lines: readonly string[]): readonly number[] {
		const starts: number[] = [];
		let whole = "";
		for (const line of lines) {
			starts.push(whole.length);
			const text = searchable(stripVTControlCharacters(line));
			whole += text === "" ? "" : `${text} `;
		}
		const found: number[] = [];
		let at = whole.indexOf(this.words);
		for (let line = 0; at >= 0 && line < lines.length; line++) {
			const next = starts[line + 1] ?? whole.length;
			if (at >= next) continue;
			found.push(line);
			at = whole.indexOf(this.words, next);
		}
		return found;
	}
}

/** Without what markdown adds and what wrapping takes away. */
function searchable(text: string): string {
	return text.toLowerCase().replace(/[*`]/g, "").replace(/\s+/g, " ").trim();
}
