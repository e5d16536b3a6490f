import type { SubagentRecord } from "../domain/subagent-record.ts";
import { cutText, plainLine } from "./plain-text.ts";

const TASK_CUT = 40;

/** A line a subagent: enough for the parent's model to ask for it by id, under 40 tokens. `""` when there is none. */
export function rosterText(records: readonly SubagentRecord[]): string {
	if (records.length === 0) return "";
	return `<subagent_roster>\nYour subagents at this moment (id, type, task, status):\n${records.map(line).join("\n")}\n</subagent_roster>`;
}

function line({ id, type, description, status, delivery }: SubagentRecord): string {
	const note = delivery.state === "withheld" ? " by the user" : "";
	return `${id} ${type} "${taskOf(description)}" ${status}${note}`;
}

function taskOf(description: string): string {
	const task = plainLine(description).replace(/[<>"]/g, "'");
	return cutText(task, TASK_CUT).isCut ? `${cutText(task, TASK_CUT - 1).text}…` : task;
}
