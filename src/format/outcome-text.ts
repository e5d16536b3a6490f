import { durationMs, type SubagentRecord, totalTokens } from "../domain/subagent-record.ts";
import { headAndTail, MOST_CHARACTERS } from "./bounded-text.ts";
import { formatCount, formatDuration, formatTokens } from "./figures.ts";
import { modelText, plainLabel, plainPath } from "./plain-text.ts";

const NO_TEXT = "(The subagent ended without writing any text.)";
/** Messages of providers can be whole pages. */
const MOST_OF_ERROR = 4000;
/** All remarks together have at most so much of what there is room for. */
const REMARKS_SHARE = 0.5;

/**
 * Status, duration, tool uses, tokens: what every view of a subagent begins with.
 *
 * @param status where more is to be said of it than its word
 */
export function figuresLine(record: SubagentRecord, now: number, status: string = record.status): string {
	const tokens = totalTokens(record.lifetimeUsage);
	return figuresText({ ...record, status, durationMs: durationMs(record, now), totalTokens: tokens });
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

/** The result of a record in at most so many characters, with where the whole is. */
export function boundedResult(record: SubagentRecord, room: number): string {
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

/** The record with no more of its result than a message may have: it is stored with the tool's result. */
export function boundedRecord(record: SubagentRecord): SubagentRecord {
	if ((record.result ?? "").length <= MOST_CHARACTERS) return record;
	return Object.freeze({ ...record, result: boundedResult(record, MOST_CHARACTERS) });
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
	const head = [[...first, ...remarks.onFirstLine].join(" · "), ...noteLines(remarks, room)].join("\n");
	const note = endingNote(record);
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
		"You will be notified when it has ended. Go on with something else meanwhile; do not poll.",
	];
	return lines.join("\n");
}

function noteLines({ below }: Remarks, room: number): string[] {
	const share = Math.floor((room * REMARKS_SHARE) / Math.max(1, below.length));
	const note = (from: number, to: number) => `${to - from} characters are left out here`;
	return below.map((remark) => headAndTail(`Note: ${modelText(remark)}`, { room: share, note }));
}

/** Why a run failed, for a model, in at most 4,000 characters. */
export function errorText({ error = "" }: SubagentRecord): string {
	const note = (from: number, to: number) => `${to - from} characters are left out here`;
	return headAndTail(modelText(error), { room: MOST_OF_ERROR, note });
}

/** Said before the text when the text is not simply the answer. */
function endingNote(record: SubagentRecord): string {
	switch (record.status) {
		case "error":
			return `The subagent failed: ${errorText(record)}${record.result ? "\nWhat there is of its result:" : ""}`;
		case "stopped":
		case "interrupted":
			return `${errorText(record)}${record.result ? " What there is of its result:" : ""}`;
		case "aborted":
			return `The subagent went past its turn limit and its grace turns and was cut off.${record.result ? " Its last text:" : ""}`;
		case "completed":
		case "steered":
		case "queued":
		case "running":
			return "";
		default:
			return plainLabel(record.status satisfies never); // written by another version
	}
}
