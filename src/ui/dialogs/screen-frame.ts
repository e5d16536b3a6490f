import type { Theme } from "@mariozechner/pi-coding-agent";
import { wrapTextWithAnsi } from "@mariozechner/pi-tui";
import { plainLine, plainText } from "../../platform/plain-text.ts";
import { Line } from "../components/line.ts";
import { type Hint, hintLines, hintLinesIn } from "./hint-lines.ts";

/** What a screen of ours consists of. Texts are not painted and need not be safe to draw. */
export interface Frame {
	readonly title: string;
	/** Where in the body one is, which shows so many rows; stands beside the title. `""` where all is in sight. */
	readonly position?: (rows: number) => string;
	/** Below the title. */
	readonly about: string;
	readonly body: Body;
	/** Below the body, of the part that is chosen; as many rows whatever that is, so that nothing jumps. */
	readonly note?: { readonly text: string; readonly rows: number };
	readonly hints: readonly Hint[];
}

export interface Body {
	/** How many rows it would take. */
	readonly wanted: number;
	/** Painted lines, at most so many. */
	readonly draw: (rows: number, width: number) => readonly string[];
}

interface Room {
	readonly width: number;
	readonly rows: number;
	readonly theme: Theme;
}

const LEAST_BODY = 3;
const ROOMY = 20; // columns from which on there is one to spare at the side, as in the host's selectors

/** What of the width is left for the body. */
export function innerWidth(width: number): number {
	return width >= ROOMY ? width - 1 : width;
}

/**
 * The lines of a screen in place of the editor, never more than there are rows: where it is tight, the body keeps its line and
 * the help line stays, and the rest goes, the rules and blank lines first.
 */
export function frameLines(frame: Frame, { width, rows, theme }: Room): string[] {
	const inner = innerWidth(width);
	const margin = width > inner ? " " : "";
	const help = hintLines(frame.hints, inner, theme);
	const about = wrapped(frame.about, inner);
	const {
		title,
		body,
		about: aboutRows,
		note,
		helps,
		rules,
		blanks,
	} = share(rows, {
		body: Math.max(1, frame.body.wanted),
		about: about.length,
		note: frame.note?.rows ?? 0,
		help: help.length,
	});
	const rule = rules > 0 ? [theme.fg("border", "─".repeat(width))] : [];
	const blank = (place: number) => (blanks > place ? [""] : []);
	const indented = [
		...(title > 0 ? titleLine(frame, body, { inner, theme }) : []),
		...about.slice(0, aboutRows).map((line) => theme.fg("muted", line)),
		...blank(0),
		...frame.body.draw(body, inner),
		...blank(1),
		...noteLines(frame.note?.text ?? "", note, { inner, theme }),
		...hintLinesIn(helps, frame.hints, inner, theme),
	].map((line) => (line === "" ? "" : margin + line));
	return [...rule, ...indented, ...rule];
}

interface Wishes {
	readonly body: number;
	readonly about: number;
	readonly note: number;
	readonly help: number;
}

/** Who gets how many of the rows. */
function share(rows: number, wishes: Wishes) {
	let left = Math.max(2, rows) - 2; // one of the body and one of the help line are there whatever happens
	const take = (wish: number): number => {
		const got = Math.max(0, Math.min(left, wish));
		left -= got;
		return got;
	};
	const title = take(1);
	const first = 1 + take(Math.min(wishes.body, LEAST_BODY) - 1);
	const about = take(wishes.about);
	const helps = Math.min(1, wishes.help) + take(wishes.help - 1);
	const rules = left >= 2 ? take(2) : 0;
	const note = take(wishes.note);
	const body = first + take(wishes.body - first);
	return { title, body, about, note, helps, rules, blanks: take(2) };
}

function titleLine(
	{ title, position }: Frame,
	rows: number,
	{ inner, theme }: { inner: number; theme: Theme },
): string[] {
	const place = position?.(rows) ?? "";
	return new Line([
		{ text: plainLine(title), paint: (text) => theme.fg("accent", theme.bold(text)) },
		{ text: place === "" ? "" : `  ${place}`, paint: (text) => theme.fg("dim", text) },
	]).render(inner);
}

function noteLines(text: string, rows: number, { inner, theme }: { inner: number; theme: Theme }): string[] {
	const lines = wrapped(text, inner);
	const kept = lines.slice(0, rows);
	const rest = lines.slice(rows - 1).join(" ");
	const shown = lines.length > rows && rows > 0 ? [...kept.slice(0, -1), rest] : kept;
	const painted = shown.flatMap((line) =>
		new Line([{ text: line, paint: (part) => theme.fg("muted", part) }]).render(inner),
	);
	return [...painted, ...Array.from({ length: Math.max(0, rows - painted.length) }, () => "")];
}

/** Text that may come from anywhere, as lines that are safe to draw. `[]` for none. */
export function wrapped(text: string, width: number): string[] {
	const safe = plainText(text);
	return safe.trim() === "" || width < 1 ? [] : wrapTextWithAnsi(safe, width);
}
