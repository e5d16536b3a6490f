import { type PermissionEffect, permissionEffect } from "../agents/permission-key.ts";
import { type AgentDefinition, BUILTIN_TOOLS, type BuiltinTool, REMEMBER_TOOL } from "../domain/agent-definition.ts";
import type { RunSpec } from "../domain/run-spec.ts";
import { isToolDenied, matchesToolPattern } from "../domain/tool-patterns.ts";
import { isMcpName } from "./host-tools.ts";
import type { ParentSnapshot } from "./parent-snapshot.ts";

/** Tools of ours; a child must not have them, whoever registered them there. */
export const OWN_TOOLS: ReadonlySet<string> = new Set(["subagent", "get_subagent_result", "steer_subagent"]);

/** Tools of Claude Code that its files name all the time: reported with the file, not with each run of it. */
const FOREIGN_TOOLS =
	/^(task|agent|webfetch|websearch|todowrite|todoread|notebook(read|edit)|exitplanmode|kill(shell|bash)|bashoutput|skill|slashcommand|askuserquestion|mcp__.*)$/i;

/** Whether a name is that of a tool of other programs, which is not reported with each run unless it is an MCP tool. */
export function isForeignTool(name: string): boolean {
	return FOREIGN_TOOLS.test(name) && !isMcpName(name);
}

export interface ToolSelection {
	readonly tools: readonly BuiltinTool[];
	/** Tools that extensions loaded in the child may bring at most, as names and patterns; absent: all. */
	readonly extensionTools: readonly string[] | undefined;
	/** The same for tools of the host's built-in extensions, which the child calls in its parent. */
	readonly hostTools: readonly string[] | undefined;
	/** Patterns of tools it does not have, whoever they come from and whatever the above say; letter case does not matter. */
	readonly withheldTools: readonly string[];
	/** Extension tools that its file names and that nobody has registered yet. The run waits for them for a moment. */
	readonly unknownTools: readonly string[];
	/** It has the tool that adds to its memory. */
	readonly remembers: boolean;
	/** What its file names and it does not get, and what its file takes away. */
	readonly remarks: readonly string[];
}

type Parent = Pick<ParentSnapshot, "loaded" | "permissionFolders">;
type Loaded = ParentSnapshot["loaded"];

/**
 * Which tools a child gets. Handing work on must not be a way around what was taken away from the parent: a child has no
 * tool that is registered in its parent and that the parent's model cannot call, and where the parent was started with an
 * allowlist (`--tools`) none that is not on it.
 */
export function selectTools(definition: AgentDefinition, parent: Parent): ToolSelection {
	const { loaded } = parent;
	const permission = permissionEffect(definition, parent.permissionFolders);
	const deniedTools = [...new Set([...(definition.deniedTools ?? []), ...permission.deniedTools])];
	const named = bothLists(definition.extensionTools, permission.extensionTools);
	const own = definition.isolated ? [] : named?.filter((tool) => !OWN_TOOLS.has(tool));
	const tools = definition.tools.filter((tool) => isOffered(tool, loaded) && !isToolDenied(tool, deniedTools));
	return {
		tools,
		extensionTools: ownExtensionTools(own, isRestricted(loaded) ? loaded.toolNames : undefined),
		hostTools: own,
		withheldTools: [...deniedTools, ...uncallable(loaded)],
		unknownTools: (own ?? []).filter(
			(tool) => !isBuiltin(tool) && tool !== REMEMBER_TOOL && !isKnownTool(tool, loaded) && !isForeignTool(tool),
		),
		remembers: mayRemember(definition, parent, { permission, deniedTools }),
		remarks: [
			...notHad(definition),
			...hasNothing(definition, tools, loaded),
			...takenAway(definition, loaded.toolNames, { deniedTools, permission }),
			...unwatched(definition, parent),
		],
	};
}

/** By these the parent itself can write a file. */
const WRITING_TOOLS: readonly BuiltinTool[] = ["write", "edit", "bash"];

