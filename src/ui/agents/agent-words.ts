import type { AgentStanding } from "../../config/agent-catalog.ts";
import { type AgentDefinition, type AgentOrigin, BUILTIN_TOOLS } from "../../domain/agent-definition.ts";
import { formatCount } from "../../format/figures.ts";

/** Whose an agent is. */
export const SOURCE_WORDS: Readonly<Record<AgentOrigin, string>> = {
	"built-in": "built in",
	personal: "yours",
	project: "project",
};

export function stateWords({ state }: Pick<AgentStanding, "state">): string {
	return state.kind === "overridden" ? `overridden by ${SOURCE_WORDS[state.by]}` : state.kind;
}

export function modelWords({ model }: AgentDefinition): string {
	if (!model) return "the parent's model";
	return model.strength === "preferred" ? `prefers ${model.queries.join(", ")}` : model.queries.join(", ");
}

export function toolsWords({ tools, extensionTools = [], deniedTools = [] }: AgentDefinition): string {
	const builtIn = tools.length === BUILTIN_TOOLS.length ? "all tools" : tools.join(", ") || "no built-in tools";
	const without = deniedTools.length > 0 ? ` without ${deniedTools.join(", ")}` : "";
	return [builtIn, ...extensionTools].join(", ") + without;
}

/** `""` when nothing is wrong. */
export function problemWords({ diagnostics }: Pick<AgentStanding, "diagnostics">): string {
	return diagnostics.length > 0 ? `! ${formatCount(diagnostics.length, "problem")}` : "";
}
