import { truncateToWidth, visibleWidth } from "@mariozechner/pi-tui";
import { plainLine } from "../../format/plain-text.ts";
import { tameLine } from "../clamped.ts";
import type { Block } from "./block.ts";
import { blockComponent, type Look, plainComponent } from "./block-component.ts";

/** More than fit on a screen, and some pages around it. */
const MOST_KEPT = 300;

/** The lines of blocks at one width, drawn when they are asked for and kept while they are near. */
export class DrawnBlocks {
	/** In the order of their last use. */
	private readonly kept = new Map<Block, readonly string[]>();
	private width = 0;

	/** @param look asked for at each drawing; what it answered differently before is forgotten with `forget` */
	constructor(private readonly look: (block: Block) => Look) {}

	/** Never throws; no line is wider than the width. */
	lines(block: Block, width: number): readonly string[] {
		if (width !== this.width) this.forget();
		this.width = width;
		const lines = this.kept.get(block) ?? this.draw(block, width);
		this.kept.delete(block);
		this.kept.set(block, lines);
		for (const [oldest] of this.kept) {
			if (this.kept.size <= MOST_KEPT) break;
			this.kept.delete(oldest);
		}
		return lines;
	}

	/** The theme or the look has changed. */
	forget(block?: Block): void {
		if (block) this.kept.delete(block);
		else this.kept.clear();
	}

	private draw(block: Block, width: number): readonly string[] {
		try {
			return blockComponent(block, this.look(block))
				.render(width)
				.map((line) => tame(line, width));
		} catch {
			return drawPlain(block, width);
		}
	}
}

function drawPlain(block: Block, width: number): readonly string[] {
	try {
		return plainComponent(block)
			.render(width)
			.map((line) => tame(line, width));
	} catch (error) {
		return [truncateToWidth(plainLine(`[${block.kind}] cannot be shown: ${error}`), width)];
	}
}

function tame(line: string, width: number): string {
	const plain = tameLine(line);
	return visibleWidth(plain) > width ? truncateToWidth(plain, width, "") : plain;
}
