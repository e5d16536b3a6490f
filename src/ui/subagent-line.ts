import type { Theme } from "@mariozechner/pi-coding-agent";
import { totalTokens } from "../domain/subagent-record.ts";
import { isLive } from "../domain/subagent-state.ts";
import { formatCost, formatCount, formatDuration, formatElapsed, formatTokens } from "../format/figures.ts";
import { plainLabel } from "../format/plain-text.ts";
import { FittedLine, INDISPENSABLE } from "./fitted-line.ts";
import { Line, type Piece } from "./line.ts";
import { lookOf } from "./status-look.ts";
import { conditionWord } from "./subagent-text.ts";
import type { SubagentSnapshot } from "./subagents-desk.ts";

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
	const line = new FittedLine({
		name: { text: `${glyph} ${plainLabel(type)}`, paint: (text) => theme.fg(color, text) },
		description: { text: plainLabel(description), paint: (text) => theme.fg("text", text) },
		figures: figuresOf(snapshot, now).map(({ text, weight, color }) => ({
			...{ text, weight },
			paint: (shown) => theme.fg(color, shown),
		})),
		dim: (text) => theme.fg("dim", text),
	});
	return line.render(width)[0] ?? "";
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

interface ColoredFigure {
	readonly text: string;
	readonly weight: number;
	readonly color: Parameters<Theme["fg"]>[0];
}

function figuresOf(snapshot: SubagentSnapshot, now: number): readonly ColoredFigure[] {
	const { record, contextPercent } = snapshot;
	const { turns, maxTurns, toolUses, cost } = record;
	const isRunning = snapshot.condition.kind === "running";
	const of = maxTurns === undefined ? "" : `/${maxTurns}`;
	const tokens = totalTokens(record.lifetimeUsage);
	const figures: (ColoredFigure | false)[] = [
		!isRunning && figure(conditionWord(snapshot), INDISPENSABLE),
		isRunning && figure(`turn ${Math.max(1, turns)}${of}`, 5),
		!isLive(record.status) && figure(`${formatCount(turns, "turn")}`, 2),
		toolUses > 0 && figure(formatCount(toolUses, "tool use"), 1),
		tokens > 0 && figure(`${formatTokens(tokens)} tokens`, 4),
		contextPercent !== undefined && isRunning && contextFigure(contextPercent),
		cost > 0 && figure(formatCost(cost), 3),
		isRunning && figure(formatElapsed(now - record.startedAt), 6),
		record.completedAt !== undefined && figure(formatDuration(record.completedAt - record.startedAt), 6),
	];
	return figures.filter((candidate) => candidate !== false);
}

function figure(text: string, weight: number, color: ColoredFigure["color"] = "muted"): ColoredFigure {
	return { text, weight, color };
}

function contextFigure(percent: number): ColoredFigure {
	return figure(`context ${percent}%`, 3.5, contextColor(percent));
}
