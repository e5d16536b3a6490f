import type { AgentMessage } from "@mariozechner/pi-agent-core";
import type { Api, ImageContent, Model } from "@mariozechner/pi-ai";
import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import type { AgentCatalog } from "../agents/agent-catalog.ts";
import { permissionProblem } from "../agents/permission-key.ts";
import type { AgentDefinition, ThinkingLevel } from "../domain/agent-definition.ts";
import { bothAllow, GREATEST_DEPTH, type StartableTypes, startableTypes } from "../domain/nesting.ts";
import type { ProjectPlace } from "../domain/project.ts";
import { type Refused, refuse } from "../domain/refusal.ts";
import { amountText, isLimit, LIMIT_NAMES, LIMITS_ACCEPTED, type LimitValues, tightest } from "../domain/run-limits.ts";
import type { Ceiling, RunRequest } from "../domain/run-request.ts";
import type { RunSpec } from "../domain/run-spec.ts";
import { type Settings, UNUSABLE_LIMITS } from "../domain/settings.ts";
import type { Lineage } from "../domain/subagent-record.ts";
import { JsonSchema } from "../platform/json-schema.ts";
import { selectAgent, unusableType } from "./agent-selection.ts";
import { conversationImages, conversationText, promptWithConversation } from "./inherited-conversation.ts";
import { modelKey } from "./model-match.ts";
import { commonModels, type SelectedModel, selectModel } from "./model-selection.ts";
import {
	captureParentSnapshot,
	captureSubagentSnapshot,
	type ParentSnapshot,
	readConversation,
	type SnapshotSource,
	type SpawningRun,
} from "./parent-snapshot.ts";
import { selectTools, withinCeiling } from "./tool-selection.ts";

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

interface Decisions {
	readonly kind: "decided";
	readonly type: Exclude<ReturnType<typeof selectAgent>, Refused>;
	readonly nesting: Nesting;
	readonly choice: SelectedModel;
	readonly thinking: DecidedThinking;
	readonly schema: RunSpec["outputSchema"] | undefined;
}

/** Everything that can be refused. */
function decide(request: RunRequest, sources: PlanningSources): Decisions | Refused {
	const { settings, parent } = sources;
	const type = selectAgent(request, sources);
	if (type.kind === "refused") return type;
	const { definition } = type;
	const nesting = nestingOf(request, definition, sources);
	if (nesting.kind === "refused") return nesting;
	const models = nesting.spec.allowedModels;
	const choice = selectModel(request, definition, { parent, settings: { ...settings, models } });
	if (choice.kind === "refused") return choice;
	const thinking = decideThinking(request, { definition, parent, level: choice.level });
	if (thinking.kind === "refused") return thinking;
	const refused = checkAll(request, definition, sources);
	if (refused) return refused;
	const output = decideOutput(request, definition);
	if (output.kind === "refused") return output;
	return { kind: "decided", type, nesting, choice, thinking, schema: output.schema };
}

/** The one way from a request to a plan. Spends nothing and changes nothing. */
export function resolveRunPlan(request: RunRequest, sources: PlanningSources): RunPlan | Refused {
	const decided = decide(request, sources);
	if (decided.kind === "refused") return decided;
	const { settings, parent } = sources;
	const { type, nesting, choice, thinking, schema } = decided;
	const { definition } = type;
	const placement = decidePlacement(request, definition, parent);
	const inheritance = decideInheritance(request, definition);
	const task = taskOf(request, definition);
	const toolChoice = nesting.ceilings.reduce(withinCeiling, selectTools(definition, parent));
	const limits = decideLimits(request, definition, settings);
	const inherited = inheritance && inheritedParts(task, inheritance.turns, choice.model, sources);
	const spec: RunSpec = Object.freeze({
		definition: snapshotOf(definition),
		description: request.description.trim() || definition.name,
		prompt: inherited?.prompt ?? task,
		inheritsContext: inheritance !== undefined,
		modelId: modelKey(choice.model),
		contextWindow: choice.model.contextWindow,
		thinkingLevel: thinking.level,
		...toolsOf(toolChoice),
		...nesting.spec,
		...limits,
		...(schema && { outputSchema: schema }),
		...isolationOf(request),
		graceTurns: settings.graceTurns,
		cwd: parent.cwd,
		parentSessionId: parent.sessionId,
		...(request.previous && { resumed: resumedFrom(request.previous.cwd) }),
		...{ isBackground: placement.isBackground, admission: placement.admission },
		report: decideReport(request, placement),
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
			...[...type.remarks, ...overruledParameters(request, definition, choice.level)],
			...[...choice.remarks, ...thinking.remarks, ...toolChoice.remarks],
			...priceRemarks(choice.model, limits.limits, settings),
			...[...placement.remarks, ...(inherited?.remarks ?? [])],
		],
	});
}

