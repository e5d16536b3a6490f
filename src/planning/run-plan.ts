import type { AgentMessage } from "@mariozechner/pi-agent-core";
import type { Api, ImageContent, Model } from "@mariozechner/pi-ai";
import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import type { AgentCatalog } from "../agents/agent-catalog.ts";
import { permissionProblem } from "../agents/permission-key.ts";
import type { AgentDefinition, ThinkingLevel } from "../domain/agent-definition.ts";
import type { ProjectPlace } from "../domain/project.ts";
import { type Refused, refuse } from "../domain/refusal.ts";
import type { LimitValues } from "../domain/run-limits.ts";
import type { RunRequest } from "../domain/run-request.ts";
import type { RunSpec } from "../domain/run-spec.ts";
import type { Settings } from "../domain/settings.ts";
import { JsonSchema } from "../platform/json-schema.ts";
import { selectAgent, unusableType } from "./agent-selection.ts";
import { conversationImages, conversationText, promptWithConversation } from "./inherited-conversation.ts";
import { modelKey } from "./model-match.ts";
import { selectModel } from "./model-selection.ts";
import {
	captureParentSnapshot,
	type ParentSnapshot,
	projectOf,
	readConversation,
	type SnapshotSource,
} from "./parent-snapshot.ts";
import { selectTools } from "./tool-selection.ts";

/** What is live in a run, and cannot be written down. */
export interface RunContext {
	readonly model: Model<Api>;
	/** Those that take over, in order, where the provider of `model` stays overloaded or has no quota left. */
	readonly otherModels?: readonly Model<Api>[];
	readonly parent: ParentSnapshot;
	/** Images of the inherited conversation; none where its model takes none. */
	readonly images: readonly ImageContent[];
	/** Image files that the task names as `@path`, as written. */
	readonly imageFiles: readonly string[];
	/** Extension tools that its file names and that nobody has registered yet. The run waits for them for a moment. */
	readonly unknownTools: readonly string[];
	/** It has the tool that adds to its memory. */
	readonly remembers: boolean;
}

/** A run that can begin: everything that can be decided before it starts is decided. Later code decides nothing again. */
export interface RunPlan {
	readonly kind: "planned";
	readonly spec: RunSpec;
	readonly context: RunContext;
	/** The type that was asked for and that nobody knows; the spec's definition runs in its place. */
	readonly insteadOfType: string | undefined;
	/** What of the call did not take effect, and why; told with the result. */
	readonly remarks: readonly string[];
}

/** What a child session is made from: the spec, with the directory that was prepared for this run, and what is live. */
export type ChildPlan = RunSpec & RunContext;

/** Where planning takes its facts from; all of it is read while the parent's call lasts. */
export interface PlanningSources {
	readonly catalog: Pick<AgentCatalog, "find" | "list">;
	readonly settings: Settings;
	readonly parent: ParentSnapshot;
	readonly readConversation: () => readonly AgentMessage[];
}

/** The one way from a request to a plan. Spends nothing and changes nothing. */
export function resolveRunPlan(request: RunRequest, sources: PlanningSources): RunPlan | Refused {
	const { settings, parent } = sources;
	const type = selectAgent(request, sources);
	if (type.kind === "refused") return type;
	const { definition } = type;
	const choice = selectModel(request, definition, sources);
	if (choice.kind === "refused") return choice;
	const thinking = decideThinking(request, { definition, parent, level: choice.level });
	if (thinking.kind === "refused") return thinking;
	const refused = checkPrompt(request.prompt) ?? checkTurns(request) ?? checkPermission(definition, parent);
	if (refused) return refused;
	const output = decideOutput(request, definition);
	if (output.kind === "refused") return output;
	const placement = decidePlacement(request, definition, parent);
	const inheritance = decideInheritance(request, definition);
	const task = taskOf(request, definition);
	const toolChoice = selectTools(definition, parent);
	const inherited = inheritance && inheritedParts(task, inheritance.turns, choice.model, sources);
	const spec: RunSpec = Object.freeze({
		definition: snapshotOf(definition),
		description: request.description.trim() || definition.name,
		prompt: inherited?.prompt ?? task,
		inheritsContext: inheritance !== undefined,
		modelId: modelKey(choice.model),
		contextWindow: choice.model.contextWindow,
		allowedModels: settings.models,
		thinkingLevel: thinking.level,
		...toolsOf(toolChoice),
		limits: decideLimits(request, definition, settings),
		...(output.schema && { outputSchema: output.schema }),
		graceTurns: settings.graceTurns,
		cwd: parent.cwd,
		parentSessionId: parent.sessionId,
		lineage: parent.childLineage,
		...(request.previous && { resumed: resumedFrom(request.previous.cwd) }),
		isBackground: placement.isBackground,
		report: decideReport(request, placement),
		admission: placement.admission,
		...(request.toolCallId !== undefined && { toolCallId: request.toolCallId }),
	});
	return Object.freeze({
		kind: "planned",
		spec,
		context: {
			model: choice.model,
			...(choice.others && { otherModels: choice.others }),
			parent,
			images: inherited?.images ?? [],
			imageFiles: imageFilesIn(request.prompt),
			unknownTools: toolChoice.unknownTools,
			remembers: toolChoice.remembers,
		},
		insteadOfType: type.insteadOf,
		remarks: [
			...type.remarks,
			...overruledParameters(request, definition, choice.level),
			...choice.remarks,
			...thinking.remarks,
			...toolChoice.remarks,
			...placement.remarks,
			...(inherited?.remarks ?? []),
		],
	});
}

