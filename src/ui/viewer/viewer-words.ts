import { plainLine } from "../../format/plain-text.ts";
import type { SubagentSnapshot } from "../subagents-desk.ts";

/** Why a person cannot tell a subagent anything, and what to do instead. Nothing for one that listens. */
export function cannotBeSteered(snapshot: SubagentSnapshot | undefined): string | undefined {
	if (!snapshot) return "This subagent is not known any more.";
	const { condition } = snapshot;
	switch (condition.kind) {
		case "queued":
		case "running":
			return undefined;
		case "owned-elsewhere":
			return "It belongs to another session or another running pi, and can only be steered there.";
		case "suspended":
			return "It has been suspended since pi ended. Resume it from /agents to start it.";
		case "settled":
			return `It has ended (${condition.status}), so nobody would read it. Resume it from /agents with what you want to say.`;
		default:
			return condition satisfies never;
	}
}

/** A name for the page a conversation is exported to. */
export function pageName(snapshot: SubagentSnapshot | undefined, id: string): string {
	const type = plainLine(snapshot?.record.type ?? "")
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, "-")
		.replace(/^-+|-+$/g, "");
	return `${type || "subagent"}-${id.slice(0, 8)}.html`;
}
