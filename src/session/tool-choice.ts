import { type AgentDefinition, BUILTIN_TOOLS, type BuiltinTool } from "../domain/agent-definition.ts";
import type { ParentSnapshot } from "./parent-snapshot.ts";

/** Tools of ours; a child must not have them, whoever registered them there. */
export const OWN_TOOLS: ReadonlySet<string> = new Set(["subagent", "get_subagent_result", "steer_subagent"]);

/** Tools of Claude Code that its files name all the time: told with the file, not with each run of it. */
const FOREIGN_TOOLS =
	/^(task|agent|webfetch|websearch|todowrite|todoread|notebook(read|edit)|exitplanmode|kill(shell|bash)|bashoutput|skill|slashcommand|askuserquestion|mcp__.*)$/i;

export interface ToolChoice {
	readonly tools: readonly BuiltinTool[];
	/** Extension tools it may have at most; absent: all that are in the child. */
	readonly extensionTools: readonly string[] | undefined;
	/** What its file names and it does not get. */
	readonly remarks: readonly string[];
}

/**
 * Which tools a child gets. A parent that was itself started with an allowlist (`--tools`) lacks some built-in tool; it
 * hands on no tool it was not given, for handing work on must not be a way around the list.
 */
export function chooseTools(definition: AgentDefinition, { loaded }: Pick<ParentSnapshot, "loaded">): ToolChoice {
	const has = (tool: string) => loaded.toolNames.includes(tool);
	const isRestricted = !BUILTIN_TOOLS.every(has);
	const granted = definition.tools.filter((tool) => !isRestricted || has(tool));
	if (definition.extensionTools?.length === 0) return { tools: granted, extensionTools: [], remarks: [] };
	const named = definition.extensionTools?.filter((tool) => !OWN_TOOLS.has(tool)) ?? [];
	const known = named.filter(has);
	return {
		tools: granted,
		extensionTools: keptExtensionTools(known, isRestricted ? loaded.toolNames : undefined),
		remarks: (definition.extensionTools ?? [])
			.filter((tool) => !known.includes(tool) && !FOREIGN_TOOLS.test(tool))
			.map((tool) => `${definition.name} ${whyNot(tool)}`),
	};
}

/** Naming extension tools keeps just the named ones of those; naming none, or only unknown ones, keeps all. */
function keptExtensionTools(known: readonly string[], all: readonly string[] | undefined) {
	return known.length > 0 ? known : all;
}

function whyNot(tool: string): string {
	if (OWN_TOOLS.has(tool)) return `names the tool "${tool}", which no subagent has`;
	return `names an unknown tool "${tool}"; it was left out`;
}