function checkAll(
	request: RunRequest,
	definition: AgentDefinition,
	{ settings, parent }: PlanningSources,
): Refused | undefined {
	return (
		checkPrompt(request.prompt) ??
		checkTurns(request) ??
		checkPermission(definition, parent) ??
		checkLimits(request, settings)
	);
}

/** A run's place in the tree, and what follows from it. */
interface Nesting {
	readonly kind: "decided";
	/** What the run may have at most; none for one that the session itself starts. */
	readonly ceilings: readonly Ceiling[];
	readonly spec: Pick<RunSpec, "lineage" | "allowedModels" | "mayStart">;
}

function nestingOf(
	{ previous }: RunRequest,
	definition: AgentDefinition,
	{ catalog, settings, parent }: PlanningSources,
): Nesting | Refused {
	const lineage = previous?.lineage ?? parent.childLineage;
	const refused = nestingRefusal(definition, lineage, { catalog, parent });
	if (refused) return refused;
	const own = parent.nested ? [parent.nested.ceiling] : [];
	const wanted = startableTypes(definition, lineage.depth, settings.maxDepth);
	if (!previous || lineage.depth === 0) return placed({ lineage, ceilings: own, mayStart: wanted }, settings);
	const { had } = previous;
	if (!had) {
		return refuse(
			"nesting",
			"Another subagent started it, and what it may do was not stored; start a new one instead.",
		);
	}
	// A resume by somebody else is no way around what its parent may do.
	return placed({ lineage, ceilings: [...own, had], mayStart: bothAllow(wanted, had.mayStart) }, settings);
}

function placed(
	decided: Pick<Nesting, "ceilings"> & { readonly lineage: Lineage; readonly mayStart: StartableTypes | undefined },
	{ models }: Settings,
): Nesting {
	const { lineage, ceilings, mayStart } = decided;
	const allowedModels = ceilings.reduce((allowed, ceiling) => commonModels(allowed, ceiling.allowedModels), models);
	return { kind: "decided", ceilings, spec: { lineage, allowedModels, ...(mayStart !== undefined && { mayStart }) } };
}

/** Whether the parent may start a subagent of this type at this depth. */
function nestingRefusal(
	{ name }: AgentDefinition,
	{ depth }: Lineage,
	{ catalog, parent }: Pick<PlanningSources, "catalog" | "parent">,
): Refused | undefined {
	if (depth > GREATEST_DEPTH)
		return refuse("nesting", `Subagents may be nested ${GREATEST_DEPTH} deep at most; do this task yourself.`);
	const { nested } = parent;
	if (!nested) return undefined;
	const { mayStart } = nested.ceiling;
	if (mayStart === undefined) return refuse("nesting", "You may not start subagents; do this task yourself.");
	if (mayStart === "all" || namesType(mayStart, name, catalog)) return undefined;
	return refuse("nesting", `You may not start ${name}; you may start ${mayStart.join(", ")}.`);
}

/** Names in a list are as free as those in a call. */
export function namesType(names: readonly string[], type: string, catalog: Pick<AgentCatalog, "find">): boolean {
	return names.some((name) => {
		const found = catalog.find(name);
		return found.kind === "found" && found.definition.name === type;
	});
}

function toolsOf({ tools, extensionTools, hostTools, withheldTools }: ReturnType<typeof selectTools>) {
	return { tools, ...(extensionTools && { extensionTools }), ...(hostTools && { hostTools }), withheldTools };
}

