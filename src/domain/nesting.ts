import type { AgentDefinition } from "./agent-definition.ts";
import { isToolDenied } from "./tool-patterns.ts";

/** How deep a subagent can be at most, whatever settings and agent files say; 0 is one that the session itself started. */
export const GREATEST_DEPTH = 5;

/** The agent types that a subagent may start, by the names its agent file gives them. */
export type StartableTypes = "all" | readonly string[];

/** What says of an agent type whether its subagents may start others. */
export type NestingKeys = Pick<AgentDefinition, "allowedSubagents" | "extensionTools" | "deniedTools">;

const SPAWN_TOOL_NAMES = ["subagent", "agent", "task"];

/**
 * The one rule of who may start subagents, asked when tools are offered, and by each start and resume: an agent file that names
 * `allowed_subagents` decides for itself, every other type may as deep as the setting `maxDepth` allows, and nobody beyond
 * `GREATEST_DEPTH`.
 *
 * @param depth of the subagent that would start others
 * @param maxDepth the setting
 * @returns absent where it may start none
 */
export function startableTypes(keys: NestingKeys, depth: number, maxDepth: number): StartableTypes | undefined {
	const { allowedSubagents, extensionTools, deniedTools } = keys;
	if (depth + 1 > GREATEST_DEPTH) return undefined;
	if (SPAWN_TOOL_NAMES.some((name) => isToolDenied(name, deniedTools))) return undefined;
	if (allowedSubagents !== undefined) return allowedSubagents.length > 0 ? allowedSubagents : undefined;
	const keepsTool =
		extensionTools?.some((name) => SPAWN_TOOL_NAMES.includes(name.toLowerCase()) || name === "*") ?? true;
	return keepsTool && depth + 1 <= maxDepth ? "all" : undefined;
}

/** Each absent: none. What both allow. */
export function bothAllow(
	one: StartableTypes | undefined,
	other: StartableTypes | undefined,
): StartableTypes | undefined {
	if (one === undefined || other === undefined) return undefined;
	if (one === "all") return other;
	if (other === "all") return one;
	const names = new Set(other.map((name) => name.toLowerCase()));
	return one.filter((name) => names.has(name.toLowerCase()));
}
