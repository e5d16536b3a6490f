import type { Cell, CellStyle } from "../support/screen-cells.ts";

export interface SvgOptions {
	readonly columns: number;
	readonly theme: "dark" | "light";
	/** For people who cannot see it. */
	readonly title: string;
}

interface Palette {
	readonly text: string;
	readonly ground: string;
	readonly edge: string;
	/** The first sixteen of the 256. */
	readonly named: readonly string[];
}

const PALETTES: Readonly<Record<SvgOptions["theme"], Palette>> = {
	dark: {
		text: "#d4d4d4",
		ground: "#18181e",
		edge: "#3a3a44",
		named: [
			...["#000000", "#cd3131", "#0dbc79", "#e5e510", "#2472c8", "#bc3fbc", "#11a8cd", "#e5e5e5"],
			...["#666666", "#f14c4c", "#23d18b", "#f5f543", "#3b8eea", "#d670d6", "#29b8db", "#ffffff"],
		],
	},
	light: {
		text: "#24292f",
		ground: "#ffffff",
		edge: "#d0d7de",
		named: [
			...["#000000", "#cd3131", "#00891e", "#949800", "#0451a5", "#bc05bc", "#0598bc", "#555555"],
			...["#666666", "#cd3131", "#14ce14", "#b5ba00", "#0451a5", "#bc05bc", "#0598bc", "#a5a5a5"],
		],
	},
};

const CELL = { width: 8, height: 18, font: 13.3, baseline: 13 };
const MARGIN = 12;
const FONTS = "ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',monospace";

/** A picture of a screen. Each run of characters is stretched to its columns, so that any font keeps them in line. */
export function drawSvg(rows: readonly (readonly Cell[])[], options: SvgOptions): string {
	const palette = PALETTES[options.theme];
	const body = rows.flatMap((row, line) => drawRow(row, topOf(line), palette));
	return framed(body, "", rows.length, options);
}

/** One screen of an animation, and for how long it is shown. */
export interface Frame {
	readonly rows: readonly (readonly Cell[])[];
	readonly seconds: number;
}

/**
 * A picture that moves, in a loop: each line is drawn once for the time that it stays as it is. Who prefers no motion sees
 * one screen.
 *
 * @param still the index of that screen
 */
export function drawAnimation(frames: readonly Frame[], options: SvgOptions & { readonly still: number }): string {
	const palette = PALETTES[options.theme];
	const height = Math.max(...frames.map(({ rows }) => rows.length));
	const lines = new Map<string, string>(); // what a line looks like, whatever its height on the screen: its name
	const nameOf = (row: readonly Cell[] = []) => {
		const drawing = drawRow(row, 0, palette).join("\n");
		if (drawing !== "" && !lines.has(drawing)) lines.set(drawing, `l${lines.size}`);
		return lines.get(drawing) ?? "";
	};
	const shown = Array.from({ length: height }, (_, line) =>
		spansOf(
			frames.map(({ rows }) => nameOf(rows[line])),
			topOf(line),
		),
	)
		.flat()
		.filter(({ name }) => name !== "");
	const body = shown.map(({ name, top, from, to }) => {
		const isStill = from <= options.still && options.still < to;
		const moves = from > 0 || to < frames.length ? ` class="s s${from}-${to}${isStill ? " still" : ""}"` : "";
		return `<use href="#${name}" y="${top}"${moves}/>`;
	});
	const definitions = [...lines].map(([drawing, name]) => `<g id="${name}">${drawing}</g>`);
	return framed(["<defs>", ...definitions, "</defs>", ...body], animationStyle(shown, frames), height, options);
}

interface Span {
	/** Of the line that is shown. */
	readonly name: string;
	readonly top: number;
	/** Indexes of frames: the first, and the one after the last. */
	readonly from: number;
	readonly to: number;
}

function spansOf(names: readonly string[], top: number): Span[] {
	const starts = names.flatMap((name, index) => (name === names[index - 1] ? [] : [index]));
	return starts.map((from, index) => ({ name: names[from] ?? "", top, from, to: starts[index + 1] ?? names.length }));
}

function animationStyle(spans: readonly Span[], frames: readonly Frame[]): string {
	const total = frames.reduce((sum, { seconds }) => sum + seconds, 0);
	const at = (index: number) => {
		const before = frames.slice(0, index).reduce((sum, { seconds }) => sum + seconds, 0);
		return `${Number(((100 * before) / total).toFixed(2))}%`;
	};
	const parts = new Map(spans.map(({ from, to }) => [`s${from}-${to}`, { from, to }]));
	const rules = [...parts].flatMap(([name, { from, to }]) => {
		if (from === 0 && to === frames.length) return [];
		const before = from > 0 ? "0%{visibility:hidden}" : "";
		const after = to < frames.length ? `${at(to)}{visibility:hidden}` : "";
		return [
			`@keyframes ${name}{${before}${at(from)}{visibility:visible}${after}}`,
			`.${name}{animation:${name} ${total}s step-end infinite}`,
		];
	});
	return [
		".s{visibility:hidden}.still{visibility:visible}",
		...rules,
		"@media (prefers-reduced-motion:reduce){.s{animation:none}}",
	].join("\n");
}

