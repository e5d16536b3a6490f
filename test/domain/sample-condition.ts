import type { Condition } from "../../src/domain/condition.ts";
import type { SubagentStatus } from "../../src/domain/subagent-state.ts";

/** The condition of a subagent of this process with that status. */
export function conditionHere(status: SubagentStatus): Condition {
	return status === "queued" || status === "running" ? { kind: status } : { kind: "settled", status };
}

/** The condition of a subagent with that status, by who runs it. */
export function conditionAt(place: "here" | "suspended" | "elsewhere", status: SubagentStatus): Condition {
	if (place === "suspended") return { kind: "suspended" };
	return place === "here" ? conditionHere(status) : { kind: "owned-elsewhere", status };
}
