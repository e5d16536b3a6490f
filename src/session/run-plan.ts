import type { AgentMessage } from "@mariozechner/pi-agent-core";
import type { Api, Model } from "@mariozechner/pi-ai";
import type { AgentCatalog } from "../config/agent-catalog.ts";
import type { Settings } from "../config/settings.ts";
import { type AgentDefinition, BUILTIN_TOOLS, type BuiltinTool } from "../domain/agent-definition.ts";
import { type Refusal, refuse } from "../domain/refusal.ts";
import type { RunRequest } from "../domain/run-request.ts";
import type { ThinkingLevel } from "../domain/thinking-level.ts";
import { conversationText, promptWithConversation } from "./inherited-conversation.ts";
import { decideModel } from "./model-decision.ts";
import type { ParentSnapshot } from "./parent-snapshot.ts";

/** Everything about a run that can be decided before it starts, decided. Later code reads it and decides nothing again. */
export interface RunPlan {
	readonly kind: "planned";
	readonly definition: AgentDefinition;
	readonly description: string;
	/** What the child is prompted with: the task, after the parent's conversation where that is inherited. */
	readonly prompt: string;
	readonly model: Model<Api>;
	readonly thinkingLevel: ThinkingLevel;
	readonly tools: readonly BuiltinTool[];
	/** Extension tools to keep, where the agent names some; absent: all. */
	readonly extensionTools: readonly string[] | undefined;
	readonly limits: { readonly turns: number | undefined; readonly graceTurns: number };
	readonly cwd: string;
	readonly parent: ParentSnapshot;
	/** The caller goes on meanwhile and is told of the result. */
	readonly isBackground: boolean;
	/** Background work waits for a slot, also where it had to become foreground; a foreground run blocks its caller anyway. */
	readonly admission: "at-once" | "queued";
	readonly toolCallId: string | undefined;
	/** The type that was asked for and that nobody knows; `definition` runs in its place. */
	readonly insteadOfType: string | undefined;
	/** What of the call did not take effect, and why; told with the result. */
	readonly remarks: readonly string[];
}

/** Where planning takes its facts from; all of it is read while the parent's call lasts. */
export interface PlanningSources {
	readonly catalog: Pick<AgentCatalog, "find" | "list">;
	readonly settings: Settings;
	readonly parent: ParentSnapshot;
	readonly readConversation: () => readonly AgentMessage[];
}

const FALLBACK_AGENT = "general-purpose";

/** The one road from a request to a plan, whatever door it came through. Spends nothing and changes nothing. */
export function resolveRunPlan(request: RunRequest, sources: PlanningSources): RunPlan | Refusal {
	const { settings, parent } = sources;
	const definition = findDefinition(request, sources);
	if ("kind" in definition) return definition;
	const choice = decideModel(request, definition, sources);
	if (choice.kind === "refused") return choice;
	const thinkingLevel = decideThinking(request, definition, parent);
	if (typeof thinkingLevel !== "string") return thinkingLevel;
	const refused =
		checkPrompt(request.prompt) ?? checkMaxTurns(request.maxTurns) ?? checkContextTurns(request.contextTurns);
	if (refused) return refused;
	const placement = decidePlacement(request, definition, parent);
	return Object.freeze({
		kind: "planned",
		definition,
		description: request.description.trim() || definition.name,
		prompt: decidePrompt(request, definition, sources),
		model: choice.model,
		thinkingLevel,
		tools: allowedTools(definition, parent),
		extensionTools: keptExtensionTools(definition, parent),
		limits: decideLimits(request, definition, settings),
		cwd: parent.cwd,
		parent,
		isBackground: placement.isBackground,
		admission: placement.admission,
		toolCallId: request.toolCallId,
		insteadOfType: sources.catalog.find(request.type).kind === "unknown" ? request.type : undefined,
		remarks: [
			...overruledParameters(request, definition),
			...choice.remarks,
			...unknownTools(definition, parent),
			...placement.remarks,
		],
	});
}

function findDefinition(request: RunRequest, { catalog, settings }: PlanningSources): AgentDefinition | Refusal {
	const types = `Known types: ${catalog
		.list()
		.map((definition) => definition.name)
		.join(", ")}.`;
	const lookup = catalog.find(request.type);
	switch (lookup.kind) {
		case "found":
			return lookup.definition;
		case "disabled":
			return refuse("disabled-type", `Agent type "${request.type}" is disabled by its file. ${types}`);
		case "ambiguous": {
			const names = lookup.names.join(" and ");
			return refuse("ambiguous-type", `Agent type "${request.type}" could be ${names}; name one exactly. ${types}`);
		}
		case "unknown": {
			const mayFallBack = request.unknownType === "fallback" && settings.fallbackAgent !== "none";
			const fallback = mayFallBack ? catalog.find(FALLBACK_AGENT) : lookup;
			if (fallback.kind === "found") return fallback.definition;
			return refuse("unknown-type", `Unknown agent type "${request.type}". ${types}`);
		}
		default:
			return lookup satisfies never;
	}
}

