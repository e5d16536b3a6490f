import { durationMs, type SubagentRecord } from "../domain/subagent-record.ts";
import { modelText, plainLabel, plainPath } from "../platform/plain-text.ts";
import { cutText, shorten } from "../platform/shorten.ts";
import { type ContextUsage, fairShares, linesWithin, MOST_CHARACTERS, roomInContext } from "./bounded-text.ts";
import { formatCount, formatTokens } from "./figures.ts";
import { isPartial, replyRemark, resultText, resumeHint, shortReplyRemark } from "./outcome-text.ts";

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

/** How much one message may bring. */
export interface MessageBounds {
	/**
	 * Characters (UTF-16 units) of the result of a run that has a message to itself. The results in a message of several share
	 * three times as many.
	 */
	readonly resultCharacters: number;
	/** What is known of the parent's context, which may be nearly full. */
	readonly context: ContextUsage | undefined;
}

/** What a message says beside the results. */
export interface MessageFrame extends MessageBounds {
	/** How many other subagents have not ended yet. */
	readonly stillLive: number;
	readonly nonce: string;
}

/** So many times the characters of one result have the results of one message together. */
const SHARE_OF_SEVERAL = 3;
const PREVIEW_CUT = 500;

/**
 * The message that tells the parent's model of runs that have ended. What subagents wrote is data in it: escaped, and
 * fenced by a nonce that they cannot know.
 */
export function notificationText(completions: readonly Completion[], frame: MessageFrame): string {
	const { stillLive, nonce } = frame;
	const tokens = completions.reduce((sum, { record }) => sum + record.run.tokens, 0);
	const head = [
		`${formatCount(completions.length, "subagent")} ended`,
		`${formatTokens(tokens)} tokens in all`,
		...(stillLive > 0 ? [`${stillLive} still running`] : []),
	];
	const results = resultsWithin(completions, frame);
	return [
		`[subagent results ${nonce}: ${head.join(", ")}]`,
		...completions.map((completion, index) => completionText(completion, results[index] ?? "")),
		`[end of subagent results ${nonce}]`,
	].join("\n");
}

/** How many of these have room in one message, counted from the first; at least one. */
export function countThatFit(completions: readonly Completion[]): number {
	let left = MOST_CHARACTERS - FRAME_LENGTH;
	const tooMany = completions.findIndex((completion) => {
		left -= frameLength(completion) + POINTER_LENGTH;
		return left < 0;
	});
	return tooMany < 0 ? completions.length : Math.max(1, tooMany);
}

/** What the first and the last line of a message take. */
const FRAME_LENGTH = 300;
/** So much every result has: enough to say where it is. */
const POINTER_LENGTH = 150;
/** A share of so many pointers has room for its own. Of a smaller one nothing would be left, so there it comes on top. */
const MUCH = 4;

function frameLength(completion: Completion): number {
	return completionText(completion, "").length + "<result></result>\n".length + 1;
}

/** The results, escaped, each as much of it as its share of the message lets it be. */
function resultsWithin(completions: readonly Completion[], bounds: MessageBounds): readonly string[] {
	const { resultCharacters, context } = bounds;
	const count = completions.length;
	const wholes = completions.map(({ record }) => wholeResult(record));
	const budget = count === 1 ? resultCharacters : SHARE_OF_SEVERAL * resultCharacters;
	const allowed = fairShares(
		wholes.map(({ length }) => length),
		budget,
	);
	const frames = completions.reduce((sum, completion) => sum + frameLength(completion), FRAME_LENGTH);
	const room = Math.min(MOST_CHARACTERS, roomInContext(count, context)) - frames;
	const lengths = completions.map(({ record }, index) => escapedWithin(record, allowed[index] ?? 0).length);
	const shares = fairShares(lengths, room);
	return completions.map(({ record }, index) => escapedWithin(record, allowed[index] ?? 0, shares[index]));
}

/** @param room of the escaped text, which may be several times as long */
function escapedWithin(record: SubagentRecord, allowed: number, room = Number.POSITIVE_INFINITY): string {
	let share = allowed;
	for (;;) {
		const text = resultWithin(record, share);
		const escaped = escapeXml(text);
		if (escaped.length <= room || share === 0) return escaped;
		share = Math.floor(Math.min(share, text.length) * Math.min(0.9, Math.max(0, room) / escaped.length));
	}
}

/** Whole, or cut at a line with where the rest is. What a workspace added is at its end, and stays where there is room. */
function resultWithin(record: SubagentRecord, share: number): string {
	const whole = wholeResult(record);
	if (whole.length <= share) return whole;
	const { id, result = "", addendumLength = 0 } = record;
	const added = addendumLength > 0 ? `\n\n${modelText(result.slice(-addendumLength))}` : "";
	const addendum = added.length <= share / 2 ? added : "";
	const pointer = share > MUCH * POINTER_LENGTH ? POINTER_LENGTH : 0;
	const kept = linesWithin(whole, share - pointer - addendum.length);
	const rest = `get_subagent_result with agent_id ${id}`;
	if (kept === "") return `[cut: ${whole.length} characters; the full result: ${rest}]${addendum}`;
	return `${kept}\n[cut after ${kept.length} of ${whole.length} characters; the rest: ${rest} and offset ${kept.length}]${addendum}`;
}

function wholeResult(record: SubagentRecord): string {
	return record.result === undefined && !record.lastReply?.heldOnly ? "" : resultText(record);
}

/** The start of a result, for a list or a box. */
export function resultPreview(record: SubagentRecord): string {
	const text = record.lastReply?.heldOnly ? resultText(record) : (record.result ?? record.error ?? "");
	return cutText(text, PREVIEW_CUT).text;
}

/** @param result escaped; `""` for none */
function completionText(completion: Completion, result: string): string {
	const { record, toolCallId } = completion;
	const fields = [
		element("task-id", record.id),
		element("tool-use-id", toolCallId),
		element("output-file", record.transcriptFile && plainPath(record.transcriptFile)),
		element("status", record.status),
		element("summary", summaryText(record)),
		result === "" ? "" : `<result>${result}</result>`,
		usageElement(completion),
	];
	return ["<task-notification>", ...fields.filter((field) => field !== ""), "</task-notification>"].join("\n");
}

function summaryText(record: SubagentRecord): string {
	const { type, description, error, status } = record;
	const reason = error === undefined ? status : shorten(error, PREVIEW_CUT);
	const remarks = [isPartial(record) ? "partial result" : "", replyRemark(record)].filter((remark) => remark !== "");
	const hint = resumeHint(record);
	const how = [reason, ...remarks].join("; ");
	return `${plainLabel(type)} "${plainLabel(description)}": ${how}${hint === "" ? "" : `. ${hint}`}`;
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
