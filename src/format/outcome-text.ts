import { durationMs, type SubagentRecord, totalTokens } from "../domain/subagent-record.ts";
import { formatCount, formatDuration, formatTokens } from "./figures.ts";

export const NO_TEXT = "(The subagent ended without writing any text.)";

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
		figures.status,
		formatDuration(figures.durationMs),
		tools,
		`${formatTokens(figures.totalTokens)} tokens`,
	].join(" · ");
}

/** What of a call went otherwise than asked: said in the first line, or in a line of its own each. */
export interface Remarks {
	readonly onFirstLine: readonly string[];
	readonly below: readonly string[];
}

/**
 * What the parent model reads of a settled run: one line of figures with the id, then what went otherwise than asked,
 * then the subagent's last text in full.
 */
export function settledText(record: SubagentRecord, remarks: Remarks): string {
	const first = [figuresLine(record, record.startedAt), `id ${record.id}`];
	if (record.transcriptFile) first.push(`transcript ${record.transcriptFile}`);
	const head = [[...first, ...remarks.onFirstLine].join(" · "), ...noteLines(remarks)];
	const note = endingNote(record);
	const text = record.result ?? (note === "" ? NO_TEXT : "");
	return [head.join("\n"), note, text].filter((part) => part !== "").join("\n\n");
}

/** What the parent model reads when a run went into the background. */
export function backgroundText(record: SubagentRecord, queuePosition: number, remarks: Remarks): string {
	const state = queuePosition > 0 ? `queued at position ${queuePosition}` : "started";
	const lines = [
		[`Subagent ${state} in the background`, ...remarks.onFirstLine].join(" · "),
		...noteLines(remarks),
		`Agent ID: ${record.id}`,
		`Type: ${record.type}`,
		`Description: ${record.description}`,
		...(record.transcriptFile ? [`Transcript: ${record.transcriptFile}`] : []),
		...(queuePosition > 0 ? [`Queue position: ${queuePosition}`] : []),
		"",
		"You will be notified when it has ended. Go on with something else meanwhile; do not poll.",
	];
	return lines.join("\n");
}

function noteLines({ below }: Remarks): string[] {
	return below.map((remark) => `Note: ${remark}`);
}

/** Said before the text when the text is not simply the answer. */
function endingNote(record: SubagentRecord): string {
	switch (record.status) {
		case "error":
			return `The subagent failed: ${record.error}${record.result ? "\nWhat there is of its result:" : ""}`;
		case "stopped":
		case "interrupted":
			return `${record.error}${record.result ? " What there is of its result:" : ""}`;
		case "aborted":
			return `The subagent went past its turn limit and its grace turns and was cut off.${record.result ? " Its last text:" : ""}`;
		case "completed":
		case "steered":
		case "queued":
		case "running":
			return "";
		default:
			return record.status satisfies never;
	}
}
