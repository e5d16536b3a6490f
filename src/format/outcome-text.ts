import type { Condition } from "../domain/condition.ts";
import { amountText } from "../domain/run-limits.ts";
import type { StructuredOutcome } from "../domain/structured-result.ts";
import { durationMs, type SubagentRecord, totalTokens } from "../domain/subagent-record.ts";
import { isLive } from "../domain/subagent-state.ts";
import { modelText, plainLabel, plainPath } from "../platform/plain-text.ts";
import { headAndTail, MOST_CHARACTERS, pageOf } from "./bounded-text.ts";
import { formatCount, formatDuration, formatTokens, formatUsd } from "./figures.ts";

const NO_TEXT = "(The subagent ended without writing any text.)";
/** Messages of providers can be whole pages. */
const MOST_OF_ERROR = 4000;
const ERROR_SHARE = 0.25;
/** All remarks together have at most so much of what there is room for. */
const REMARKS_SHARE = 0.5;

/**
 * Status, duration, tool uses, tokens of its last run: the first line of every view of a subagent.
 *
 * @param status where more is to be said of it than its word
 */
export function figuresLine(record: SubagentRecord, now: number, status: string = record.status): string {
	const { toolUses, tokens } = record.run;
	const texts = { status, durationMs: durationMs(record, now), toolUses, totalTokens: tokens };
	return [figuresText(texts), ...limitTexts(record)].join(" · ");
}

/** What a subagent has used of each limit but that of turns in its whole life: `$0.42 of $1.00`, `12k of 50k tokens`. */
export function limitTexts({ limits, cost, lifetimeUsage, toolUses, attempt, run }: SubagentRecord): string[] {
	const { usd, tokens, minutes, tool_calls: calls } = limits ?? {}; // older records have none
	const used = attempt === 1 ? run.durationMs : undefined;
	return [
		usd !== undefined && `${formatUsd(cost)} of ${formatUsd(usd)}`,
		tokens !== undefined && `${formatTokens(totalTokens(lifetimeUsage))} of ${formatTokens(tokens)} tokens`,
		minutes !== undefined &&
			`${used === undefined ? "" : `${formatDuration(used)} of `}${amountText("minutes", minutes)}`,
		calls !== undefined && `${toolUses} of ${formatCount(calls, "tool call")}`,
	].filter((text) => text !== false);
}

export function figuresText(figures: {
	/** In words. */
	readonly status: string;
	readonly durationMs: number;
	readonly toolUses: number;
	readonly totalTokens: number;
}): string {
	const tools = formatCount(figures.toolUses, "tool use");
	return [
		plainLabel(figures.status),
		formatDuration(figures.durationMs),
		tools,
		`${formatTokens(figures.totalTokens)} tokens`,
	].join(" · ");
}

/** What a result lacks that its status does not say; `""` where it is an answer. */
export function replyRemark(record: WithReply): string {
	const remarks = [
		...(isCutOff(record) ? ["answer cut off at the model's output limit"] : []),
		...noTextRemark(record),
	];
	return remarks.join("; ");
}

/** The same in as few words as a list has room for. */
export function shortReplyRemark(record: WithReply): string {
	if (record.lastReply?.heldOnly) return "no final text";
	return isCutOff(record) ? "answer cut off" : "";
}

function isCutOff({ lastReply }: WithReply): boolean {
	return lastReply?.finishReason === "length";
}

type WithReply = Pick<SubagentRecord, "lastReply">;

/** The same for a person, with what to do about it. */
export function remarkForPerson(record: WithReply): string {
	const remark = replyRemark(record);
	if (remark === "") return "";
	return `${remark}; resume it ${record.lastReply?.heldOnly ? "to ask for an answer" : "to get the rest"}`;
}

/** What the parent can do where a result is not the whole answer; `""` where it is. */
export function resumeHint(record: SubagentRecord): string {
	const goal = goalOfResume(record);
	if (record.status === "budget")
		return `To continue it, raise the limit first (the person, with /agents limits or in the settings; an extension that started it, with \`limits\` of its resume), then: subagent with resume "${plainLabel(record.id)}".`;
	return goal === "" ? "" : `Resume it to ${goal}: subagent with resume "${plainLabel(record.id)}".`;
}

function goalOfResume(record: SubagentRecord): string {
	switch (record.status) {
		case "completed":
		case "steered":
			if (record.lastReply?.heldOnly) return "ask for an answer";
			return isCutOff(record) ? "get the rest" : "";
		case "aborted":
		case "error":
		case "interrupted":
			return record.turns > 0 ? "continue" : ""; // it has said nothing yet that could be continued
		case "budget": // it has a hint of its own
		case "stopped": // somebody wanted it to end
		case "queued":
		case "running":
			return "";
		default:
			record.status satisfies never;
			return ""; // written by another version
	}
}

/** It wrote something and did not finish: what there is may not be an answer. */
export function isPartial({ status, result = "", addendumLength = 0 }: SubagentRecord): boolean {
	const hasEnded = status === "completed" || status === "steered" || isLive(status);
	return !hasEnded && result.length > addendumLength;
}

