import { type Component, visibleWidth } from "@mariozechner/pi-tui";
import { cutText } from "../domain/shorten.ts";

/** A piece of a line in one colour. The text is plain. */
export interface Piece {
	readonly text: string;
	readonly paint: (text: string) => string;
}

/** More than a column takes in any script. Looking at a text takes time that grows with the square of its length. */
const UNITS_A_COLUMN = 16;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * One line that is cut to the width with an ellipsis. Cut before it is painted: a reset code in the middle would leave a hole
 * in the background it is drawn on.
 */
export class Line implements Component {
	constructor(private readonly pieces: readonly Piece[]) {}

	render(width: number): string[] {
		if (width < 1) return [];
		const isLong = this.pieces.some(({ text }) => text.length > width * UNITS_A_COLUMN);
		const fits = !isLong && this.pieces.reduce((sum, piece) => sum + visibleWidth(piece.text), 0) <= width;
		return [fits ? this.pieces.map(({ text, paint }) => paint(text)).join("") : this.cut(width - 1)];
	}

	invalidate(): void {}

	private cut(width: number): string {
		let room = width;
		let line = "";
		for (const { text, paint } of this.pieces) {
			const kept = beginning(text, room);
			room -= visibleWidth(kept);
			if (kept.length < text.length) return `${line}${paint(`${kept}…`)}`;
			line += paint(kept);
		}
		return line;
	}
}

function beginning(text: string, width: number): string {
	let kept = "";
	let room = width;
	for (const { segment } of graphemes.segment(cutText(text, width * UNITS_A_COLUMN).text)) {
		room -= visibleWidth(segment);
		if (room < 0) break;
		kept += segment;
	}
	return kept;
}
