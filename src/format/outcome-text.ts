import { type SubagentRecord, totalTokens } from "../domain/subagent-record.ts";
import { formatCount, formatDuration, formatTokens } from "./figures.ts";

const NO_TEXT = "(The subagent ended without writing any text.)";

/** Status, duration, tool uses, tokens: what every view of a subagent begins with. */
export function figuresLine(record: SubagentRecord, now: number): string {
	const elapsed = (record.completedAt ?? now) - record.startedAt;
	const tools = formatCount(record.toolUses, "tool use");
	return [
		record.status,
		formatDuration(elapsed),
		tools,
		`${formatTokens(totalTokens(record.lifetimeUsage))} tokens`,
	].join(" · ");
}

/**
 * What the parent model reads of a settled run: one line of figures with the id, then what went otherwise than asked,
 * then the subagent's last text in full.
 *
 * @param remarks the first one about an unknown type belongs to the first line (the contract promises it there)
 */
export function settledText(
	record: SubagentRecord,
	remarks: { onFirstLine: readonly string[]; below: readonly string[] },
): string {
	const first = [figuresLine(record, record.completedAt ?? record.startedAt), `id ${record.id}`];
	if (record.transcriptFile) first.push(`transcript ${record.transcriptFile}`);
	const head = [[...first, ...remarks.onFirstLine].join(" · "), ...remarks.below.map((remark) => `Note: ${remark}`)];
	return [head.join("\n"), endingNote(record), record.result ?? NO_TEXT].filter((part) => part !== "").join("\n\n");
}

/** Said before the text when the text is not simply the answer. */
function endingNote(record: SubagentRecord): string {
	switch (record.status) {
		case "error":
			return `The subagent failed: ${record.error}${record.result ? "\nWhat it had written before:" : ""}`;
		case "stopped":
			return `${record.error}${record.result ? " What it had written before:" : ""}`;
		case "aborted":
			return "The subagent went past its turn limit and its grace turns and was cut off. Its last text:";
		case "completed":
		case "steered":
		case "queued":
		case "running":
			return "";
		default:
			return record.status satisfies never;
	}
}