function toolsOf({ tools, extensionTools, hostTools, withheldTools }: ReturnType<typeof selectTools>) {
	return { tools, ...(extensionTools && { extensionTools }), ...(hostTools && { hostTools }), withheldTools };
}

function resumedFrom(cwd: string | undefined): NonNullable<RunSpec["resumed"]> {
	return cwd === undefined ? {} : { cwd };
}

const snapshots = new WeakMap<AgentDefinition, AgentDefinition>();

/** As data: an agent file can hold numbers that JSON does not know, and, by YAML's aliases, keys that contain themselves. */
function snapshotOf(definition: AgentDefinition): AgentDefinition {
	const known = snapshots.get(definition);
	if (known) return known;
	const { fileKeys } = definition;
	const keys = Object.entries(fileKeys ?? {}).flatMap(([key, value]) => {
		try {
			return [[key, asData(value)]];
		} catch {
			return []; // it contains itself
		}
	});
	const rest = asData({ ...definition, fileKeys: undefined });
	const snapshot = { ...rest, ...(fileKeys && { fileKeys: Object.freeze(Object.fromEntries(keys)) }) };
	snapshots.set(definition, snapshot);
	return snapshot;
}

/** Frozen: other extensions get parts of it. */
function asData<T>(value: T): T {
	return JSON.parse(JSON.stringify(value), (_key, part) => Object.freeze(part));
}

interface DecidedThinking {
	readonly kind: "decided";
	readonly level: ThinkingLevel;
	readonly remarks: readonly string[];
}

interface ThinkingSources {
	readonly definition: AgentDefinition;
	readonly parent: ParentSnapshot;
	/** Named with the model, by whoever decides that. */
	readonly level: ThinkingLevel | undefined;
}

/** The file before the call, and with either of them a level of its own before the one that stands with the model. */
function decideThinking(request: RunRequest, sources: ThinkingSources): DecidedThinking | Refused {
	const { definition, level: modelLevel } = sources;
	const { thinkingLevels, thinkingLevel } = sources.parent;
	const ofFile = definition.thinking ?? (isModelOfFile(definition) ? modelLevel : undefined);
	const asked = request.thinking?.trim().toLowerCase();
	const level = thinkingLevels.find((candidate) => candidate === asked);
	if (asked !== undefined && !level) {
		const accepted = thinkingLevels.join(", ");
		return refuse("bad-thinking", `Unknown thinking level "${request.thinking}". Accepted: ${accepted}.`);
	}
	const wanted = request.previous?.thinkingLevel ?? ofFile ?? level ?? modelLevel ?? thinkingLevel;
	const highest = thinkingLevels.at(-1);
	if (thinkingLevels.includes(wanted) || !highest) return { kind: "decided", level: wanted, remarks: [] };
	const remark = `this host has no thinking level ${wanted}; ${highest} was asked for`;
	return { kind: "decided", level: highest, remarks: [remark] };
}

function isModelOfFile({ model }: AgentDefinition): boolean {
	return model?.strength === "pinned";
}

function checkPrompt(prompt: string): Refused | undefined {
	return prompt.trim() === "" ? refuse("empty-prompt", "`prompt` is empty; give the task in words.") : undefined;
}

function checkTurns({ limits: { turns: maxTurns } = {}, contextTurns }: RunRequest): Refused | undefined {
	const isCount = (turns: number | undefined) => turns === undefined || (Number.isInteger(turns) && turns >= 1);
	const accepted = "expected an integer >= 1. Leave it out for";
	if (!isCount(maxTurns))
		return refuse("bad-max-turns", `\`max_turns\` is ${maxTurns}; ${accepted} no limit of your own.`);
	if (isCount(contextTurns)) return undefined;
	return refuse("bad-context-turns", `\`context_turns\` is ${contextTurns}; ${accepted} all that fits.`);
}