function topOf(line: number): number {
	return MARGIN + line * CELL.height;
}

function framed(body: readonly string[], style: string, lines: number, { columns, theme, title }: SvgOptions): string {
	const palette = PALETTES[theme];
	const width = columns * CELL.width + 2 * MARGIN;
	const height = lines * CELL.height + 2 * MARGIN;
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">`,
		`<title>${escaped(title)}</title>`,
		`<style>text{font-family:${FONTS};font-size:${CELL.font}px;white-space:pre}${style}</style>`,
		`<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="7" fill="${palette.ground}" stroke="${palette.edge}"/>`,
		...body,
		"</svg>",
		"",
	].join("\n");
}

function drawRow(row: readonly Cell[], top: number, palette: Palette): string[] {
	const runs = runsOf(row);
	return [
		...runs.flatMap((run) => drawGround(run, top, palette)),
		...runs.flatMap((run) => drawText(run, top, palette)),
	];
}

interface Run {
	readonly column: number;
	text: string;
	width: number;
	readonly style: CellStyle;
}

/** Neighbours that look the same. A wide character stands alone: a font may have it in another width. */
function runsOf(row: readonly Cell[]): Run[] {
	const runs: Run[] = [];
	let column = 0;
	let before: Cell | undefined;
	for (const cell of row) {
		const last = runs.at(-1);
		if (last && before?.width === 1 && cell.width === 1 && isSame(last.style, cell.style)) {
			last.text += cell.text;
			last.width += 1;
		} else {
			runs.push({ column, text: cell.text, width: cell.width, style: cell.style });
		}
		column += cell.width;
		before = cell;
	}
	return runs;
}

function isSame(one: CellStyle, other: CellStyle): boolean {
	return (Object.keys(one) as (keyof CellStyle)[]).every((key) => one[key] === other[key]);
}

function drawGround({ column, width, style }: Run, top: number, palette: Palette): string[] {
	const fill = style.inverse ? colorOf(style.color, palette, palette.text) : colorOf(style.background, palette, "");
	if (fill === "") return [];
	const place = `x="${MARGIN + column * CELL.width}" y="${top}"`;
	return [`<rect ${place} width="${width * CELL.width}" height="${CELL.height}" fill="${fill}"/>`];
}

function drawText(run: Run, top: number, palette: Palette): string[] {
	const { style } = run;
	const text = run.text.trim();
	if (text === "") return [];
	const indent = run.text.length - run.text.trimStart().length;
	const columns = run.width - (run.text.length - text.length);
	const fill = style.inverse
		? colorOf(style.background, palette, palette.ground)
		: colorOf(style.color, palette, palette.text);
	const attributes = [
		`x="${MARGIN + (run.column + indent) * CELL.width}"`,
		`y="${top + CELL.baseline}"`,
		`textLength="${columns * CELL.width}" lengthAdjust="spacingAndGlyphs"`,
		`fill="${fill}"`,
		...(style.bold ? ['font-weight="700"'] : []),
		...(style.dim ? ['fill-opacity="0.6"'] : []),
		...(style.italic ? ['font-style="italic"'] : []),
		...decoration(style),
	];
	return [`<text ${attributes.join(" ")}>${escaped(text)}</text>`];
}

function decoration({ underline, struck }: CellStyle): string[] {
	const lines = [...(underline ? ["underline"] : []), ...(struck ? ["line-through"] : [])];
	return lines.length > 0 ? [`text-decoration="${lines.join(" ")}"`] : [];
}

function colorOf(color: string, palette: Palette, none: string): string {
	if (color === "default") return none;
	return color.startsWith("#") ? color : numbered(Number(color), palette);
}

/** After the named ones a cube of 6x6x6 colours, then 24 greys. */
function numbered(number: number, { named }: Palette): string {
	if (number < 16) return named[number] ?? "";
	if (number >= 232) return hex([0, 0, 0].map(() => 8 + (number - 232) * 10));
	const steps = [36, 6, 1].map((step) => Math.floor((number - 16) / step) % 6);
	return hex(steps.map((step) => (step === 0 ? 0 : 55 + step * 40)));
}

function hex(parts: readonly number[]): string {
	return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

/** What XML has no way to write is left out. */
const UNWRITABLE = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

function escaped(text: string): string {
	return text
		.replace(UNWRITABLE, "")
		.replaceAll("&", "&amp;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;")
		.replaceAll('"', "&quot;");
}
