import { type Component, truncateToWidth, visibleWidth } from "@mariozechner/pi-tui";
import { cutText } from "../../platform/shorten.ts";

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

/** One of the small facts behind a description; of one column a character. */
export interface Figure extends Piece {
	/** The greatest are the last to give way. */
	readonly weight: number;
}

/** Never gives way before the description does: an icon alone must not carry how something ended. */
export const INDISPENSABLE = 7;

export interface FittedParts<F extends Figure = Figure> {
	readonly name: Piece;
	readonly description: Piece;
	readonly figures: readonly F[];
	/** Paints what stands between figures. */
	readonly dim: (text: string) => string;
}

const SEPARATOR = " · ";
/** A description keeps at least so many columns, or a third of them; figures give way to it, the least important first. */
const LEAST_DESCRIPTION = 16;
/** Columns beside the indispensable ones. */
const LEAST_AT_ALL = 4;

/** A name, a description and as many figures as there is room for, in one line. */
export class FittedLine implements Component {
	constructor(private readonly parts: FittedParts) {}

	render(width: number): string[] {
		const { name, description, dim } = this.parts;
		const figures = this.figuresWithin(width);
		const room = width - figures.reduce((sum, { text }) => sum + SEPARATOR.length + text.length, 0);
		const title = { text: `${name.text} `, paint: name.paint };
		const [line] = new Line([title, description]).render(room);
		if (line === undefined) return [];
		return [line + figures.map(({ text, paint }) => dim(SEPARATOR) + paint(text)).join("")];
	}

	invalidate(): void {}

	private figuresWithin(width: number): readonly Figure[] {
		const { name, description, figures } = this.parts;
		const task = visibleWidth(description.text);
		const left = width - visibleWidth(name.text) - 1;
		const roomFor = (least: number) => left - Math.min(task, least);
		const kept = new Set<Figure>();
		let taken = 0;
		for (const figure of [...figures].sort((a, b) => b.weight - a.weight)) {
			taken += SEPARATOR.length + figure.text.length;
			if (taken > roomFor(leastOf(figure.weight, width))) break;
			kept.add(figure);
		}
		return figures.filter((figure) => kept.has(figure));
	}
}

/** Columns that a description keeps beside a figure of this weight. */
function leastOf(weight: number, width: number): number {
	return weight >= INDISPENSABLE ? LEAST_AT_ALL : Math.min(LEAST_DESCRIPTION, Math.floor(width / 3));
}

/** A figure of one of several lines that stand below each other. */
export interface ColumnFigure extends Figure {
	/** Figures of the same column stand below each other. */
	readonly column: string;
}

export type ColumnParts = FittedParts<ColumnFigure>;

/** Where the figures of several lines stand. */
export interface Columns {
	/** Columns of the terminal for name and description. */
	readonly left: number;
	readonly figures: readonly { readonly column: string; readonly width: number }[];
}

/**
 * Columns for lines that stand below each other, by the same rules as for one line: the least important figures give way.
 *
 * @param order of the columns, from left to right
 * @returns nothing where an indispensable figure would have to give way: then each line is fitted by itself
 */
export function columnsWithin(
	lines: readonly ColumnParts[],
	order: readonly string[],
	width: number,
): Columns | undefined {
	const sizes = order.flatMap((column) => {
		const all = lines.flatMap(({ figures }) => figures.filter((figure) => figure.column === column));
		const widest = Math.max(0, ...all.map(({ text }) => text.length));
		return widest > 0 ? [{ column, width: widest, weight: Math.max(...all.map(({ weight }) => weight)) }] : [];
	});
	const lefts = lines.map(({ name, description }) => ({
		name: visibleWidth(name.text) + 1,
		task: visibleWidth(description.text),
	}));
	const needed = (least: number) => Math.max(0, ...lefts.map(({ name, task }) => name + Math.min(task, least)));
	const kept = new Set<string>();
	let taken = 0;
	for (const { column, width: wide, weight } of [...sizes].sort((a, b) => b.weight - a.weight)) {
		if (taken + SEPARATOR.length + wide > width - needed(leastOf(weight, width))) {
			if (weight >= INDISPENSABLE) return undefined;
			break;
		}
		taken += SEPARATOR.length + wide;
		kept.add(column);
	}
	const widest = Math.max(0, ...lefts.map(({ name, task }) => name + task));
	return { left: Math.min(width - taken, widest), figures: sizes.filter(({ column }) => kept.has(column)) };
}

/** A line whose figures stand in these columns, numbers to the right. */
export function lineInColumns({ name, description, figures, dim }: ColumnParts, columns: Columns): string {
	const title = { text: `${name.text} `, paint: name.paint };
	let [line = ""] = new Line([title, description]).render(columns.left);
	let blank = " ".repeat(Math.max(0, columns.left - visibleWidth(line)));
	for (const { column, width } of columns.figures) {
		const figure = figures.find((one) => one.column === column);
		const room = " ".repeat(width - (figure?.text.length ?? 0));
		if (!figure) {
			blank += " ".repeat(SEPARATOR.length) + room;
			continue;
		}
		const isNumber = /^[\d$]/.test(figure.text);
		line += `${blank}${dim(SEPARATOR)}${isNumber ? room : ""}${figure.paint(figure.text)}`;
		blank = isNumber ? "" : room;
	}
	return line;
}

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

/** Icons that a terminal without Unicode lacks, with replacements; each takes one column. */
const REPLACEMENTS: Readonly<Record<string, string>> = {
	"●": "*",
	"○": "o",
	"✓": "+",
	"✗": "x",
	"■": "#",
	"…": "~",
	"·": "|",
	"•": "|",
	"→": ">",
	"›": ">",
	"↳": "`",
	"↑": "^",
	"↓": "v",
	"─": "-",
	"━": "=",
	"│": "|",
	"–": "-",
	"—": "-",
	"“": '"',
	"”": '"',
	"’": "'",
};

const ASCII_SIGNS = new RegExp(`[${Object.keys(REPLACEMENTS).join("")}]`, "g");

/** Whether the person asked for plain ASCII, or the terminal has nothing else. */
export function wantsAscii({ PI_CREW_ASCII, TERM }: Readonly<Record<string, string | undefined>>): boolean {
	if (PI_CREW_ASCII !== undefined && PI_CREW_ASCII !== "") return PI_CREW_ASCII !== "0";
	return TERM === "dumb";
}

const isAscii = wantsAscii(process.env);

/** The last thing that happens to a text before it is shown. Keeps its width. */
export function inTerminalsSigns(text: string, ascii = isAscii): string {
	return ascii ? text.replace(ASCII_SIGNS, (sign) => REPLACEMENTS[sign] ?? "?") : text;
}
