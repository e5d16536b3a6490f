import type { AgentsPage } from "../../domain/agents-page.ts";
import { formatCount } from "../../format/figures.ts";
import { subagentCounts } from "../components/subagent-line.ts";
import type { Choice, Dialogs } from "../dialogs/dialogs.ts";
import type { SubagentCommands } from "../subagent-commands.ts";

type OwnPart = "running" | "types" | "new" | "settings" | "diagnostics";
type Part = OwnPart | AgentsPage;

/** What `/agents` leads to, and what is said of it beforehand. */
export interface AgentsMenuParts {
	readonly dialogs: Dialogs;
	readonly commands: Pick<SubagentCommands, "list">;
	readonly typeCount: () => number;
	readonly problemCount: () => number;
	/** What extensions have added. */
	readonly pages: readonly AgentsPage[];
	readonly open: Readonly<Record<OwnPart, () => Promise<void>>>;
	readonly openPage: (page: AgentsPage) => Promise<void>;
}

/** `/agents` without a word: the parts there are. Escape steps back to it from each, and leaves it. */
export async function openAgents(parts: AgentsMenuParts): Promise<void> {
	let last: Part | undefined;
	for (;;) {
		const others = otherChoices(parts);
		const part = await parts.dialogs.choose<Part>({
			title: "Agents",
			choices: () => [runningChoice(parts), ...others],
			begin: (value) => value === last,
		});
		if (part === undefined) return;
		last = part;
		await (typeof part === "string" ? parts.open[part]() : parts.openPage(part));
	}
}

function runningChoice({ commands }: AgentsMenuParts): Choice<Part> {
	return { value: "running", label: "Running and recent", description: subagentCounts(commands.list()) || "none yet" };
}

function otherChoices({ typeCount, problemCount, pages }: AgentsMenuParts): readonly Choice<Part>[] {
	const problems = problemCount();
	return [
		{ value: "types", label: "Types", description: formatCount(typeCount(), "agent type") },
		{ value: "new", label: "New agent", description: "written by hand, or drafted by a subagent" },
		...pages.map((page) => ({ value: page, label: page.label, description: page.summary() })),
		{ value: "settings", label: "Settings", description: "of this project, changed at once" },
		{
			value: "diagnostics",
			label: "Diagnostics",
			description: problems > 0 ? formatCount(problems, "problem") : "no problems",
		},
	];
}