function checkPermission(definition: AgentDefinition, { permissionFolders }: ParentSnapshot): Refused | undefined {
	const problem = permissionProblem(definition, permissionFolders);
	return problem && refuse("unusable-type", unusableType(definition.name, problem));
}

/** 0 in a file or the settings means unlimited. */
function decideLimits(request: RunRequest, definition: AgentDefinition, settings: Settings): LimitValues {
	const { previous, limits } = request;
	const otherwise = previous ? previous.limits.turns : settings.defaultMaxTurns;
	const turns = definition.maxTurns ?? limits?.turns ?? otherwise;
	return turns ? { turns } : {};
}

type DecidedOutput = { readonly kind: "decided"; readonly schema: RunSpec["outputSchema"] | undefined };

/** The file before the call, and a resume keeps what it had. */
function decideOutput(request: RunRequest, { outputSchema }: AgentDefinition): DecidedOutput | Refused {
	const wanted = outputSchema ?? request.outputSchema ?? request.previous?.outputSchema;
	if (wanted === undefined) return { kind: "decided", schema: undefined };
	const schema = JsonSchema.read(wanted);
	if (schema instanceof JsonSchema) return { kind: "decided", schema: schema.json };
	return refuse("bad-output-schema", `\`output_schema\` cannot be used: ${schema.reason}.`);
}

interface Placement extends Pick<RunSpec, "isBackground" | "admission"> {
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

function decideReport({ policy }: RunRequest, { isBackground }: Placement): RunSpec["report"] {
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

interface Inherited extends Pick<RunSpec, "prompt">, Pick<RunContext, "images">, Pick<RunPlan, "remarks"> {}

function inheritedParts(
	task: string,
	turns: number | undefined,
	model: Model<Api>,
	sources: PlanningSources,
): Inherited {
	const messages = sources.readConversation();
	const prompt = promptWithConversation(task, conversationText(messages, turns));
	const { images, left } = conversationImages(messages, turns);
	const count = images.length + left;
	if (count > 0 && !takesImages(model)) {
		const why = `its model ${modelKey(model)} takes none`;
		return { prompt, images: [], remarks: [`the conversation's images did not go along (${count}): ${why}`] };
	}
	const remarks = left > 0 ? [`the newest ${images.length} of ${count} images of the conversation went along`] : [];
	return { prompt, images, remarks };
}

/** Whether a model reads images. */
export function takesImages({ input }: Pick<Model<Api>, "input">): boolean {
	return input?.includes("image") ?? false;
}

const MOST_IMAGE_FILES = 20;
const IMAGE_FILE =
	/(?<![\w@./\\-])@(?:"([^"\n]+\.(?:png|jpe?g|gif|webp))"|([^\s"'`<>|@][^\s"'`<>|]*?\.(?:png|jpe?g|gif|webp))(?![\w/\\-]|\.\w))/gi;

/** The image files that a task names as `@path` or `@"path with blanks"`, each once. */
export function imageFilesIn(task: string): readonly string[] {
	const files = [...task.matchAll(IMAGE_FILE)].map(([, quoted, plain]) => quoted ?? plain ?? "");
	return [...new Set(files)].slice(0, MOST_IMAGE_FILES);
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
const TAKEN_BY_A_RESUME: ReadonlySet<string> = new Set(["max_turns", "run_in_background", "output_schema"]);

/** Both may write it with the model, too. */
function isLevelOverruled({ thinking }: RunRequest, definition: AgentDefinition, ofModel: ThinkingLevel | undefined) {
	const isOfFile = isModelOfFile(definition);
	const isInFile = definition.thinking !== undefined || (isOfFile && ofModel !== undefined);
	const isInCall = thinking !== undefined || (!isOfFile && ofModel !== undefined);
	return isInFile && isInCall;
}

function overruledParameters(
	request: RunRequest,
	definition: AgentDefinition,
	modelLevel: ThinkingLevel | undefined,
): string[] {
	const overruled = [
		request.model !== undefined && isModelOfFile(definition) && "model",
		isLevelOverruled(request, definition, modelLevel) && "thinking",
		request.limits?.turns !== undefined && definition.maxTurns !== undefined && "max_turns",
		request.outputSchema !== undefined && definition.outputSchema !== undefined && "output_schema",
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
export function planRun(request: RunRequest, parts: RunPlanningParts, ctx: ExtensionContext): RunPlan | Refused {
	const project = projectOf(ctx);
	return resolveRunPlan(request, {
		catalog: parts.catalog(project),
		settings: parts.settings(project),
		parent: captureParentSnapshot(parts.pi, ctx),
		readConversation: () => readConversation(ctx),
	});
}
