import type { Theme } from "@mariozechner/pi-coding-agent";
import { wrapTextWithAnsi } from "@mariozechner/pi-tui";
import { plainLine } from "../../format/plain-text.ts";
import { type Hint, hintLinesIn } from "../dialogs/hint-lines.ts";
import type { Line, Piece } from "../line.ts";
import { ruleLine } from "./viewer-lines.ts";

/** What is to be seen around the conversation. */
export interface Surroundings {
	readonly head: readonly Line[];
	/** What is wrong with the conversation as a whole. */
	readonly notice: string;
	/** How the view stands; asked when the body is laid out. */
	readonly words: () => readonly Piece[];
	/** What came of what the person did last. */
	readonly note: { readonly text: string; readonly isBad: boolean } | undefined;
	/** The line the person types into. */
	readonly prompt: ((width: number) => string) | undefined;
	readonly hints: readonly Hint[];
}

export interface Screen {
	readonly width: number;
	readonly rows: number;
	readonly theme: Theme;
}

const MOST_NOTE_LINES = 3;

/** A whole screen; what a small one has no room for is left out, the conversation last. */
export function composeFrame(
	around: Surroundings,
	{ width, rows, theme }: Screen,
	body: (rows: number) => readonly string[],
): string[] {
	const draw = (line: Line | undefined) => line?.render(width) ?? [];
	const say = (text: string, color: "warning" | "success") =>
		text === "" ? [] : wrapped(text, width).map((line) => theme.fg(color, line));
	const above = [
		...(rows < 5 ? [] : draw(around.head[0])),
		...(rows < 10 ? [] : [...draw(around.head[1]), ...draw(ruleLine([], width, theme))]),
		...(rows < 8 ? [] : say(around.notice, "warning")),
	];
	const { note, prompt } = around;
	const below = [
		...(note ? say(note.text, note.isBad ? "warning" : "success") : []),
		...(prompt ? [prompt(width)] : []),
		...hintLinesIn(hintRows(rows), around.hints, width, theme),
	];
	const hasRule = rows >= 4;
	const room = Math.max(1, rows - above.length - below.length - (hasRule ? 1 : 0));
	const middle = body(room);
	const filling = Array.from({ length: room - middle.length }, () => "");
	const rule = hasRule ? draw(ruleLine(around.words(), width, theme)) : [];
	return [...above, ...middle, ...filling, ...rule, ...below].slice(-rows);
}

function wrapped(text: string, width: number): string[] {
	const lines = wrapTextWithAnsi(plainLine(text), width);
	return lines.length > MOST_NOTE_LINES ? [...lines.slice(0, MOST_NOTE_LINES - 1), "…"] : lines;
}

function hintRows(rows: number): number {
	if (rows < 3) return 0;
	return rows < 16 ? 1 : 3;
}
