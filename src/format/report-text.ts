import type { Condition } from "../domain/condition.ts";
import { durationMs, type SubagentRecord, totalTokens } from "../domain/subagent-record.ts";
import { isLive } from "../domain/subagent-state.ts";
import { headAndTail, MOST_CHARACTERS, pageOf } from "./bounded-text.ts";
import { formatDuration, formatTokens } from "./figures.ts";
import { boundedResult, errorText, replyRemark, resultText } from "./outcome-text.ts";
import { modelText, plainLabel, plainPath } from "./plain-text.ts";

export interface ReportExtras {
	readonly contextPercent: number | undefined;
	/** Epoch milliseconds. */
	readonly now: number;
	/** What it is doing right now. */
	readonly activity: string;
	readonly condition: Condition;
	/** The whole conversation as text, where it was asked for. */
	readonly conversation: string | undefined;
	/** Begin there, in characters (UTF-16 units) of the conversation where that was asked for, else of the result. */
	readonly offset?: number | undefined;
	/** Characters (UTF-16 units) that all of it may have. @default 50,000 */
	readonly room?: number;
}

/**
 * What `get_subagent_result` answers: a header of figures, then the result, then the conversation if wanted; what has no room is
 * cut in its middle. With an offset: the header and as much from there on as there is room for.
 */
export function reportText(record: SubagentRecord, extras: ReportExtras): string {
	const { conversation, offset, room = MOST_CHARACTERS } = extras;
	const header = headerLines(record, extras).join("\n");
	const left = room - header.length;
	if (offset !== undefined && (conversation !== undefined || !isLive(record.status)))
		return `${header}\n\n${partFrom(offset, record, { conversation, room: left - 2 })}`;
	if (conversation === undefined) return `${header}\n\n${bodyText(record, extras, left - 2)}`;
	const body = bodyText(record, extras, left / 2);
	const said = headAndTail(modelText(conversation), {
		room: left - body.length - BETWEEN_PARTS,
		note: (from, to, total) =>
			`${to - from} of ${total} characters of the conversation are left out here. Read on with verbose and offset ${from}`,
	});
	return [header, body, `Conversation:\n\n${said}`].join("\n\n");
}

/** What stands around the body and before the conversation. */
const BETWEEN_PARTS = 20;
const PART_NOTE = 120;

/** @throws Error where there is nothing so far behind */
function partFrom(
	offset: number,
	record: SubagentRecord,
	{ conversation, room }: { readonly conversation: string | undefined; readonly room: number },
): string {
	const whole = conversation === undefined ? resultText(record) : modelText(conversation);
	const name = conversation === undefined ? "result" : "conversation";
	if (offset > 0 && offset >= whole.length)
		throw new Error(`Nothing was read. The ${name} has ${whole.length} characters (got offset ${offset}).`);
	const { text, end } = pageOf(whole, offset, room - PART_NOTE);
	const next = end < whole.length ? `; read on with offset ${end}` : "; this is its end";
	return `[characters ${offset} to ${end} of ${whole.length} of the ${name}${next}]\n\n${text}`;
}

function headerLines(record: SubagentRecord, { contextPercent, now }: ReportExtras): string[] {
	const { input, output, cacheWrite } = record.lifetimeUsage;
	const remark = replyRemark(record);
	return [
		`Agent ID: ${record.id}`,
		`Type: ${plainLabel(record.type)}`,
		`Description: ${plainLabel(record.description)}`,
		`Status: ${plainLabel(record.status)}${remark === "" ? "" : ` (${remark})`}`,
		`Turns: ${record.turns}${record.maxTurns === undefined ? "" : `, limit ${record.maxTurns} in a run`}`,
		`Tool uses: ${record.toolUses}`,
		`Tokens: ${formatTokens(totalTokens(record.lifetimeUsage))} (${input} in, ${output} out, ${cacheWrite} cache write)`,
		`Context: ${contextPercent === undefined ? "unknown" : `${contextPercent}%`}`,
		`Compactions: ${record.compactionCount}`,
		`Duration: ${formatDuration(durationMs(record, now))}${record.completedAt === undefined ? " so far" : ""}`,
		...(record.transcriptFile ? [`Transcript: ${plainPath(record.transcriptFile)}`] : []),
	];
}

function bodyText(record: SubagentRecord, { activity, condition }: ReportExtras, room: number): string {
	switch (condition.kind) {
		case "suspended":
			return "It was still queued when pi ended, and is suspended since. It starts when it is resumed.";
		case "queued":
			return "It waits for a free slot. You will be notified when it has ended.";
		case "running":
			return `It is running (${plainLabel(activity)}). You will be notified when it has ended.`;
		case "owned-elsewhere":
			return isLive(condition.status)
				? "It runs in another pi, or did when this session was forked."
				: settledText(record, room);
		case "settled":
			return settledText(record, room);
		default:
			return condition satisfies never;
	}
}

function settledText(record: SubagentRecord, room: number): string {
	const error = record.error ? `Error: ${errorText(record)}\n\n` : "";
	return error + boundedResult(record, room - error.length);
}
