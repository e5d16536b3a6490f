import { keyText, type Theme } from "@mariozechner/pi-coding-agent";
import { visibleWidth } from "@mariozechner/pi-tui";
import { totalTokens } from "../../domain/subagent-record.ts";
import { isLive } from "../../domain/subagent-state.ts";
import { formatDuration, formatTokens } from "../../format/figures.ts";
import { plainLine } from "../../format/plain-text.ts";
import { Line, type Piece } from "../line.ts";
import { lookOf } from "../status-look.ts";
import type { SubagentSnapshot } from "../subagents-desk.ts";

type Color = Parameters<Theme["fg"]>[0];

/** Who it is, and below it how it stands: two lines, of which the first can do alone. */
export function headLines(snapshot: SubagentSnapshot, now: number, theme: Theme): readonly Line[] {
	const { record } = snapshot;
	const { glyph, color } = lookOf(record.status);
	const bold = (text: string) => theme.fg("accent", theme.bold(text));
	return [
		new Line([
			{ text: `${glyph} ${record.status} `, paint: (text) => theme.fg(color, text) },
			{ text: `${plainLine(record.type)} `, paint: bold },
			{ text: plainLine(record.description), paint: (text) => theme.fg("text", text) },
		]),
		new Line(figurePieces(snapshot, now, theme)),
	];
}

function figurePieces({ record, contextPercent, activity }: SubagentSnapshot, now: number, theme: Theme): Piece[] {
	const muted = (text: string) => theme.fg("muted", text);
	const turns = `${record.turns}${record.maxTurns === undefined ? "" : ` of ${record.maxTurns}`}`;
	const pieces: Piece[] = [
		{ text: `${turns} ${record.turns === 1 && record.maxTurns === undefined ? "turn" : "turns"}`, paint: muted },
		{ text: ` · ${formatTokens(totalTokens(record.lifetimeUsage))} tokens`, paint: muted },
	];
	if (contextPercent !== undefined) {
		pieces.push({ text: ` · context ${contextPercent}%`, paint: (text) => theme.fg(fillColor(contextPercent), text) });
	}
	const { cost, completedAt, startedAt, status } = record;
	pieces.push({ text: ` · $${cost.toFixed(cost < 1 ? 3 : 2)}`, paint: muted });
	pieces.push({ text: ` · ${elapsed((completedAt ?? now) - startedAt, isLive(status))}`, paint: muted });
	const doing = isLive(status) ? plainLine(activity) : "";
	if (doing !== "") pieces.push({ text: ` · ${doing}`, paint: (text) => theme.fg("dim", text) });
	return pieces;
}

/** Of what still runs in whole seconds, so that nothing is drawn anew ten times in each. */
function elapsed(milliseconds: number, lives: boolean): string {
	if (!lives) return formatDuration(milliseconds);
	const seconds = Math.max(0, Math.floor(milliseconds / 1000));
	return seconds < 60 ? `${seconds}s` : formatDuration(seconds * 1000);
}

const FILLING = 70;
const NEARLY_FULL = 85;

function fillColor(percent: number): Color {
	if (percent >= NEARLY_FULL) return "error";
	return percent >= FILLING ? "warning" : "muted";
}

/** A rule across the screen with words in it. */
export function ruleLine(words: readonly Piece[], width: number, theme: Theme): Line {
	const line = (text: string) => theme.fg("borderMuted", text);
	const pieces = words.flatMap((piece): Piece[] => [{ text: "── ", paint: line }, piece, { text: " ", paint: line }]);
	const used = pieces.reduce((sum, { text }) => sum + visibleWidth(text), 0);
	return new Line([...pieces, { text: "─".repeat(Math.max(0, width - used)), paint: line }]);
}

/** How the viewport stands, in words. */
export function positionWords(view: {
	readonly follows: boolean;
	readonly missed: number;
	readonly lives: boolean;
}): string {
	if (view.follows) return view.lives ? "following" : "";
	if (view.missed > 0) return `paused, ${view.missed} new below`;
	return view.lives ? "paused" : "";
}

/** A key and what it does. */
export type Hint = readonly [key: string, does: string];

/** The most wanted first: a small screen shows no more of them than it has room for. */
export function viewerHints({ searching }: { readonly searching: boolean }): readonly Hint[] {
	const matches: readonly Hint[] = searching ? [["n/N", "next/previous match"]] : [];
	return [
		[firstKey("tui.select.cancel"), searching ? "end search" : "close"],
		...matches,
		[`${keyText("tui.select.up")}/${keyText("tui.select.down")}`, "scroll"],
		["/", "search"],
		["[ ]", "turn before/after"],
		["s", "steer"],
		["e", "export"],
		["g/G", "start/end"],
		[keyText("app.tools.expand"), "expand"],
		[keyText("app.thinking.toggle"), "thinking"],
		[`${keyText("tui.select.pageUp")}/${keyText("tui.select.pageDown")}`, "page"],
	];
}

export function promptHints(): readonly Hint[] {
	return [
		[keyText("tui.input.submit"), "done"],
		[firstKey("tui.select.cancel"), "back"],
	];
}

function firstKey(binding: Parameters<typeof keyText>[0]): string {
	return keyText(binding).split("/")[0] ?? "";
}

/** The hints in as few lines as they need, and in no more than there is room for. */
export function hintLines(hints: readonly Hint[], width: number, rows: number, theme: Theme): readonly Line[] {
	const lines: Piece[][] = [];
	let used = width;
	for (const [key, does] of hints) {
		if (key === "") continue; // the person has bound no key to it
		const size = visibleWidth(`${key} ${does}`);
		if (used + 3 + size > width) {
			if (lines.length === rows) break;
			lines.push([]);
			used = 0;
		} else {
			lines.at(-1)?.push({ text: " · ", paint: (text) => theme.fg("dim", text) });
			used += 3;
		}
		lines.at(-1)?.push({ text: key, paint: (text) => theme.fg("dim", text) });
		lines.at(-1)?.push({ text: ` ${does}`, paint: (text) => theme.fg("muted", text) });
		used += size;
	}
	return lines.map((pieces) => new Line(pieces));
}
