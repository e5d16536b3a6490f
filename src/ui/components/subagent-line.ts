import type { Theme } from "@mariozechner/pi-coding-agent";
import type { SubagentRecord } from "../../domain/subagent-record.ts";
import { isLive, type SubagentStatus } from "../../domain/subagent-state.ts";
import { formatCost, formatCount, formatDuration, formatElapsed, formatTokens, shortId } from "../../format/figures.ts";
import { figuresLine, replyRemark, shortReplyRemark } from "../../format/outcome-text.ts";
import { plainLabel, plainLine } from "../../platform/plain-text.ts";
import { cutText } from "../../platform/shorten.ts";
import type { SubagentSnapshot } from "../subagent-commands.ts";
import { FittedLine, INDISPENSABLE, inTerminalsSigns, Line, type Piece } from "./line.ts";
import { namePaint } from "./type-colors.ts";

export interface LineSpace {
	readonly width: number;
	readonly theme: Theme;
	/** Epoch milliseconds. */
	readonly now: number;
}

/** A subagent in one line: glyph, type, description, then as many figures of its last run as there is room for. At most `width` columns. */
export function subagentLine(snapshot: SubagentSnapshot, { width, theme, now }: LineSpace): string {
	const { type, status, description } = snapshot.record;
	const { glyph, color } = lookOf(status);
	const line = new FittedLine({
		name: {
			text: `${glyph} ${plainLabel(type)}`,
			paint: namePaint(type, theme, { glyph, paint: (text) => theme.fg(color, text) }),
		},
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
	const { maxTurns } = record;
	const { turns, toolUses, tokens, cost } = record.run;
	const isRunning = snapshot.condition.kind === "running";
	const of = maxTurns === undefined ? "" : `/${maxTurns}`;
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

const PREVIEW = 200;

/** `Explore "find the parser"` */
export function subagentName({ record: { type, description } }: SubagentSnapshot): string {
	return `${plainLine(type)} "${plainLine(description)}"`;
}

/** One line with everything, for places that draw no colours. */
export function subagentLabel(snapshot: SubagentSnapshot, now: number): string {
	const { record, condition } = snapshot;
	const { glyph } = lookOf(record.status);
	const word = conditionWord(snapshot);
	const figures = condition.kind === "suspended" ? word : figuresLine(record, now, word);
	return inTerminalsSigns(`${glyph} ${subagentName(snapshot)} · ${figures} · ${shortId(record.id)}`);
}

/** The status, and "suspended" or "in another pi", which the status does not say. */
export function conditionWord({ record, condition }: SubagentSnapshot): string {
	switch (condition.kind) {
		case "queued":
		case "running":
			return condition.kind;
		case "settled":
			return withRemark(record);
		case "suspended":
			return "suspended since pi ended";
		case "owned-elsewhere":
			return isLive(condition.status) ? `${condition.status} elsewhere` : withRemark(record);
		default:
			return condition satisfies never;
	}
}

/** What it is doing, or how it ended. */
export function subagentNews({ record, activity, condition, queuePosition }: SubagentSnapshot): string {
	switch (condition.kind) {
		case "queued":
			return queuePosition > 0 ? `waiting for a slot (${ordinal(queuePosition)})` : "starting";
		case "running":
			return plainLine(activity);
		case "suspended":
			return "it starts when it is resumed";
		case "owned-elsewhere":
			return isLive(condition.status) ? "in another running pi" : endedNews(record);
		case "settled":
			return endedNews(record);
		default:
			return condition satisfies never;
	}
}

function ordinal(count: number): string {
	const isTeen = count % 100 >= 11 && count % 100 <= 13;
	return `${count}${(!isTeen && ["th", "st", "nd", "rd"][count % 10]) || "th"}`;
}

function withRemark(record: SubagentRecord): string {
	const remark = shortReplyRemark(record);
	return remark === "" ? record.status : `${record.status}, ${remark}`;
}

function endedNews(record: SubagentRecord): string {
	const remark = replyRemark(record);
	const news = record.error ?? record.result ?? (remark === "" ? "ended without writing any text" : "");
	return plainLine(cutText([remark, news].filter((text) => text !== "").join(": "), PREVIEW).text);
}

/** `3 running, 1 queued, 2 ended`; `""` for none. */
export function subagentCounts(snapshots: readonly SubagentSnapshot[]): string {
	const counts = new Map<string, number>();
	for (const { record, condition } of snapshots) {
		const kind = condition.kind === "suspended" ? "suspended" : countedAs(record.status);
		counts.set(kind, (counts.get(kind) ?? 0) + 1);
	}
	return ["running", "queued", "suspended", "interrupted", "ended"]
		.filter((kind) => counts.has(kind))
		.map((kind) => `${counts.get(kind)} ${kind}`)
		.join(", ");
}

function countedAs(status: SubagentStatus): string {
	return isLive(status) || status === "interrupted" ? status : "ended";
}

/** A glyph and a colour for a status; the word always stands beside them. */
export interface StatusLook {
	readonly glyph: string;
	readonly color: Parameters<Theme["fg"]>[0];
}

const LOOKS: Readonly<Record<SubagentStatus, StatusLook>> = {
	queued: { glyph: "○", color: "muted" },
	running: { glyph: "●", color: "accent" },
	completed: { glyph: "✓", color: "success" },
	steered: { glyph: "✓", color: "warning" },
	aborted: { glyph: "!", color: "warning" },
	stopped: { glyph: "■", color: "warning" },
	interrupted: { glyph: "!", color: "error" },
	error: { glyph: "✗", color: "error" },
};

/** A newer version may have left a status here that this one does not know. */
export function lookOf(status: SubagentStatus): StatusLook {
	return (Object.hasOwn(LOOKS, status) && LOOKS[status]) || { glyph: "?", color: "muted" };
}
