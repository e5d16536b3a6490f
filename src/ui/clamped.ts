import { type Component, truncateToWidth, visibleWidth } from "@mariozechner/pi-tui";
import { inTerminalsSigns } from "./ascii.ts";

/**
 * The way out for every drawing of ours. None goes out unmeasured, for a line wider than the terminal ends the whole program, and
 * none with a sequence that does more than colour: the title, the clipboard and the screen are the host's.
 */
export class Clamped implements Component {
	constructor(private readonly inner: Component) {}

	render(width: number): string[] {
		if (width < 1) return [];
		return this.inner.render(width).map((drawn) => {
			const line = tameLine(drawn);
			return inTerminalsSigns(visibleWidth(line) > width ? truncateToWidth(line, width, "") : line);
		});
	}

	invalidate(): void {
		this.inner.invalidate();
	}
}

const ESC = "\\x1b";
const BEL = "\\x07";
/** Colours; links, whose addresses would be lost with them; and the place of the cursor, as the host's input line marks it. */
const KEPT = `${ESC}\\[[\\d;:]*m|${ESC}\\]8;[^${ESC}${BEL}]*(?:${BEL}|${ESC}\\\\)|${ESC}_pi:c${BEL}`;
/** Other sequences: the host marks where messages begin and end, for a screen that an overlay is not. */
const SEQUENCE = `${ESC}\\][^${ESC}${BEL}]*(?:${BEL}|${ESC}\\\\)?|${ESC}\\[[\\d;:?]*[A-Za-z]|${ESC}_[^${ESC}${BEL}]*(?:${BEL}|${ESC}\\\\)?`;
/** They turn the writing direction of the whole line. */
const DIRECTIONS = "[\\u061C\\u200E\\u200F\\u202A-\\u202E\\u2066-\\u2069]";
const SIGNS = new RegExp(`(${KEPT})|${SEQUENCE}|${DIRECTIONS}|\\p{Cc}|\\p{Cs}`, "gu");

/** A drawn line without anything that does more than colour and link. */
export function tameLine(line: string): string {
	return line.replace(SIGNS, (_match, kept: string | undefined) => kept ?? "");
}