function noTextRemark({ lastReply }: WithReply): string[] {
	const held = lastReply?.heldOnly;
	if (!held) return [];
	return [`no final text: the last message ${held === "nothing" ? "was empty" : `held only ${held}`}`];
}

/** The result for a model: the subagent's answer, or the statement that there is none, then what a workspace added. */
export function resultText(record: SubagentRecord): string {
	const { result, lastReply } = record;
	const [missing] = noTextRemark(record);
	if (missing === undefined) return modelText(result ?? NO_TEXT);
	const earlier = lastReply?.earlierText;
	const statement = earlier
		? `(The subagent wrote ${missing}. Its last text before that, which may not be an answer:)\n\n${earlier}`
		: `(The subagent wrote ${missing}.)`;
	return modelText([statement, ...(result ? [result] : [])].join("\n\n"));
}

/** The result for a person: data is laid out. */
export function resultForPerson({ result = "", structured, addendumLength = 0 }: SubagentRecord): string {
	if (!structured?.value) return result;
	const addendum = result.slice(result.length - addendumLength).trim();
	const laidOut = `\`\`\`json\n${JSON.stringify(structured.value, undefined, 2)}\n\`\`\``;
	return addendum === "" ? laidOut : `${laidOut}\n\n${addendum}`;
}

/** The result of a record in at most so many characters, with where the whole is. */
function boundedResult(record: SubagentRecord, room: number): string {
	const { id, transcriptFile, result = "", addendumLength = 0 } = record;
	const addendum = modelText(result.slice(result.length - addendumLength));
	const place = transcriptFile ? `, or in ${plainPath(transcriptFile)}` : "";
	return headAndTail(resultText(record), {
		room,
		tail: addendum.length,
		note: (from, to, total) =>
			`${to - from} of ${total} characters are left out here. Read on: get_subagent_result with agent_id ${id} and offset ${from}${place}`,
	});
}

/**
 * The record as a tool's result or a notification carries it: with no more of its result than a message may have, for it is
 * stored there, and with texts that are safe wherever the host or a program prints them.
 */
export function carriedRecord<T extends SubagentRecord>(record: T): T {
	const { type, description, model, error, transcriptFile, result, lastReply, structured, addendumLength } = record;
	const carried =
		result !== undefined && result.length > MOST_CHARACTERS ? boundedResult(record, MOST_CHARACTERS) : result;
	return Object.freeze({
		...record,
		type: modelText(type),
		description: modelText(description),
		model: modelText(model),
		...(error !== undefined && { error: modelText(error) }),
		...(transcriptFile !== undefined && { transcriptFile: modelText(transcriptFile) }),
		...(carried !== undefined && { result: modelText(carried) }),
		...(lastReply?.earlierText && { lastReply: { ...lastReply, earlierText: modelText(lastReply.earlierText) } }),
		...(structured && { structured: carriedValue(structured) }),
		...(addendumLength && { addendumLength: modelText((result ?? "").slice(-addendumLength)).length }),
	});
}

/** Without a value that is larger than a message may be: the result says where all of it is. */
function carriedValue(structured: StructuredOutcome): StructuredOutcome {
	const { value, ...rest } = structured;
	return value && JSON.stringify(value).length > MOST_CHARACTERS ? rest : structured;
}

/** What of a call went otherwise than asked: said in the first line, or in a line of its own each. */
export interface Remarks {
	readonly onFirstLine: readonly string[];
	readonly below: readonly string[];
}

/**
 * What the parent model reads of a settled run: one line of figures with the id, then what went otherwise than asked,
 * then the subagent's answer, whole where there is room.
 *
 * @param room characters that all of it may have
 */
export function settledText(record: SubagentRecord, remarks: Remarks, room = MOST_CHARACTERS): string {
	const first = [figuresLine(record, record.startedAt), `id ${record.id}`];
	if (record.transcriptFile) first.push(`transcript ${plainPath(record.transcriptFile)}`);
	const remark = replyRemark(record);
	if (remark !== "") first.push(remark);
	const hint = resumeHint(record);
	const top = [...first, ...remarks.onFirstLine].join(" · ");
	const head = [top, ...(hint === "" ? [] : [hint]), ...noteLines(remarks, room)].join("\n");
	const note = endingNote(record, room);
	const before = note === "" ? head : `${head}\n\n${note}`;
	if (record.result === undefined && note !== "") return before;
	return `${before}\n\n${boundedResult(record, room - before.length - 2)}`;
}

/** What the parent model reads when a run went into the background. */
export function backgroundText(record: SubagentRecord, queuePosition: number, remarks: Remarks): string {
	const state = queuePosition > 0 ? `queued at position ${queuePosition}` : "started";
	const lines = [
		[`Subagent ${state} in the background`, ...remarks.onFirstLine].join(" · "),
		...noteLines(remarks, MOST_CHARACTERS),
		`Agent ID: ${record.id}`,
		`Type: ${plainLabel(record.type)}`,
		`Description: ${plainLabel(record.description)}`,
		...(record.transcriptFile ? [`Transcript: ${plainPath(record.transcriptFile)}`] : []),
		...(queuePosition > 0 ? [`Queue position: ${queuePosition}`] : []),
		"",
		"You will be notified when it has ended. Continue with something else meanwhile; do not poll.",
	];
	return lines.join("\n");
}

