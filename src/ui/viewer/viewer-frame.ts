import type { Theme } from "@mariozechner/pi-coding-agent";
import { visibleWidth, wrapTextWithAnsi } from "@mariozechner/pi-tui";
import { durationMs } from "../../domain/subagent-record.ts";
import { isLive } from "../../domain/subagent-state.ts";
import { formatCost, formatCount, formatDuration, formatElapsed, formatTokens } from "../../format/figures.ts";
import { plainLabel, plainLine } from "../../platform/plain-text.ts";
import { Line, type Piece } from "../components/line.ts";
import { conditionWord, contextColor, lookOf, subagentNews } from "../components/subagent-line.ts";
import { typePaint } from "../components/type-colors.ts";
import { type Hint, hintLinesIn } from "../dialogs/hint-lines.ts";
import type { SubagentSnapshot } from "../subagent-commands.ts";

/** What is to be seen around the conversation. */
export interface Surroundings {
	readonly head: readonly Line[];
	/** What is wrong with the conversation as a whole. */
	readonly notice: string;
	/** The position of the view; read when the body is laid out. */
	readonly words: () => readonly Piece[];
	/** The outcome of the person's last action. */
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

/** Name and status in two lines; a small screen shows only the first. */
export function headLines(snapshot: SubagentSnapshot, now: number, theme: Theme): readonly Line[] {
	const { record } = snapshot;
	const { glyph, color } = lookOf(record.status);
	const paint = typePaint(record.type, theme) ?? ((text: string) => theme.fg("accent", text));
	const bold = (text: string) => paint(theme.bold(text));
	return [
		new Line([
			{ text: `${glyph} ${conditionWord(snapshot)} `, paint: (text) => theme.fg(color, text) },
			{ text: `${plainLabel(record.type)} `, paint: bold },
			{ text: plainLabel(record.description), paint: (text) => theme.fg("text", text) },
		]),
		new Line(figurePieces(snapshot, now, theme)),
	];
}

function figurePieces(snapshot: SubagentSnapshot, now: number, theme: Theme): Piece[] {
	const { record, contextPercent } = snapshot;
	const { status, maxTurns } = record;
	const { turns, tokens, cost } = record.run;
	const muted = (text: string) => theme.fg("muted", text);
	const begun = status === "running" ? Math.max(1, turns) : turns;
	const count = maxTurns === undefined ? formatCount(begun, "turn") : `${begun} of ${formatCount(maxTurns, "turn")}`;
	const pieces: Piece[] = [
		{ text: count, paint: muted },
		{ text: ` · ${formatTokens(tokens)} tokens`, paint: muted },
	];
	if (contextPercent !== undefined) {
		pieces.push({
			text: ` · context ${contextPercent}%`,
			paint: (text) => theme.fg(contextColor(contextPercent), text),
		});
	}
	pieces.push({ text: `${cost > 0 ? ` · ${formatCost(cost)}` : ""} · ${elapsed(record, now)}`, paint: muted });
	const news = isLive(status) ? plainLabel(subagentNews(snapshot)) : "";
	if (news !== "") pieces.push({ text: ` · ${news}`, paint: (text) => theme.fg("dim", text) });
	return pieces;
}

function elapsed(record: SubagentSnapshot["record"], now: number): string {
	return isLive(record.status) ? formatElapsed(now - record.startedAt) : formatDuration(durationMs(record, now));
}

/** A rule across the screen with words in it. */
function ruleLine(words: readonly Piece[], width: number, theme: Theme): Line {
	const line = (text: string) => theme.fg("borderMuted", text);
	const pieces = words.flatMap((piece): Piece[] => [{ text: "── ", paint: line }, piece, { text: " ", paint: line }]);
	const used = pieces.reduce((sum, { text }) => sum + visibleWidth(text), 0);
	return new Line([...pieces, { text: "─".repeat(Math.max(0, width - used)), paint: line }]);
}

/** The position of the viewport, in words. */
export function positionWords(view: {
	readonly follows: boolean;
	readonly missed: number;
	readonly lives: boolean;
}): string {
	if (view.follows) return view.lives ? "following" : "";
	if (view.missed > 0) return `paused, ${view.missed} new below`;
	return view.lives ? "paused" : "";
}
