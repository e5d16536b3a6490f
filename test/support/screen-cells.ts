import { visibleWidth } from "@mariozechner/pi-tui";

/** How a character stands on the screen. Colours are `default`, one of 256 by number, or `#rrggbb`. */
export interface CellStyle {
	readonly color: string;
	readonly background: string;
	readonly bold: boolean;
	readonly dim: boolean;
	readonly italic: boolean;
	readonly underline: boolean;
	readonly struck: boolean;
	readonly inverse: boolean;
}

/** What stands in one place of the screen: as many columns wide as it says. */
export interface Cell {
	readonly text: string;
	readonly width: number;
	readonly style: CellStyle;
}

export const PLAIN: CellStyle = {
	color: "default",
	background: "default",
	bold: false,
	dim: false,
	italic: false,
	underline: false,
	struck: false,
	inverse: false,
};

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const ESCAPE = String.fromCharCode(27);
const PIECES = new RegExp(
	`${ESCAPE}\\[([\\d;:]*)m|${ESCAPE}\\][^${ESCAPE}]*${ESCAPE}\\\\|${ESCAPE}.|[^${ESCAPE}]+`,
	"gs",
);
const CONTROL = /\p{Cc}/gu;

/** Reads what tmux has of a screen with its colours. A colour holds over the end of a line, until another one is said. */
export function screenCells(lines: readonly string[]): Cell[][] {
	let style = PLAIN;
	return lines.map((line) => {
		const cells: Cell[] = [];
		for (const [piece, codes] of line.matchAll(PIECES)) {
			if (codes !== undefined) style = styleAfter(style, codes);
			else if (!piece.startsWith(ESCAPE)) cells.push(...cellsOf(piece.replace(CONTROL, ""), style));
		}
		return cells;
	});
}

/** The style of the first place where these words stand; absent when they do not. */
export function styleOf(words: string, screen: readonly (readonly Cell[])[]): CellStyle | undefined {
	for (const row of screen) {
		let text = "";
		const starts = row.map((cell) => {
			text += cell.text;
			return text.length - cell.text.length;
		});
		const at = text.indexOf(words);
		if (at >= 0) return row[starts.indexOf(at)]?.style;
	}
	return undefined;
}

function cellsOf(text: string, style: CellStyle): Cell[] {
	const cells: Cell[] = [];
	for (const { segment } of graphemes.segment(text)) cells.push({ text: segment, width: visibleWidth(segment), style });
	return cells;
}

const SWITCHES: Readonly<Record<number, Partial<CellStyle>>> = {
	0: PLAIN,
	1: { bold: true },
	2: { dim: true },
	3: { italic: true },
	4: { underline: true },
	7: { inverse: true },
	9: { struck: true },
	21: { underline: true },
	22: { bold: false, dim: false },
	23: { italic: false },
	24: { underline: false },
	27: { inverse: false },
	29: { struck: false },
	39: { color: "default" },
	49: { background: "default" },
};

function styleAfter(before: CellStyle, codes: string): CellStyle {
	let style = before;
	const numbers = codes.split(/[;:]/).map(Number);
	while (numbers.length > 0) {
		const code = numbers.shift() ?? 0;
		const change = code === 38 || code === 48 || code === 58 ? extended(code, numbers) : simple(code);
		style = { ...style, ...change };
	}
	return style;
}

function simple(code: number): Partial<CellStyle> {
	if (code >= 30 && code <= 37) return { color: `${code - 30}` };
	if (code >= 90 && code <= 97) return { color: `${code - 90 + 8}` };
	if (code >= 40 && code <= 47) return { background: `${code - 40}` };
	if (code >= 100 && code <= 107) return { background: `${code - 100 + 8}` };
	return SWITCHES[code] ?? {};
}

/** `5;n` or `2;r;g;b`; takes what it needs. */
function extended(code: number, numbers: number[]): Partial<CellStyle> {
	const kind = numbers.shift();
	const color = kind === 5 ? `${numbers.shift() ?? 0}` : hex(numbers.splice(0, 3));
	if (code === 38) return { color };
	return code === 48 ? { background: color } : {}; // 58 colours the line below the text
}

function hex(parts: readonly number[]): string {
	return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}
