import type { Condition } from "../domain/condition.ts";
import { durationMs, type SubagentRecord, totalTokens } from "../domain/subagent-record.ts";
import { isLive } from "../domain/subagent-state.ts";
import { formatDuration, formatTokens } from "./figures.ts";
import { NO_TEXT } from "./outcome-text.ts";

export interface ReportExtras {
	readonly contextPercent: number | undefined;
	/** Epoch milliseconds. */
	readonly now: number;
	/** What it is doing right now. */
	readonly activity: string;
	readonly condition: Condition;
	/** The whole conversation as text, where it was asked for. */
	readonly conversation: string | undefined;
}

/** What `get_subagent_result` answers: a header of figures, then the result in full, then the conversation if wanted. */
export function reportText(record: SubagentRecord, extras: ReportExtras): string {
	const parts = [headerLines(record, extras).join("\n"), bodyText(record, extras)];
	if (extras.conversation !== undefined) parts.push(`Conversation:\n\n${extras.conversation}`);
	return parts.filter((part) => part !== "").join("\n\n");
}

function headerLines(record: SubagentRecord, { contextPercent, now }: ReportExtras): string[] {
	const { input, output, cacheWrite } = record.lifetimeUsage;
	return [
		`Agent ID: ${record.id}`,
		`Type: ${record.type}`,
		`Description: ${record.description}`,
		`Status: ${record.status}`,
		`Turns: ${record.turns}${record.maxTurns === undefined ? "" : `, limit ${record.maxTurns} in a run`}`,
		`Tool uses: ${record.toolUses}`,
		`Tokens: ${formatTokens(totalTokens(record.lifetimeUsage))} (${input} in, ${output} out, ${cacheWrite} cache write)`,
		`Context: ${contextPercent === undefined ? "unknown" : `${contextPercent}%`}`,
		`Compactions: ${record.compactionCount}`,
		`Duration: ${formatDuration(durationMs(record, now))}${record.completedAt === undefined ? " so far" : ""}`,
		...(record.transcriptFile ? [`Transcript: ${record.transcriptFile}`] : []),
	];
}

function bodyText(record: SubagentRecord, { activity, condition }: ReportExtras): string {
	switch (condition.kind) {
		case "suspended":
			return "It was still queued when pi ended, and is suspended since. It starts when it is resumed.";
		case "queued":
			return "It waits for a free slot. You will be notified when it has ended.";
		case "running":
			return `It is running (${activity}). You will be notified when it has ended.`;
		case "owned-elsewhere":
			return isLive(condition.status)
				? "It runs in another pi, or did when this session was forked."
				: settledText(record);
		case "settled":
			return settledText(record);
		default:
			return condition satisfies never;
	}
}

function settledText(record: SubagentRecord): string {
	const error = record.error ? `Error: ${record.error}\n\n` : "";
	return `${error}${record.result ?? NO_TEXT}`;
}
