import type { Theme } from "@mariozechner/pi-coding-agent";
import { visibleWidth } from "@mariozechner/pi-tui";
import { durationMs, totalTokens } from "../../domain/subagent-record.ts";
import { isLive } from "../../domain/subagent-state.ts";
import { formatCost, formatCount, formatDuration, formatElapsed, formatTokens } from "../../format/figures.ts";
import { plainLabel } from "../../format/plain-text.ts";
import { Line, type Piece } from "../line.ts";
import { lookOf } from "../status-look.ts";
import { contextColor } from "../subagent-line.ts";
import { conditionWord, subagentNews } from "../subagent-text.ts";
import type { SubagentSnapshot } from "../subagents-desk.ts";

/** Who it is, and below it how it stands: two lines, of which the first can do alone. */
export function headLines(snapshot: SubagentSnapshot, now: number, theme: Theme): readonly Line[] {
	const { record } = snapshot;
	const { glyph, color } = lookOf(record.status);
	const bold = (text: string) => theme.fg("accent", theme.bold(text));
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
	const { status, turns, maxTurns, lifetimeUsage, cost } = record;
	const muted = (text: string) => theme.fg("muted", text);
	const begun = status === "running" ? Math.max(1, turns) : turns;
	const count = maxTurns === undefined ? formatCount(begun, "turn") : `${begun} of ${formatCount(maxTurns, "turn")}`;
	const pieces: Piece[] = [
		{ text: count, paint: muted },
		{ text: ` · ${formatTokens(totalTokens(lifetimeUsage))} tokens`, paint: muted },
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
