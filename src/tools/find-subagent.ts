import type { Subagent } from "../lifecycle/subagent.ts";
import type { SubagentManager } from "../lifecycle/subagent-manager.ts";

const LISTED = 20;

/** @throws Error listing the ids there are */
export function findSubagent(id: string, manager: SubagentManager): Subagent {
	const found = manager.find(id.trim());
	if (found) return found;
	const known = manager.list();
	if (known.length === 0) throw new Error(`There is no subagent "${id}": none was started in this session.`);
	const listed = known
		.slice(0, LISTED)
		.map((subagent) => `${subagent.id} (${subagent.identity.type}, ${subagent.status})`);
	const more = known.length > LISTED ? ` and ${known.length - LISTED} older ones` : "";
	throw new Error(`There is no subagent "${id}". There are: ${listed.join(", ")}${more}.`);
}
