import { durationMs, type SubagentRecord } from "../domain/subagent-record.ts";
import { modelText, plainLabel, plainPath } from "../platform/plain-text.ts";
import { cutText, shorten } from "../platform/shorten.ts";
import { MOST_CHARACTERS } from "./bounded-text.ts";
import { formatCount, formatTokens } from "./figures.ts";
import { isPartial, replyRemark, resultText, shortReplyRemark } from "./outcome-text.ts";

/** What a notification says of one settled run. */
export interface Completion {
	readonly record: SubagentRecord;
	readonly toolCallId: string | undefined;
	readonly contextPercent: number | undefined;
	/** In this run. */
	readonly compactions: number;
	/** Counts the subagent's runs. */
	readonly attempt: number;
}

const RESULT_CUT = 500;

/**
 * The message that tells the parent's model of runs that have ended. What subagents wrote is data in it: escaped, and
 * fenced by a nonce that they cannot know.
 *
 * @param stillLive how many others have not ended yet
 */
export function notificationText(completions: readonly Completion[], stillLive: number, nonce: string): string {
	const tokens = completions.reduce((sum, { record }) => sum + record.run.tokens, 0);
	const head = [
		`${formatCount(completions.length, "subagent")} ended`,
		`${formatTokens(tokens)} tokens in all`,
		...(stillLive > 0 ? [`${stillLive} still running`] : []),
	];
	return [
		`[subagent results ${nonce}: ${head.join(", ")}]`,
		...completions.map(completionText),
		`[end of subagent results ${nonce}]`,
	].join("\n");
}

/** How many of these have room in one message, counted from the first; at least one. */
export function countThatFit(completions: readonly Completion[]): number {
	let left = MOST_CHARACTERS - FRAME_LENGTH;
	const tooMany = completions.findIndex((completion) => {
		left -= completionText(completion).length + 1;
		return left < 0;
	});
	return tooMany < 0 ? completions.length : Math.max(1, tooMany);
}

/** What the first and the last line of a message take. */
const FRAME_LENGTH = 300;

/** The start of a result, for a list or a box. */
export function resultPreview(record: SubagentRecord): string {
	return cutText(record.result ?? record.error ?? "", RESULT_CUT).text;
}

function completionText(completion: Completion): string {
	const { record, toolCallId } = completion;
	const fields = [
		element("task-id", record.id),
		element("tool-use-id", toolCallId),
		element("output-file", record.transcriptFile && plainPath(record.transcriptFile)),
		element("status", record.status),
		element("summary", summaryText(record)),
		element("result", shortenedResult(record)),
		usageElement(completion),
	];
	return ["<task-notification>", ...fields.filter((field) => field !== ""), "</task-notification>"].join("\n");
}

function summaryText(record: SubagentRecord): string {
	const { type, description, error, status } = record;
	const reason = error === undefined ? status : shorten(error, RESULT_CUT);
	const remarks = [replyRemark(record), isPartial(record) ? "the result is partial" : ""].filter((text) => text !== "");
	return [`${plainLabel(type)} "${plainLabel(description)}": ${reason}`, ...remarks].join("; ");
}

function shortenedResult(record: SubagentRecord): string {
	if (record.result === undefined && !record.lastReply?.heldOnly) return "";
	const { text, isCut } = cutText(resultText(record), RESULT_CUT);
	if (!isCut) return text;
	return `${text}… [cut; the full result: get_subagent_result with agent_id ${record.id}]`;
}

/** Of this run alone, as its duration is. */
function usageElement({ record, contextPercent, compactions }: Completion): string {
	const figures = [
		element("total_tokens", record.run.tokens),
		element("tool_uses", record.run.toolUses),
		element("context_percent", contextPercent),
		element("compactions", compactions || undefined),
		element("duration_ms", durationMs(record)),
	];
	return `<usage>${figures.join("")}</usage>`;
}

function element(name: string, value: string | number | undefined): string {
	return value === undefined || value === "" ? "" : `<${name}>${escapeXml(`${value}`)}</${name}>`;
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

function escapeXml(text: string): string {
	return modelText(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

const TASK_CUT = 40;
const TYPE_CUT = 64;
/** It ends every call of the parent's model. */
const MOST_ROSTER_CHARACTERS = 12_000;

/**
 * A line a subagent: enough for the parent's model to ask for it by id, under 40 tokens. Of very many the newest, and how many
 * older ones there are. `""` when there is none.
 *
 * @param records oldest first
 */
export function rosterText(records: readonly SubagentRecord[]): string {
	if (records.length === 0) return "";
	const lines = newestThatFit(records.map(line));
	const hidden = records.length - lines.length;
	const older = hidden > 0 ? [`and ${hidden} older ones`] : [];
	return `<subagent_roster>\nYour subagents at this moment (id, type, task, status):\n${[...lines, ...older].join("\n")}\n</subagent_roster>`;
}

function newestThatFit(lines: readonly string[]): readonly string[] {
	let left = MOST_ROSTER_CHARACTERS;
	const last = lines.findLastIndex((text) => {
		left -= text.length + 1;
		return left < 0;
	});
	return lines.slice(last + 1);
}

function line(record: SubagentRecord): string {
	const { id, type, description, status, delivery } = record;
	const note = delivery.state === "withheld" ? " by the user" : "";
	const remark = shortReplyRemark(record);
	return `${id} ${nameOf(type, TYPE_CUT)} "${nameOf(description, TASK_CUT)}" ${plainLabel(status)}${note}${remark === "" ? "" : `, ${remark}`}`;
}

function nameOf(text: string, length: number): string {
	return shorten(plainLabel(text).replace(/[<>"]/g, "'"), length);
}
