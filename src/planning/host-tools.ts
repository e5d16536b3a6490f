import type { ToolInfo } from "@mariozechner/pi-coding-agent";

/** How a model reaches a tool. Older hosts do not tell; there all tools are `direct`. */
export type ToolExposure = "direct" | "model-only" | "codemode" | "deferred" | "hidden";

/** A tool as the newer host describes it; the older host's types know the first four. */
export type AnyToolInfo = ToolInfo & {
	readonly promptGuidelines?: string[];
	readonly exposure?: ToolExposure;
	readonly namespace?: object;
	readonly annotations?: object;
	readonly reachesTools?: (input: Record<string, unknown>) => "all" | readonly string[];
};

/** By these a model reaches tools that are not declared to it. */
export const REACHING_TOOLS = ["codemode", "tool_search"] as const;
export type ReachingTool = (typeof REACHING_TOOLS)[number];

/**
 * The tools that the session's model can call, declared to it or not.
 *
 * @param active names of the tools that are declared to the model
 */
export function callableTools(tools: readonly AnyToolInfo[], active: readonly string[]): AnyToolInfo[] {
	const declared = new Set(active);
	const reachesUndeclared = REACHING_TOOLS.some((name) => declared.has(name));
	return tools.filter(({ name, exposure = "direct" }) => {
		switch (exposure) {
			case "direct":
			case "model-only":
				return declared.has(name);
			case "codemode":
			case "deferred":
				return reachesUndeclared;
			case "hidden":
				return false;
			default:
				exposure satisfies never;
				return false; // a way to reach tools that a later host adds, and that nobody here knows
		}
	});
}

/**
 * Whether a tool comes from one of the host's built-in extensions, which a session made by the SDK does not load. The tools
 * that every session has are each their own source: `builtin:read`.
 */
export function isOfHostExtension({ name, exposure, sourceInfo }: AnyToolInfo): boolean {
	if (exposure === undefined || sourceInfo.source !== "builtin") return false;
	return isReachingTool(name) || sourceInfo.path !== `builtin:${name}`;
}

export function isReachingTool(name: string): name is ReachingTool {
	return REACHING_TOOLS.some((tool) => tool === name);
}

export function isMcpName(name: string): boolean {
	return name.startsWith("mcp__");
}
