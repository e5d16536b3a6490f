import type { AgentCatalog, AgentStanding } from "../../config/agent-catalog.ts";
import type { Choice, Dialogs } from "../dialogs.ts";
import { openAgent } from "./agent-menu.ts";
import { agentRows } from "./agent-rows.ts";
import type { TypesPort } from "./types-port.ts";

/** Every agent there is, and what can be done with each. Ends with Escape. */
export async function openTypes(dialogs: Dialogs, port: TypesPort): Promise<void> {
	const choices = currentRows(port);
	const refusal = port.writer.refusalOf("project");
	let last: AgentStanding | undefined;
	for (;;) {
		const chosen = await dialogs.choose({
			title: `Agent types${refusal === undefined ? "" : `\n${refusal}`}`,
			choices,
			begin: (standing) => standing === last || isSameAgent(standing, last),
		});
		if (!chosen) return;
		last = chosen;
		await openAgent(dialogs, port, () => choices().find(({ value }) => isSameAgent(value, chosen))?.value);
	}
}

/** Made anew only when the agents have changed. */
function currentRows({ catalog, isKnownTool }: TypesPort): () => readonly Choice<AgentStanding>[] {
	let shown: { readonly catalog: AgentCatalog; readonly rows: readonly Choice<AgentStanding>[] } | undefined;
	return () => {
		const now = catalog();
		if (shown?.catalog !== now) shown = { catalog: now, rows: agentRows(now.overview(isKnownTool)) };
		return shown.rows;
	};
}

function isSameAgent(one: AgentStanding, other: AgentStanding | undefined): boolean {
	return one.name === other?.name && one.origin === other.origin && one.file === other.file;
}