/** The key `memory` gives the tool, unless the file denies it or the parent may write nothing at all. */
function mayRemember(
	{ memory }: AgentDefinition,
	{ loaded }: Parent,
	{ permission, deniedTools }: { readonly permission: PermissionEffect; readonly deniedTools: readonly string[] },
): boolean {
	if (!memory || isToolDenied(REMEMBER_TOOL, [...deniedTools, ...uncallable(loaded)])) return false;
	const permitted = permission.extensionTools;
	if (permitted && !permitted.some((pattern) => matchesToolPattern(REMEMBER_TOOL, pattern))) return false;
	return WRITING_TOOLS.some((tool) => loaded.callableTools.includes(tool));
}

/** Whoever names extension tools keeps just the named ones, also those that come later. */
function ownExtensionTools(named: readonly string[] | undefined, all: readonly string[] | undefined) {
	if (!all) return named;
	return named ? all.filter((tool) => named.some((pattern) => matchesToolPattern(tool, pattern))) : all;
}

/** Each absent: all of them. */
function bothLists(one: readonly string[] | undefined, other: readonly string[] | undefined) {
	if (!one || !other) return one ?? other;
	return one.filter((tool) => other.some((pattern) => matchesToolPattern(tool, pattern)));
}

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

/** What of a spec says which tools a child has. */
export type ChosenTools = Pick<RunSpec, "tools" | "extensionTools" | "hostTools" | "withheldTools">;

/** Whether a child may have a tool of this name, whenever it is registered. @param from who would run it */
export function mayHaveTool(choice: ChosenTools, name: string, from: "own extension" | "parent"): boolean {
	if (OWN_TOOLS.has(name) || isToolDenied(name, choice.withheldTools)) return false;
	if (isBuiltin(name)) return (choice.tools as readonly string[]).includes(name);
	const most = from === "parent" ? choice.hostTools : choice.extensionTools;
	return most?.some((pattern) => matchesToolPattern(name, pattern)) ?? true;
}

function notHad({ name, extensionTools = [] }: AgentDefinition): string[] {
	return extensionTools
		.filter((tool) => OWN_TOOLS.has(tool))
		.map((tool) => `${name} names the tool "${tool}", which no subagent has`);
}

/** What is named may be missing to the last, which a model that answers without tools does not tell. */
function hasNothing(definition: AgentDefinition, tools: readonly BuiltinTool[], loaded: Loaded): string[] {
	const { name, extensionTools = [], isolated } = definition;
	const named = extensionTools.filter((tool) => !OWN_TOOLS.has(tool));
	const isAnyThere = tools.length > 0 || (!isolated && named.some((tool) => isKnownTool(tool, loaded)));
	const isAnyNamed = definition.extensionTools !== undefined && definition.tools.length + extensionTools.length > 0;
	if (isAnyThere || !isAnyNamed) return [];
	const isLateToolPossible = !isolated && named.some((tool) => !isForeignTool(tool));
	return [`${name} has no tools${isLateToolPossible ? " yet" : ""}: none of those that its \`tools\` names is there`];
}

/** Of what its other keys would have left it. */
function takenAway(
	{ name, tools, extensionTools }: AgentDefinition,
	toolNames: readonly string[],
	{ deniedTools, permission }: { readonly deniedTools: readonly string[]; readonly permission: PermissionEffect },
): string[] {
	const isGiven = (tool: string) => (tools as readonly string[]).includes(tool) || !isBuiltin(tool);
	const isNamed = (tool: string) =>
		isBuiltin(tool) || (extensionTools?.some((own) => matchesToolPattern(tool, own)) ?? true);
	const isGone = (tool: string) =>
		isToolDenied(tool, deniedTools) ||
		(permission.extensionTools !== undefined && !isBuiltin(tool) && !permission.extensionTools.includes(tool));
	const candidates = [...BUILTIN_TOOLS, ...toolNames.filter((tool) => !isBuiltin(tool) && !OWN_TOOLS.has(tool))];
	const gone = candidates.filter((tool) => isGiven(tool) && isNamed(tool) && isGone(tool));
	return gone.length > 0 ? [`the agent file of ${name} takes away: ${gone.join(", ")}`] : [];
}

/** A person who relies on their permission extension should know. */
function unwatched({ name, isolated }: AgentDefinition, { permissionFolders }: Parent): string[] {
	if (!isolated || permissionFolders.length === 0) return [];
	return [`${name} is isolated: it ran without your permission extension`];
}

function isBuiltin(tool: string): boolean {
	return (BUILTIN_TOOLS as readonly string[]).includes(tool);
}
