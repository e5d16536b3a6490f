import { shorten } from "../domain/shorten.ts";
import type { SubagentRecord } from "../domain/subagent-record.ts";
import { shortReplyRemark } from "./outcome-text.ts";
import { plainLabel } from "./plain-text.ts";

const TASK_CUT = 40;
const TYPE_CUT = 64;
/** It ends every call of the parent's model. */
const MOST_CHARACTERS = 12_000;

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
	let left = MOST_CHARACTERS;
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
