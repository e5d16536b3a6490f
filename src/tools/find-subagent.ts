import type { Subagent } from "../lifecycle/subagent.ts";
import type { SubagentManager } from "../lifecycle/subagent-manager.ts";

/** @throws Error listing the ids there are */
export function findSubagent(id: string, manager: SubagentManager): Subagent {
	const found = manager.lookUp(id);
	if (found.kind === "refused") throw new Error(found.message);
	return found;
}
