import { shorten } from "../domain/shorten.ts";
import { plainLine } from "../format/plain-text.ts";
import type { Subagent } from "../lifecycle/subagent.ts";
import type { SubagentManager } from "../lifecycle/subagent-manager.ts";

const LISTED = 20;
const LONGEST_ID = 80;

/** @throws Error listing the ids there are */
export function findSubagent(id: string, manager: SubagentManager): Subagent {
	const found = manager.find(id.trim());
	if (found) return found;
	const known = manager.list();
	const asked = shorten(plainLine(id), LONGEST_ID);
	if (known.length === 0) throw new Error(`There is no subagent "${asked}": none was started in this session.`);
	const listed = known
		.slice(0, LISTED)
		.map(
			(subagent) => `${subagent.id} (${shorten(plainLine(subagent.identity.type), LONGEST_ID)}, ${subagent.status})`,
		);
	const more = known.length > LISTED ? ` and ${known.length - LISTED} older ones` : "";
	throw new Error(`There is no subagent "${asked}". There are: ${listed.join(", ")}${more}.`);
}