/** What differs from what was asked for, for whoever looks on before the run has a result; `""` where nothing does. */
export function startNotes(remarks: Remarks): string {
	return [
		...remarks.onFirstLine.map((remark) => `Note: ${modelText(remark)}`),
		...noteLines(remarks, MOST_CHARACTERS),
	].join("\n");
}

function noteLines({ below }: Remarks, room: number): string[] {
	const share = Math.floor((room * REMARKS_SHARE) / Math.max(1, below.length));
	const note = (from: number, to: number) => `${to - from} characters are left out here`;
	return below.map((remark) => headAndTail(`Note: ${modelText(remark)}`, { room: share, note }));
}

/** Why a run failed, for a model, in at most 4,000 characters, and at most a quarter of what there is room for. */
function errorText({ error = "" }: SubagentRecord, room: number): string {
	const note = (from: number, to: number) => `${to - from} characters are left out here`;
	return headAndTail(modelText(error), { room: Math.min(MOST_OF_ERROR, room * ERROR_SHARE), note });
}

/** Said before the text when the text is not simply the answer. */
function endingNote(record: SubagentRecord, room: number): string {
	const partial = isPartial(record) ? `\n${PARTIAL_RESULT}` : "";
	switch (record.status) {
		case "error":
			return `The subagent failed: ${errorText(record, room)}${partial}`;
		case "stopped":
		case "interrupted":
		case "budget":
			return `${errorText(record, room)}${partial}`;
		case "aborted":
			return `The subagent went past its turn limit and its grace turns and was cut off.${partial}`;
		case "completed":
		case "steered":
		case "queued":
		case "running":
			return "";
		default:
			return plainLabel(record.status satisfies never); // written by another version
	}
}

const PARTIAL_RESULT = "Partial result, the last text it wrote:";

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
	const hint = extras.condition.kind === "settled" ? resumeHint(record) : "";
	const header = [...headerLines(record, extras), ...(hint === "" ? [] : [hint])].join("\n");
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
		throw new Error(
			`Nothing was read. offset must be less than the ${whole.length} characters of the ${name} (got ${offset}).`,
		);
	const { text, end } = pageOf(whole, offset, room - PART_NOTE);
	const next = end < whole.length ? `; read on with offset ${end}` : "; this is its end";
	return `[characters ${offset} to ${end} of ${whole.length} of the ${name}${next}]\n\n${text}`;
}

function headerLines(record: SubagentRecord, { contextPercent, now }: ReportExtras): string[] {
	const { attempt, run } = record;
	const remark = [isPartial(record) ? "partial result" : "", replyRemark(record)]
		.filter((text) => text !== "")
		.join("; ");
	return [
		`Agent ID: ${record.id}`,
		`Type: ${plainLabel(record.type)}`,
		`Description: ${plainLabel(record.description)}`,
		`Status: ${plainLabel(record.status)}${remark === "" ? "" : ` (${remark})`}`,
		`Turns: ${run.turns}${record.maxTurns === undefined ? "" : `, limit ${record.maxTurns}`}`,
		`Tool uses: ${run.toolUses}`,
		`Tokens: ${formatTokens(run.tokens)}${attempt === 1 ? ` (${tokenSplit(record)})` : ""}`,
		`Context: ${contextPercent === undefined ? "unknown" : `${contextPercent}%`}`,
		`Compactions: ${record.compactionCount}${attempt === 1 ? "" : " in all runs"}`,
		`Duration: ${formatDuration(durationMs(record, now))}${record.completedAt === undefined ? " so far" : ""}`,
		...(limitTexts(record).length === 0 ? [] : [`Limits: ${limitTexts(record).join(", ")}`]),
		...(attempt === 1 ? [] : [allRunsLine(record)]),
		...(record.transcriptFile ? [`Transcript: ${plainPath(record.transcriptFile)}`] : []),
	];
}

/** The other figures are those of the last run. */
function allRunsLine(record: SubagentRecord): string {
	const { attempt, turns, toolUses, lifetimeUsage } = record;
	const figures = [
		formatCount(turns, "turn"),
		formatCount(toolUses, "tool use"),
		`${formatTokens(totalTokens(lifetimeUsage))} tokens (${tokenSplit(record)})`,
	];
	return `All ${attempt} runs: ${figures.join(", ")}`;
}

function tokenSplit({ lifetimeUsage: { input, output, cacheWrite } }: SubagentRecord): string {
	return `${input} in, ${output} out, ${cacheWrite} cache write`;
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
				: settledBody(record, room);
		case "settled":
			return settledBody(record, room);
		default:
			return condition satisfies never;
	}
}

function settledBody(record: SubagentRecord, room: number): string {
	const error = record.error ? `Error: ${errorText(record, room)}\n\n` : "";
	const before = isPartial(record) ? `${error}${PARTIAL_RESULT}\n\n` : error;
	return before + boundedResult(record, room - before.length);
}
