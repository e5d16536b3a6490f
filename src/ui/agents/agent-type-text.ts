import type { AgentOverview } from "../../agents/agent-catalog.ts";
import { agentFileKeys } from "../../agents/agent-file-keys.ts";
import { type AgentDefinition, type AgentOrigin, BUILTIN_TOOLS } from "../../domain/agent-definition.ts";
import { diagnosticsText } from "../../format/catalog-text.ts";
import { formatCount } from "../../format/figures.ts";
import { plainLine, plainText } from "../../platform/plain-text.ts";

/** All details of an agent, as text. @param raw the text of its file, where it could not be parsed */
export function agentText(overview: AgentOverview, raw: string | undefined): string {
	const { name, origin, file, definition, diagnostics } = overview;
	const facts: [string, string | undefined][] = [
		["Name", name],
		["Source", SOURCE_WORDS[origin]],
		["File", file],
		["State", stateWords(overview)],
		...(definition ? factsOf(definition) : []),
	];
	const parts = [
		facts.flatMap(([word, value]) => (value === undefined ? [] : [`${word}: ${plainLine(value)}`])).join("\n"),
		diagnostics.length > 0 ? `Problems:\n${diagnosticsText(diagnostics)}` : "",
		definition ? instructionsText(definition) : raw === undefined ? "" : `The file:\n\n${plainText(raw)}`,
	];
	return parts.filter((part) => part !== "").join("\n\n");
}

function factsOf(definition: AgentDefinition): [string, string | undefined][] {
	const { displayName, description, thinking, maxTurns, promptMode, color, isolated, initialPrompt } = definition;
	return [
		["Shown as", displayName],
		["Description", description],
		["Model", modelWords(definition)],
		["Thinking", thinking ?? "as its parent or the call says"],
		["Tools", toolsWords(definition)],
		["Extensions and skills", isolated ? "none (isolated)" : undefined],
		["Skills", definition.skills && (definition.skills.join(", ") || "none")],
		["Memory", definition.memory],
		["Turns", turnsWords(maxTurns)],
		["Before its first task", initialPrompt],
		[
			"Prompt",
			promptMode === "append"
				? "wrapped in an introduction for subagents (prompt_mode: append)"
				: "used without an introduction (prompt_mode: replace)",
		],
		["Parent's conversation", contextWords(definition)],
		["Runs in the background", flagWords(definition.runInBackground)],
		["Color", color],
		["Other keys", otherKeys(definition)],
	];
}

function instructionsText({ instructions }: AgentDefinition): string {
	return instructions === "" ? "Instructions: none." : `Instructions:\n\n${plainText(instructions)}`;
}

function turnsWords(maxTurns: number | undefined): string {
	if (maxTurns === undefined) return "as the call or the settings say";
	return maxTurns === 0 ? "unlimited" : `at most ${maxTurns}`;
}

function contextWords({ inheritContext, contextTurns }: AgentDefinition): string {
	if (inheritContext === false) return "no";
	if (contextTurns !== undefined) return `the last ${contextTurns} turns`;
	return inheritContext ? "yes" : "as the call says";
}

function flagWords(flag: boolean | undefined): string {
	if (flag === undefined) return "as the call says";
	return flag ? "yes" : "no";
}

/** Keys of the file that belong to other extensions. */
function otherKeys({ fileKeys = {} }: AgentDefinition): string | undefined {
	const own = new Set(agentFileKeys().map(({ key }) => key));
	const keys = Object.keys(fileKeys).filter((key) => !own.has(key));
	return keys.length > 0 ? keys.join(", ") : undefined;
}

/** The source of an agent, in words. */
export const SOURCE_WORDS: Readonly<Record<AgentOrigin, string>> = {
	"built-in": "built in",
	personal: "yours",
	project: "project",
};

export function stateWords({ state }: Pick<AgentOverview, "state">): string {
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
export function problemWords({ diagnostics }: Pick<AgentOverview, "diagnostics">): string {
	return diagnostics.length > 0 ? `! ${formatCount(diagnostics.length, "problem")}` : "";
}
