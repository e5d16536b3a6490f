import { cutText } from "../domain/shorten.ts";
import type { SubagentRecord } from "../domain/subagent-record.ts";
import { isLive, type SubagentStatus } from "../domain/subagent-state.ts";
import { figuresLine, replyRemark, shortReplyRemark } from "../format/outcome-text.ts";
import { plainLine } from "../format/plain-text.ts";
import { inTerminalsSigns } from "./ascii.ts";
import { lookOf } from "./status-look.ts";
import type { SubagentSnapshot } from "./subagents-desk.ts";

const PREVIEW = 200;

/** `Explore "find the parser"` */
export function subagentName({ record: { type, description } }: SubagentSnapshot): string {
	return `${plainLine(type)} "${plainLine(description)}"`;
}

/** One line that says it all where nothing is drawn. */
export function subagentLabel(snapshot: SubagentSnapshot, now: number): string {
	const { record, condition } = snapshot;
	const { glyph } = lookOf(record.status);
	const word = conditionWord(snapshot);
	const figures = condition.kind === "suspended" ? word : figuresLine(record, now, word);
	return inTerminalsSigns(`${glyph} ${subagentName(snapshot)} · ${figures} · ${record.id}`);
}

/** The status, and what the status alone does not say: that it is suspended, or runs in another pi. */
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
export function subagentNews({ record, activity, condition }: SubagentSnapshot): string {
	switch (condition.kind) {
		case "queued":
			return "waits until another one ends";
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
