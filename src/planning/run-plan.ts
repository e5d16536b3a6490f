import type { AgentMessage } from "@mariozechner/pi-agent-core";
import type { Api, Model } from "@mariozechner/pi-ai";
import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import type { AgentCatalog } from "../agents/agent-catalog.ts";
import { permissionProblem } from "../agents/permission-key.ts";
import type { AgentDefinition, BuiltinTool, ThinkingLevel } from "../domain/agent-definition.ts";
import type { ProjectPlace } from "../domain/project.ts";
import { type Refusal, refuse } from "../domain/refusal.ts";
import type { RunRequest } from "../domain/run-request.ts";
import type { Settings } from "../domain/settings.ts";
import { selectAgent, unusableType } from "./agent-selection.ts";
import { conversationText, promptWithConversation } from "./inherited-conversation.ts";
import { selectModel } from "./model-selection.ts";
import {
	captureParentSnapshot,
	type ParentSnapshot,
	projectOf,
	readConversation,
	type SnapshotSource,
} from "./parent-snapshot.ts";
import { selectTools } from "./tool-selection.ts";

/** Everything about a run that can be decided before it starts, decided. Later code reads it and decides nothing again. */
export interface RunPlan {
	readonly kind: "planned";
	readonly definition: AgentDefinition;
	readonly description: string;
	/** What the child is prompted with: the task, after the parent's conversation where that is inherited. */
	readonly prompt: string;
	readonly inheritsContext: boolean;
	readonly model: Model<Api>;
	/** Those that take over, in order, where the provider of `model` stays overloaded or has no quota left. */
	readonly otherModels: readonly Model<Api>[];
	/** Patterns that the models it runs on must match, which counts where `model` stands for several; none: all are allowed. */
	readonly allowedModels: readonly string[];
	readonly thinkingLevel: ThinkingLevel;
	readonly tools: readonly BuiltinTool[];
	/** Tools that extensions loaded in the child may bring at most, as names and patterns; absent: all. */
	readonly extensionTools: readonly string[] | undefined;
	/** The same for tools of the host's built-in extensions, which the child calls in its parent. */
	readonly hostTools: readonly string[] | undefined;
	/** Patterns of tools it does not have, whatever the above say; letter case does not matter. */
	readonly withheldTools: readonly string[];
	readonly limits: { readonly turns: number | undefined; readonly graceTurns: number };
	readonly cwd: string;
	readonly parent: ParentSnapshot;
	/** It has run before; what it had worked on the last time is said where it is known. */
	readonly resumed: { readonly cwd: string | undefined } | undefined;
	/** The caller goes on meanwhile and is told of the result. */
	readonly isBackground: boolean;
	/** How the parent gets the result; `none`: it belongs to the extension that asked for it. */
	readonly report: "return" | "notification" | "none";
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

/** The one way from a request to a plan. Spends nothing and changes nothing. */
export function resolveRunPlan(request: RunRequest, sources: PlanningSources): RunPlan | Refusal {
	const { settings, parent } = sources;
	const type = selectAgent(request, sources);
	if (type.kind === "refused") return type;
	const { definition } = type;
	const choice = selectModel(request, definition, sources);
	if (choice.kind === "refused") return choice;
	const thinking = decideThinking(request, definition, parent);
	if (thinking.kind === "refused") return thinking;
	const refused = checkPrompt(request.prompt) ?? checkTurns(request) ?? checkPermission(definition, parent);
	if (refused) return refused;
	const placement = decidePlacement(request, definition, parent);
	const inheritance = decideInheritance(request, definition);
	const task = taskOf(request, definition);
	const toolChoice = selectTools(definition, parent);
	return Object.freeze({
		kind: "planned",
		definition,
		description: request.description.trim() || definition.name,
		prompt: inheritance ? inheritingPrompt(task, inheritance.turns, sources) : task,
		inheritsContext: inheritance !== undefined,
		model: choice.model,
		otherModels: choice.others ?? [],
		allowedModels: settings.models,
		thinkingLevel: thinking.level,
		tools: toolChoice.tools,
		extensionTools: toolChoice.extensionTools,
		hostTools: toolChoice.hostTools,
		withheldTools: toolChoice.withheldTools,
		limits: decideLimits(request, definition, settings),
		cwd: parent.cwd,
		parent,
		resumed: request.previous && { cwd: request.previous.cwd },
		isBackground: placement.isBackground,
		report: decideReport(request, placement),
		admission: placement.admission,
		toolCallId: request.toolCallId,
		insteadOfType: type.insteadOf,
		remarks: [
			...type.remarks,
			...overruledParameters(request, definition),
			...choice.remarks,
			...thinking.remarks,
			...toolChoice.remarks,
			...placement.remarks,
		],
	});
}

interface DecidedThinking {
	readonly kind: "decided";
	readonly level: ThinkingLevel;
	readonly remarks: readonly string[];
}

function decideThinking(
	request: RunRequest,
	definition: AgentDefinition,
	{ thinkingLevels, thinkingLevel }: ParentSnapshot,
): DecidedThinking | Refusal {
	const asked = request.thinking?.trim().toLowerCase();
	const level = thinkingLevels.find((candidate) => candidate === asked);
	if (asked !== undefined && !level) {
		const accepted = thinkingLevels.join(", ");
		return refuse("bad-thinking", `Unknown thinking level "${request.thinking}". Accepted: ${accepted}.`);
	}
	const wanted = request.previous?.thinkingLevel ?? definition.thinking ?? level ?? thinkingLevel;
	const highest = thinkingLevels.at(-1);
	if (thinkingLevels.includes(wanted) || !highest) return { kind: "decided", level: wanted, remarks: [] };
	const remark = `this host has no thinking level ${wanted}; ${highest} was asked for`;
	return { kind: "decided", level: highest, remarks: [remark] };
}

function checkPrompt(prompt: string): Refusal | undefined {
	return prompt.trim() === "" ? refuse("empty-prompt", "`prompt` is empty; give the task in words.") : undefined;
}

function checkTurns({ maxTurns, contextTurns }: RunRequest): Refusal | undefined {
	const isCount = (turns: number | undefined) => turns === undefined || (Number.isInteger(turns) && turns >= 1);
	const accepted = "expected an integer >= 1. Leave it out for";
	if (!isCount(maxTurns))
		return refuse("bad-max-turns", `\`max_turns\` is ${maxTurns}; ${accepted} no limit of your own.`);
	if (isCount(contextTurns)) return undefined;
	return refuse("bad-context-turns", `\`context_turns\` is ${contextTurns}; ${accepted} all that fits.`);
}

function checkPermission(definition: AgentDefinition, { permissionFolders }: ParentSnapshot): Refusal | undefined {
	const problem = permissionProblem(definition, permissionFolders);
	return problem && refuse("unusable-type", unusableType(definition.name, problem));
}

function decideLimits(request: RunRequest, definition: AgentDefinition, settings: Settings): RunPlan["limits"] {
	const { previous, maxTurns } = request;
	const otherwise = previous ? previous.maxTurns : settings.defaultMaxTurns;
	const turns = definition.maxTurns ?? maxTurns ?? otherwise;
	return { turns: turns || undefined, graceTurns: settings.graceTurns }; // 0 in a file or the settings: unlimited
}

interface Placement extends Pick<RunPlan, "isBackground" | "admission"> {
	readonly remarks: readonly string[];
}

function decidePlacement(request: RunRequest, definition: AgentDefinition, { attended }: ParentSnapshot): Placement {
	const { admission: wanted, report } = request.policy;
	if (wanted !== "queue" && !(definition.runInBackground ?? request.background)) {
		return { isBackground: false, admission: "at-once", remarks: [] };
	}
	const isBackground = attended || report !== "return";
	const admission = wanted === "immediate" ? "at-once" : "queued";
	return { isBackground, admission, remarks: isBackground ? [] : [IN_FOREGROUND] };
}

function decideReport({ policy }: RunRequest, { isBackground }: Placement): RunPlan["report"] {
	return policy.report === "return" && isBackground ? "notification" : policy.report;
}

const IN_FOREGROUND = "it ran in the foreground, because in this mode nobody would be there when a background run ends";

/** @returns how much of the parent's conversation goes before the prompt; `turns` absent: as much as fits */
function decideInheritance(
	request: RunRequest,
	definition: AgentDefinition,
): { readonly turns: number | undefined } | undefined {
	if (request.previous) return undefined; // it has a conversation of its own
	const turns = definition.contextTurns ?? request.contextTurns;
	return (inheritsByFile(definition) ?? request.inheritContext ?? turns !== undefined) ? { turns } : undefined;
}

function inheritingPrompt(task: string, turns: number | undefined, sources: PlanningSources): string {
	return promptWithConversation(task, conversationText(sources.readConversation(), turns));
}

/** A resumed one has read the first words of its file already. */
function taskOf({ prompt, previous }: RunRequest, { initialPrompt }: AgentDefinition): string {
	return initialPrompt === undefined || previous ? prompt : `${initialPrompt}\n\n${prompt}`;
}

/** Who says how much of the conversation wants it. */
function inheritsByFile({ inheritContext, contextTurns }: AgentDefinition): boolean | undefined {
	return inheritContext ?? (contextTurns === undefined ? undefined : true);
}

function isHowMuchDecided({ inheritContext, contextTurns }: AgentDefinition): boolean {
	return contextTurns !== undefined || inheritContext === false;
}

/** For the rest of a call a resume has its own words. */
const TAKEN_BY_A_RESUME: ReadonlySet<string> = new Set(["max_turns", "run_in_background"]);

function overruledParameters(request: RunRequest, definition: AgentDefinition): string[] {
	const overruled = [
		request.model !== undefined && definition.model?.strength === "pinned" && "model",
		request.thinking !== undefined && definition.thinking !== undefined && "thinking",
		request.maxTurns !== undefined && definition.maxTurns !== undefined && "max_turns",
		request.inheritContext !== undefined && inheritsByFile(definition) !== undefined && "inherit_context",
		request.contextTurns !== undefined && isHowMuchDecided(definition) && "context_turns",
		request.background !== undefined && definition.runInBackground !== undefined && "run_in_background",
	].filter((name) => name !== false);
	const named = request.previous ? overruled.filter((name) => TAKEN_BY_A_RESUME.has(name)) : overruled;
	return named.map((name) => `the agent file of ${definition.name} decides \`${name}\`; the call's value was not used`);
}

/** What planning reads while a call lasts. */
export interface PlanningParts {
	readonly pi: SnapshotSource;
	/** @returns the agent types there are now */
	readonly catalog: (place: ProjectPlace) => AgentCatalog;
	/** @returns what is in force now */
	readonly settings: (place: ProjectPlace) => Settings;
}

/** One run may have agent types of its own. */
type RunPlanningParts = Omit<PlanningParts, "catalog"> & {
	readonly catalog: (place: ProjectPlace) => PlanningSources["catalog"];
};

/** Plans a run for the parent as it is at this moment. */
export function planRun(request: RunRequest, parts: RunPlanningParts, ctx: ExtensionContext): RunPlan | Refusal {
	const project = projectOf(ctx);
	return resolveRunPlan(request, {
		catalog: parts.catalog(project),
		settings: parts.settings(project),
		parent: captureParentSnapshot(parts.pi, ctx),
		readConversation: () => readConversation(ctx),
	});
}