function isolationOf({ isolation, previous }: RunRequest): Pick<RunSpec, "isolation"> {
	const wanted = isolation ?? previous?.isolation;
	return wanted === undefined ? {} : { isolation: wanted };
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

/** A limit that cannot be used must never mean that there is none. */
function checkLimits({ limits = {} }: RunRequest, settings: Settings): Refused | undefined {
	const wrong = LIMIT_NAMES.find((name) => limits[name] !== undefined && !isLimit(name, limits[name]));
	if (wrong) return refuse("bad-limits", `\`limits.${wrong}\` is ${limits[wrong]}; expected ${LIMITS_ACCEPTED}.`);
	for (const key of ["limits", "sessionLimits"] as const) {
		if (settings[key] !== UNUSABLE_LIMITS) continue;
		const reason = `The setting \`${key}\` cannot be used, so nothing is started: expected ${LIMITS_ACCEPTED}. /agents diagnostics says where it is.`;
		return refuse("bad-limits", reason);
	}
	return undefined;
}

/** What is granted is kept apart: files and settings may be others when it is resumed. 0 turns in a file or the settings means unlimited. */
function decideLimits(
	request: RunRequest,
	definition: AgentDefinition,
	settings: Settings,
): Required<Pick<RunSpec, "limits" | "granted" | "onLimit">> {
	const { previous, limits } = request;
	const before = previous && (previous.granted ?? previous.limits);
	const turns = definition.maxTurns ?? limits?.turns ?? (before ? before.turns : settings.defaultMaxTurns);
	const granted = tightest({ ...before, ...defined(limits), turns: turns || undefined });
	const inForce = tightest(granted, definition.limits ?? {}, settings.limits);
	return { granted, limits: inForce, onLimit: definition.onLimit ?? settings.onLimit };
}

function defined(limits: LimitValues = {}): LimitValues {
	return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}

function priceRemarks(
	model: Pick<Model<Api>, "provider" | "id" | "cost">,
	{ usd }: LimitValues,
	{ sessionLimits }: Settings,
): string[] {
	const limit = usd ?? sessionLimits.usd;
	const { input, output, cacheRead, cacheWrite } = model.cost;
	if (limit === undefined || [input, output, cacheRead, cacheWrite].some((price) => price > 0)) return [];
	return [
		`the model ${modelKey(model)} has no price here, so the limit of ${amountText("usd", limit)} cannot be enforced for it; its tokens are counted, and a limit \`tokens\` holds`,
	];
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

function decidePlacement(
	request: RunRequest,
	definition: AgentDefinition,
	{ attended, nested }: ParentSnapshot,
): Placement {
	const { admission: wanted, report } = request.policy;
	if (wanted !== "queue" && !(definition.runInBackground ?? request.background)) {
		// A subagent that waits gives its slot back, so what it waits for needs one.
		return { isBackground: false, admission: nested ? "queued" : "at-once", remarks: [] };
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
	const isIn = (file: unknown, call: unknown) => call !== undefined && file !== undefined;
	const overruled = Object.entries({
		model: request.model !== undefined && isModelOfFile(definition),
		thinking: isLevelOverruled(request, definition, modelLevel),
		max_turns: isIn(definition.maxTurns, request.limits?.turns),
		output_schema: isIn(definition.outputSchema, request.outputSchema),
		inherit_context: isIn(inheritsByFile(definition), request.inheritContext),
		context_turns: request.contextTurns !== undefined && isHowMuchDecided(definition),
		run_in_background: isIn(definition.runInBackground, request.background),
	}).flatMap(([name, isOverruled]) => (isOverruled ? [name] : []));
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
	/** The run in whose session the calls are made; absent for the person's session. */
	readonly spawner?: SpawningRun;
}

/** One run may have agent types of its own. */
type RunPlanningParts = Omit<PlanningParts, "catalog"> & {
	readonly catalog: (place: ProjectPlace) => PlanningSources["catalog"];
};

/** A subagent may work in another directory; agent files and settings are those of the person's session. */
export function placeOf({ nested, cwd, projectTrusted }: ParentSnapshot): ProjectPlace {
	return nested ? placeOf(nested.root) : { cwd, isTrusted: projectTrusted };
}

/** Plans a run for the parent as it is at this moment. */
export function planRun(request: RunRequest, parts: RunPlanningParts, ctx: ExtensionContext): RunPlan | Refused {
	const { pi, spawner } = parts;
	const parent = spawner ? captureSubagentSnapshot(pi, ctx, spawner) : captureParentSnapshot(pi, ctx);
	const project = placeOf(parent);
	return resolveRunPlan(request, {
		catalog: parts.catalog(project),
		settings: parts.settings(project),
		parent,
		readConversation: () => readConversation(ctx),
	});
}
