import { type AgentDefinition, BUILTIN_TOOLS, type BuiltinTool } from "../domain/agent-definition.ts";
import { isToolDenied, matchesToolPattern } from "../domain/tool-patterns.ts";
import { isMcpName } from "./host-tools.ts";
import type { ParentSnapshot } from "./parent-snapshot.ts";

/** Tools of ours; a child must not have them, whoever registered them there. */
const OWN_TOOLS: ReadonlySet<string> = new Set(["subagent", "get_subagent_result", "steer_subagent"]);

/** Tools of Claude Code that its files name all the time: told with the file, not with each run of it. */
const FOREIGN_TOOLS =
	/^(task|agent|webfetch|websearch|todowrite|todoread|notebook(read|edit)|exitplanmode|kill(shell|bash)|bashoutput|skill|slashcommand|askuserquestion|mcp__.*)$/i;

export interface ToolChoice {
	readonly tools: readonly BuiltinTool[];
	/** Tools that extensions loaded in the child may bring at most, as names and patterns; absent: all. */
	readonly extensionTools: readonly string[] | undefined;
	/** The same for tools of the host's built-in extensions, which the child calls in its parent. */
	readonly hostTools: readonly string[] | undefined;
	/** Patterns of tools it has not, whatever the above say. */
	readonly withheldTools: readonly string[];
	/** What its file names and it does not get. */
	readonly remarks: readonly string[];
}

/**
 * Which tools a child gets. Handing work on must not be a way around what was taken away from the parent: a child has no
 * tool that is registered in its parent and that the parent's model cannot call, and where the parent was started with an
 * allowlist (`--tools`) none that is not on it.
 */
export function chooseTools(definition: AgentDefinition, { loaded }: Pick<ParentSnapshot, "loaded">): ToolChoice {
	const { deniedTools = [] } = definition;
	const tools = definition.tools.filter((tool) => isOffered(tool, loaded) && !isToolDenied(tool, deniedTools));
	const withheldTools = [...deniedTools, ...uncallable(loaded)];
	if (definition.isolated || definition.extensionTools?.length === 0) {
		return { tools, extensionTools: [], hostTools: [], withheldTools, remarks: [] };
	}
	const named = definition.extensionTools?.filter((tool) => !OWN_TOOLS.has(tool)) ?? [];
	const known = named.filter((tool) => isKnownTool(tool, loaded));
	const kept = known.length > 0 ? known : undefined; // naming none, or only unknown ones, keeps all
	return {
		tools,
		extensionTools: kept ?? (isRestricted(loaded) ? loaded.toolNames : undefined),
		hostTools: kept,
		withheldTools,
		remarks: (definition.extensionTools ?? [])
			.filter((tool) => !known.includes(tool) && !FOREIGN_TOOLS.test(tool))
			.map((tool) => `${definition.name} ${whyNot(tool)}`),
	};
}

type Loaded = ParentSnapshot["loaded"];

/** Whether a name or pattern of an agent file means a tool. Those of MCP servers may come at any time. */
export function isKnownTool(tool: string, { toolNames, hasMcp }: Pick<Loaded, "toolNames" | "hasMcp">): boolean {
	if (hasMcp && isMcpName(tool)) return true;
	return toolNames.some((name) => matchesToolPattern(name, tool));
}

/** Tools that the host registers but declares to no model unless it is asked to. */
const INACTIVE_BY_DEFAULT: ReadonlySet<string> = new Set<BuiltinTool>(["grep", "find", "ls"]);

/**
 * Those that are inactive by default are nothing that the person took away, and show nothing that `read` or `bash` would not
 * show: where the parent has one of these, a child may have them, unless they were taken away by name.
 */
function isOffered(tool: BuiltinTool, { toolNames, callableTools, removedTools }: Loaded): boolean {
	if (callableTools.includes(tool)) return true;
	if (!INACTIVE_BY_DEFAULT.has(tool) || !toolNames.includes(tool) || removedTools.includes(tool)) return false;
	return callableTools.includes("read") || callableTools.includes("bash");
}

/** The built-in ones are decided above; those of the host's extensions come and go, and the parent is asked for each call. */
function uncallable({ toolNames, callableTools, hostTools }: Loaded): string[] {
	const decided = new Set<string>([...BUILTIN_TOOLS, ...OWN_TOOLS, ...hostTools, ...callableTools]);
	return toolNames.filter((name) => !decided.has(name));
}

function isRestricted({ toolNames }: Loaded): boolean {
	return !BUILTIN_TOOLS.every((tool) => toolNames.includes(tool));
}

/** What of a plan says which tools a child has. */
export type ChosenTools = Pick<ToolChoice, "extensionTools" | "hostTools" | "withheldTools">;

/** Whether a child may have a tool that is none of the host's own. @param from who would run it */
export function mayHave(name: string, from: "own extension" | "parent", choice: ChosenTools): boolean {
	if (OWN_TOOLS.has(name) || isToolDenied(name, choice.withheldTools)) return false;
	const most = from === "parent" ? choice.hostTools : choice.extensionTools;
	return most?.some((pattern) => matchesToolPattern(name, pattern)) ?? true;
}

function whyNot(tool: string): string {
	if (OWN_TOOLS.has(tool)) return `names the tool "${tool}", which no subagent has`;
	return `names an unknown tool "${tool}"; it was left out`;
}
