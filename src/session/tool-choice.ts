import { type PermissionEffect, permissionEffect } from "../config/permission-key.ts";
import { type AgentDefinition, BUILTIN_TOOLS, type BuiltinTool } from "../domain/agent-definition.ts";
import { matchesToolPattern } from "../domain/tool-patterns.ts";
import type { ParentSnapshot } from "./parent-snapshot.ts";

/** Tools of ours; a child must not have them, whoever registered them there. */
export const OWN_TOOLS: ReadonlySet<string> = new Set(["subagent", "get_subagent_result", "steer_subagent"]);

/** Tools of Claude Code that its files name all the time: told with the file, not with each run of it. */
const FOREIGN_TOOLS =
	/^(task|agent|webfetch|websearch|todowrite|todoread|notebook(read|edit)|exitplanmode|kill(shell|bash)|bashoutput|skill|slashcommand|askuserquestion|mcp__.*)$/i;

export interface ToolChoice {
	readonly tools: readonly BuiltinTool[];
	/** Extension tools it may have at most, `*` standing for anything; absent: all that are in the child. */
	readonly extensionTools: readonly string[] | undefined;
	/** Patterns of tools it does not get, whoever they come from; letter case does not matter. */
	readonly deniedTools: readonly string[];
	/** What its file names and it does not get, and what its file takes away. */
	readonly remarks: readonly string[];
}

type ParentTools = Pick<ParentSnapshot, "loaded" | "permissionFolders">;

/**
 * Which tools a child gets. A parent that was itself started with an allowlist (`--tools`) lacks some built-in tool; it
 * hands on no tool it was not given, for handing work on must not be a way around the list.
 */
export function chooseTools(definition: AgentDefinition, parent: ParentTools): ToolChoice {
	const { toolNames } = parent.loaded;
	const isRestricted = !BUILTIN_TOOLS.every((tool) => toolNames.includes(tool));
	const permission = permissionEffect(definition, parent.permissionFolders);
	const deniedTools = [...new Set([...(definition.deniedTools ?? []), ...permission.deniedTools])];
	const granted = definition.tools.filter((tool) => !isRestricted || toolNames.includes(tool));
	const named = bothLists(definition.extensionTools, permission.extensionTools);
	return {
		tools: granted.filter((tool) => !isDeniedTool(tool, deniedTools)),
		extensionTools: extensionToolsOf(named, isRestricted ? toolNames : undefined),
		deniedTools,
		remarks: [
			...notHad(definition, toolNames),
			...takenAway(definition, toolNames, { deniedTools, permission }),
			...unwatched(definition, parent),
		],
	};
}

function isDeniedTool(name: string, deniedTools: readonly string[]): boolean {
	return deniedTools.some((pattern) => matchesToolPattern(name.toLowerCase(), pattern.toLowerCase()));
}

/** Whether a tool of this name may be in a child at all, whoever registers it and whenever. */
export function mayHaveTool(
	{ tools, extensionTools, deniedTools }: Pick<ToolChoice, "tools" | "extensionTools" | "deniedTools">,
	name: string,
): boolean {
	if (OWN_TOOLS.has(name) || isDeniedTool(name, deniedTools)) return false;
	if (isBuiltin(name)) return (tools as readonly string[]).includes(name);
	return extensionTools?.some((pattern) => matchesToolPattern(name, pattern)) ?? true;
}

/** Whoever names extension tools keeps just the named ones, also those that come later. */
function extensionToolsOf(named: readonly string[] | undefined, all: readonly string[] | undefined) {
	const own = named?.filter((tool) => !OWN_TOOLS.has(tool));
	if (!all) return own;
	return own ? all.filter((tool) => own.some((pattern) => matchesToolPattern(tool, pattern))) : all;
}

/** Each absent: all of them. */
function bothLists(one: readonly string[] | undefined, other: readonly string[] | undefined) {
	if (!one || !other) return one ?? other;
	return one.filter((tool) => other.some((pattern) => matchesToolPattern(tool, pattern)));
}

function notHad({ name, extensionTools = [] }: AgentDefinition, toolNames: readonly string[]): string[] {
	const isThere = (tool: string) => toolNames.some((known) => matchesToolPattern(known, tool));
	return extensionTools
		.filter((tool) => (OWN_TOOLS.has(tool) || !isThere(tool)) && !FOREIGN_TOOLS.test(tool))
		.map((tool) => `${name} ${whyNot(tool)}`);
}

function whyNot(tool: string): string {
	if (OWN_TOOLS.has(tool)) return `names the tool "${tool}", which no subagent has`;
	return `names an unknown tool "${tool}"; it was left out`;
}

/** Of what its other keys would have left it. */
function takenAway(
	{ name, tools, extensionTools }: AgentDefinition,
	toolNames: readonly string[],
	{ deniedTools, permission }: Pick<ToolChoice, "deniedTools"> & { permission: PermissionEffect },
): string[] {
	const isGiven = (tool: string) => (tools as readonly string[]).includes(tool) || !isBuiltin(tool);
	const isNamed = (tool: string) =>
		isBuiltin(tool) || (extensionTools?.some((own) => matchesToolPattern(tool, own)) ?? true);
	const isGone = (tool: string) =>
		isDeniedTool(tool, deniedTools) ||
		(permission.extensionTools !== undefined && !isBuiltin(tool) && !permission.extensionTools.includes(tool));
	const candidates = [...BUILTIN_TOOLS, ...toolNames.filter((tool) => !isBuiltin(tool) && !OWN_TOOLS.has(tool))];
	const gone = candidates.filter((tool) => isGiven(tool) && isNamed(tool) && isGone(tool));
	return gone.length > 0 ? [`the agent file of ${name} takes away: ${gone.join(", ")}`] : [];
}

/** A person who relies on their permission extension should know. */
function unwatched({ name, isolated }: AgentDefinition, { permissionFolders }: ParentTools): string[] {
	if (!isolated || permissionFolders.length === 0) return [];
	return [`${name} is isolated: it ran without your permission extension`];
}

function isBuiltin(tool: string): boolean {
	return (BUILTIN_TOOLS as readonly string[]).includes(tool);
}
