import { cutText } from "../domain/shorten.ts";
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
	const { record, standing } = snapshot;
	const { glyph } = lookOf(record.status);
	const word = standingWord(snapshot);
	const figures = standing === "held" ? word : figuresLine(record, now, word);
	return inTerminalsSigns(`${glyph} ${subagentName(snapshot)} · ${figures} · ${record.id}`);
}

/** The status, and what the status alone does not say: it is held, or lives in another pi. */
export function standingWord({ record, standing }: SubagentSnapshot): string {
	if (standing === "held") return "held since pi ended";
	if (standing === "elsewhere" && isLive(record.status)) return `${record.status} elsewhere`;
	const remark = shortReplyRemark(record);
	return remark === "" ? record.status : `${record.status}, ${remark}`;
}

/** What it is doing, or what it has come to. */
export function subagentNews({ record, activity, standing }: SubagentSnapshot): string {
	if (standing === "held") return "it starts when it is resumed";
	if (record.status === "queued" && standing === "here") return "waits until another one ends";
	if (isLive(record.status)) return standing === "elsewhere" ? "in another running pi" : plainLine(activity);
	const remark = replyRemark(record);
	const news = record.error ?? record.result ?? (remark === "" ? "ended without writing any text" : "");
	return plainLine(cutText([remark, news].filter((text) => text !== "").join(": "), PREVIEW).text);
}

/** `3 running, 1 queued, 2 ended`; `""` for none. */
export function subagentCounts(snapshots: readonly SubagentSnapshot[]): string {
	const counts = new Map<string, number>();
	for (const { record, standing } of snapshots) {
		const kind = standing === "held" ? "held" : countedAs(record.status);
		counts.set(kind, (counts.get(kind) ?? 0) + 1);
	}
	return ["running", "queued", "held", "interrupted", "ended"]
		.filter((kind) => counts.has(kind))
		.map((kind) => `${counts.get(kind)} ${kind}`)
		.join(", ");
}

function countedAs(status: SubagentStatus): string {
	return isLive(status) || status === "interrupted" ? status : "ended";
}
