import { isLive } from "../../domain/subagent-state.ts";
import { plainLine } from "../../format/plain-text.ts";
import type { SubagentSnapshot } from "../subagents-desk.ts";

/** Why a person cannot tell a subagent anything, and what to do instead. Nothing for one that listens. */
export function cannotBeSteered(snapshot: SubagentSnapshot | undefined): string | undefined {
	if (!snapshot) return "This subagent is not known any more.";
	const { record, standing } = snapshot;
	if (standing === "elsewhere")
		return "It belongs to another session or another running pi, and can only be steered there.";
	if (standing === "held") return "It has been held since pi ended. Resume it from /agents to start it.";
	if (isLive(record.status)) return undefined;
	return `It has ended (${record.status}), so nobody would read it. Resume it from /agents with what you want to say.`;
}

/** A name for the page a conversation is exported to. */
export function pageName(snapshot: SubagentSnapshot | undefined, id: string): string {
	const type = plainLine(snapshot?.record.type ?? "")
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, "-")
		.replace(/^-+|-+$/g, "");
	return `${type || "subagent"}-${id.slice(0, 8)}.html`;
}
