import type { Theme } from "@mariozechner/pi-coding-agent";
import { visibleWidth } from "@mariozechner/pi-tui";
import { totalTokens } from "../domain/subagent-record.ts";
import { isLive } from "../domain/subagent-state.ts";
import { formatCost, formatCount, formatDuration, formatElapsed, formatTokens } from "../format/figures.ts";
import { plainLabel } from "../format/plain-text.ts";
import { Line, type Piece } from "./line.ts";
import { lookOf } from "./status-look.ts";
import type { SubagentSnapshot } from "./subagents-desk.ts";

/** A description keeps at least so many columns, or a third of them; figures give way to it, the least important first. */
const LEAST_DESCRIPTION = 16;

export interface LineSpace {
	readonly width: number;
	readonly theme: Theme;
	/** Epoch milliseconds. */
	readonly now: number;
}

/** A subagent in one line: glyph, type, description, then as many figures as there is room for. At most `width` columns. */
export function subagentLine(snapshot: SubagentSnapshot, { width, theme, now }: LineSpace): string {
	const { type, status, description } = snapshot.record;
	const { glyph, color } = lookOf(status);
	const name = `${glyph} ${plainLabel(type)}`;
	const task = plainLabel(description);
	const kept = Math.min(visibleWidth(task), LEAST_DESCRIPTION, Math.floor(width / 3));
	const taken = visibleWidth(name) + 1 + kept;
	const figures = figuresWithin(width - taken, figuresOf(snapshot, now));
	const room = width - figures.reduce((sum, figure) => sum + SEPARATOR.length + figure.text.length, 0);
	const [title = ""] = new Line([
		{ text: `${name} `, paint: (text) => theme.fg(color, text) },
		{ text: task, paint: (text) => theme.fg("text", text) },
	]).render(room);
	const separator = theme.fg("dim", SEPARATOR);
	return title + figures.map((figure) => separator + theme.fg(figure.color, figure.text)).join("");
}

/** What it is doing, as the line below. */
export function activityLine({ activity }: SubagentSnapshot, { width, theme }: LineSpace): string {
	const piece: Piece = { text: `  ↳ ${plainLabel(activity)}`, paint: (text) => theme.fg("dim", text) };
	return new Line([piece]).render(width)[0] ?? "";
}

const FILLING = 70;
const NEARLY_FULL = 85;

/** The host compacts a context that is nearly full. */
export function contextColor(percent: number): Parameters<Theme["fg"]>[0] {
	if (percent >= NEARLY_FULL) return "error";
	return percent >= FILLING ? "warning" : "muted";
}

const SEPARATOR = " · ";

interface Figure {
	readonly text: string;
	/** The greatest are the last to give way. */
	readonly weight: number;
	readonly color: Parameters<Theme["fg"]>[0];
}

function figuresOf(snapshot: SubagentSnapshot, now: number): readonly Figure[] {
	const { record, contextPercent } = snapshot;
	const { turns, maxTurns, toolUses, cost } = record;
	const isAtWork = record.status === "running" && snapshot.standing === "here";
	const of = maxTurns === undefined ? "" : `/${maxTurns}`;
	const tokens = totalTokens(record.lifetimeUsage);
	const figures: (Figure | false)[] = [
		!isAtWork && figure(standingWord(snapshot), 7),
		isAtWork && figure(`turn ${Math.max(1, turns)}${of}`, 5),
		!isLive(record.status) && figure(`${formatCount(turns, "turn")}`, 2),
		toolUses > 0 && figure(formatCount(toolUses, "tool use"), 1),
		tokens > 0 && figure(`${formatTokens(tokens)} tokens`, 4),
		contextPercent !== undefined && isAtWork && contextFigure(contextPercent),
		cost > 0 && figure(formatCost(cost), 3),
		isAtWork && figure(formatElapsed(now - record.startedAt), 6),
		record.completedAt !== undefined && figure(formatDuration(record.completedAt - record.startedAt), 6),
	];
	return figures.filter((candidate) => candidate !== false);
}

function figure(text: string, weight: number, color: Figure["color"] = "muted"): Figure {
	return { text, weight, color };
}

function contextFigure(percent: number): Figure {
	return figure(`context ${percent}%`, 3.5, contextColor(percent));
}

function standingWord({ record, standing }: SubagentSnapshot): string {
	if (standing === "held") return "queued when pi ended";
	return standing === "elsewhere" && isLive(record.status) ? `${record.status} elsewhere` : record.status;
}

function figuresWithin(width: number, figures: readonly Figure[]): readonly Figure[] {
	let room = width;
	const byWeight = [...figures].sort((a, b) => b.weight - a.weight);
	const kept = new Set<Figure>();
	for (const candidate of byWeight) {
		room -= SEPARATOR.length + candidate.text.length; // figures are all of one column a character
		if (room < 0) break;
		kept.add(candidate);
	}
	return figures.filter((candidate) => kept.has(candidate));
}