function decideThinking(
	request: RunRequest,
	definition: AgentDefinition,
	parent: ParentSnapshot,
): ThinkingLevel | Refusal {
	const asked = request.thinking?.trim().toLowerCase();
	const level = parent.thinkingLevels.find((candidate) => candidate === asked);
	if (asked !== undefined && !level) {
		return refuse(
			"bad-thinking",
			`Unknown thinking level "${request.thinking}". Accepted: ${parent.thinkingLevels.join(", ")}.`,
		);
	}
	return request.previous?.thinkingLevel ?? definition.thinking ?? level ?? parent.thinkingLevel;
}

function checkContextTurns(turns: number | undefined): Refusal | undefined {
	if (turns === undefined || (Number.isInteger(turns) && turns >= 1)) return undefined;
	return refuse(
		"bad-context-turns",
		`\`context_turns\` is ${turns}; accepted is an integer >= 1. Leave it out for all that fits.`,
	);
}

function checkPrompt(prompt: string): Refusal | undefined {
	return prompt.trim() === "" ? refuse("empty-prompt", "`prompt` is empty; give the task in words.") : undefined;
}

function checkMaxTurns(maxTurns: number | undefined): Refusal | undefined {
	if (maxTurns === undefined || (Number.isInteger(maxTurns) && maxTurns >= 1)) return undefined;
	return refuse(
		"bad-max-turns",
		`\`max_turns\` is ${maxTurns}; accepted is an integer >= 1. Leave it out for no limit of your own.`,
	);
}

function decideLimits(request: RunRequest, definition: AgentDefinition, settings: Settings): RunPlan["limits"] {
	const { previous, maxTurns } = request;
	const turns = previous
		? (maxTurns ?? previous.maxTurns)
		: (definition.maxTurns ?? maxTurns ?? settings.defaultMaxTurns);
	return { turns: turns || undefined, graceTurns: settings.graceTurns }; // 0 in a file or the settings: unlimited
}

interface Placement extends Pick<RunPlan, "isBackground" | "admission"> {
	readonly remarks: readonly string[];
}

function decidePlacement(request: RunRequest, definition: AgentDefinition, { attended }: ParentSnapshot): Placement {
	if (!(definition.runInBackground ?? request.background)) {
		return { isBackground: false, admission: "at-once", remarks: [] };
	}
	return { isBackground: attended, admission: "queued", remarks: attended ? [] : [IN_FOREGROUND] };
}

const IN_FOREGROUND = "it ran in the foreground, because in this mode nobody would be there when a background run ends";

function decidePrompt(request: RunRequest, definition: AgentDefinition, sources: PlanningSources): string {
	if (!(definition.inheritContext ?? request.inheritContext)) return request.prompt;
	const turns = definition.contextTurns ?? request.contextTurns;
	return promptWithConversation(request.prompt, conversationText(sources.readConversation(), turns));
}

/** A parent that was itself started with an allowlist (`--tools`) hands on no built-in tool it was not given. */
function allowedTools(definition: AgentDefinition, parent: ParentSnapshot): readonly BuiltinTool[] {
	const restricted = BUILTIN_TOOLS.some((tool) => !parent.loaded.toolNames.includes(tool));
	return restricted ? definition.tools.filter((tool) => parent.loaded.toolNames.includes(tool)) : definition.tools;
}

/** Naming extension tools keeps just the named ones of those; naming none, or only unknown ones, keeps all. */
function keptExtensionTools(definition: AgentDefinition, parent: ParentSnapshot): readonly string[] | undefined {
	const named = definition.extensionTools?.filter((tool) => parent.loaded.toolNames.includes(tool)) ?? [];
	return named.length > 0 ? named : undefined;
}

/** Only here is known which tools the extensions of this parent have. */
function unknownTools(definition: AgentDefinition, parent: ParentSnapshot): string[] {
	const unknown = definition.extensionTools?.filter((tool) => !parent.loaded.toolNames.includes(tool)) ?? [];
	return unknown.map((tool) => `${definition.name} names an unknown tool "${tool}"; it was left out`);
}

function overruledParameters(request: RunRequest, definition: AgentDefinition): string[] {
	const overruled = [
		request.model !== undefined && definition.model?.strength === "pinned" && "model",
		request.thinking !== undefined && definition.thinking !== undefined && "thinking",
		request.maxTurns !== undefined && definition.maxTurns !== undefined && !request.previous && "max_turns",
		request.inheritContext !== undefined && definition.inheritContext !== undefined && "inherit_context",
		request.contextTurns !== undefined && definition.contextTurns !== undefined && "context_turns",
		request.background !== undefined && definition.runInBackground !== undefined && "run_in_background",
	].filter((name) => name !== false);
	return overruled.map(
		(name) => `the agent file of ${definition.name} decides \`${name}\`; the call's value was not used`,
	);
}
