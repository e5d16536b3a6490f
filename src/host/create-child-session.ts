import type { Api, Model } from "@mariozechner/pi-ai";
import * as host from "@mariozechner/pi-coding-agent";
import { BUILTIN_TOOLS } from "../domain/agent-definition.ts";
import { submitInstructions } from "../domain/structured-result.ts";
import type { Waiting } from "../domain/waiting.ts";
import type { ChildHooks } from "../events/child-hooks.ts";
import { modelKey } from "../planning/model-match.ts";
import { isAllowedModel } from "../planning/model-selection.ts";
import type { ChildPlan } from "../planning/run-plan.ts";
import { composeSystemPrompt, environmentBlock, readEnvironment } from "../planning/system-prompt.ts";
import { mayHaveTool, OWN_TOOLS } from "../planning/tool-selection.ts";
import { untilAborted } from "../platform/cancellation.ts";
import { type ChildInfo, insideChild, outsideChildren } from "../platform/child-scope.ts";
import { reasonOf } from "../platform/reason-of.ts";
import type { ModelSwitch, RetrySettings } from "./admission.ts";
import { AgentMemory, memoryRights, memorySection, rememberTool } from "./agent-memory.ts";
import type { ChildResourceLoaders, StartGate } from "./child-resource-loader.ts";
import type { ChildResourceFinder, ChildResources } from "./child-resources.ts";
import { ChildSession, type EnterChild } from "./child-session.ts";
import { type ChildTools, isChildSide, permits, prepareChildTools } from "./child-tools.ts";
import type { LateTools, MissingTool } from "./late-tools.ts";
import type { ParentTools } from "./parent-tools.ts";
import { preloadSkills } from "./preloaded-skills.ts";
import { type CallInterceptor, wrapModelCalls } from "./stream-wrapper.ts";
import type { Submission } from "./submit-result-tool.ts";
import { openTranscript } from "./transcript.ts";

/** What all children of one parent are made with. */
export interface ChildSessionParts {
	readonly resources: ChildResourceFinder;
	readonly loaders: ChildResourceLoaders;
	readonly hooks: ChildHooks;
	readonly startGate: StartGate;
	readonly lateTools: LateTools;
	/** The parent's as they are at the moment; absent while it reloads. */
	readonly parentTools: () => ParentTools | undefined;
	/** What sees the model calls of a child; none leaves them alone. */
	readonly interceptors: (calls: ChildCalls) => readonly CallInterceptor[];
	/** A promise to wait for while hooks cannot reach the parent, during a reload. */
	readonly parentConnected: () => Promise<void> | undefined;
}

/** The model calls of one child, for whoever wants to see them. */
export interface ChildCalls {
	readonly plan: ChildPlan;
	/** The person's settings for retries in pi. */
	readonly retry: RetrySettings;
	readonly onWaiting: (waiting: Waiting | undefined) => void;
	readonly onSwitched: (change: ModelSwitch) => void;
}

export interface SessionRequest extends Pick<ChildCalls, "onWaiting" | "onSwitched"> {
	/** With the directory that was prepared for this run. */
	readonly plan: ChildPlan;
	readonly info: ChildInfo;
	/** The file its conversation is in, or will be. */
	readonly transcript: string;
	readonly signal: AbortSignal;
	/** Where its result is to be data: what it submits. */
	readonly submission: Submission | undefined;
	/** Called when it waits for tools that its agent file names. */
	readonly onAwaitingTools: (tools: readonly string[]) => void;
	/** Receives the tools that its agent file names and that it has not, once, if there are any. */
	readonly onMissingTools: (tools: readonly MissingTool[]) => void;
	/** Receives what else of its agent file it starts without, each as the end of a sentence that begins with "ran". */
	readonly onLack: (lack: string) => void;
}

/**
 * Creates a complete child session: announced to the hooks, with its extensions bound and its tools fixed.
 *
 * @throws AbortedEarly when the signal fires first, else what the host throws. Everything made so far is disposed, and
 * `disposed` follows `session-created` on this way out too.
 */
export async function createChildSession(request: SessionRequest, factory: ChildSessionParts): Promise<ChildSession> {
	const { plan, info, signal } = request;
	const agentName = plan.definition.name;
	const { sessionId: parentSessionId } = plan.parent;
	const { hooks } = factory;
	await factory.startGate.pass(signal);
	await parentConnection(factory, signal);
	hooks.spawning({ agentName, parentSessionId });
	const resources = isolatedIf(plan, await untilAborted(factory.resources.find(plan.parent), signal));
	const hasExtensions = resources.extensionPaths.length > 0;
	const tools = await prepareChildTools({ ...factory, plan, subagentId: info.subagentId, hasExtensions }, signal);
	const memory = openMemory(request, resources);
	const systemPrompt = composeSystemPrompt(
		plan.definition,
		plan.parent.systemPrompt,
		environmentBlock(readEnvironment(plan.cwd, process.platform), tools.unavailable),
		[await skillsSection(request, resources), memory.section, outputSection(plan)],
	);
	// Node 20 pays for a scope at every promise of the process; in a child without extensions nobody would look at it.
	const enter: EnterChild = hasExtensions ? (work) => insideChild(info, work) : (work) => work();
	return enter(async () => {
		const factories = tools.extensions;
		const loader = await factory.loaders.create({ resources, cwd: plan.cwd, systemPrompt, factories, signal });
		refuseRegistrations(loader, plan);
		await parentConnection(factory, signal);
		const sessionManager = openTranscript(request.transcript, plan);
		const made = {
			plan,
			resources,
			tools,
			loader,
			sessionManager,
			ownTools: [...memory.tools, ...submitTools(request)],
		};
		const session = await createHostSession(made);
		const retry = session.settingsManager.getRetrySettings();
		wrapModelCalls(session, factory.interceptors({ ...request, retry }), Date.now);
		const { sessionId } = session;
		const sessionDir = sessionManager.getSessionDir();
		outsideChildren(() => hooks.sessionCreated({ sessionId, parentSessionId, sessionDir, agentName }));
		const child = new ChildSession(session, enter, () => {
			outsideChildren(() => hooks.disposed({ sessionId, sessionDir }));
		});
		try {
			await untilAborted(session.bindExtensions({}), signal);
			await lateTools(session, { request, resources, tools }, factory);
			withdrawTools(session, plan);
			return child;
		} catch (error) {
			await child.dispose();
			throw error;
		}
	});
}

/** @throws AbortedEarly when the signal fires before the parent can be reached */
export async function parentConnection(
	{ parentConnected }: Pick<ChildSessionParts, "parentConnected">,
	signal: AbortSignal,
): Promise<void> {
	const pending = parentConnected();
	if (pending) await untilAborted(pending, signal);
}

async function createHostSession(made: {
	plan: ChildPlan;
	resources: ChildResources;
	tools: ChildTools;
	loader: host.ResourceLoader;
	sessionManager: host.SessionManager;
	ownTools: readonly host.ToolDefinition[];
}): Promise<host.AgentSession> {
	const { plan, resources } = made;
	const { session } = await host.createAgentSession({
		cwd: plan.cwd,
		agentDir: resources.agentDir,
		model: plan.model,
		thinkingLevel: plan.thinkingLevel as host.CreateAgentSessionOptions["thinkingLevel"],
		noTools: "builtin",
		...withoutTools(plan),
		customTools: [...made.ownTools],
		resourceLoader: made.loader,
		sessionManager: made.sessionManager,
		settingsManager: resources.settings,
		...sharedModels(plan.parent.modelRegistry, (runtime) => runtimeForChild(plan, runtime)),
	});
	keepFromActivating(session, plan);
	session.setActiveToolsByName([...plan.tools, ...session.getActiveToolNames(), ...made.tools.reachingTools]);
	return session;
}

/**
 * A tool that the agent must not have is never registered, whenever its extension tries to: the host hands every new tool to the
 * model, and on the newer host scripts of the model can call some that are not active.
 */
function refuseRegistrations(loader: host.ResourceLoader, plan: ChildPlan): void {
	for (const { path, tools } of loader.getExtensions().extensions) {
		if (isChildSide(path)) continue; // it keeps to the plan by itself, and what it registers is the parent's
		const isPermitted = (name: string) => mayHaveTool(plan, name, "own extension");
		for (const name of [...tools.keys()]) if (!isPermitted(name)) tools.delete(name);
		const set = tools.set.bind(tools);
		tools.set = (name, tool) => (isPermitted(name) ? set(name, tool) : tools);
	}
}

/** The newer host leaves these out altogether, its own ones too; the older one does not know the option. */
function withoutTools({ tools, withheldTools }: ChildPlan): object {
	const notGiven = BUILTIN_TOOLS.filter((tool) => !tools.includes(tool));
	return { excludeTools: [...OWN_TOOLS, ...notGiven, ...withheldTools] };
}

/** An extension in the child may ask for any tool that the host has. The older host activates new tools on this way, too. */
function keepFromActivating(session: host.AgentSession, plan: ChildPlan): void {
	const activate = session.setActiveToolsByName.bind(session);
	session.setActiveToolsByName = (names) => {
		const tools = new Map(session.getAllTools().map((tool) => [tool.name, tool]));
		activate(names.filter((name) => isPermitted(name, tools.get(name), plan)));
	};
}

function isPermitted(name: string, tool: host.ToolInfo | undefined, plan: ChildPlan): boolean {
	return tool ? permits(plan, tool) : mayHaveTool(plan, name, "own extension");
}

/** One registry for a parent and all that is made beside it. The older host takes it as `modelRegistry`, the newer one its `runtime`. */
export function sharedModels(
	modelRegistry: host.ModelRegistry,
	around = (runtime: object | undefined) => runtime,
): Pick<host.CreateAgentSessionOptions, "modelRegistry" | "authStorage"> {
	const { runtime } = modelRegistry as unknown as { runtime?: object };
	const shared = { modelRegistry, modelRuntime: around(runtime), authStorage: modelRegistry.authStorage };
	return shared;
}

function isolatedIf({ definition }: ChildPlan, resources: ChildResources): ChildResources {
	if (definition.isolated) return { ...resources, extensionPaths: [], skills: [] };
	return definition.skills?.length === 0 ? { ...resources, skills: [], hasNoSkills: true } : resources;
}

interface OpenedMemory {
	/** For the prompt. */
	readonly section: string;
	readonly tools: readonly host.ToolDefinition[];
}

const NO_MEMORY: OpenedMemory = { section: "", tools: [] };

/** Read now, not when the parent's session began: another run may have added to it since. */
function openMemory({ plan, onLack }: SessionRequest, { agentDir }: ChildResources): OpenedMemory {
	const { name, memory: scope } = plan.definition;
	if (!scope) return NO_MEMORY;
	if (scope !== "user" && !plan.parent.projectTrusted) {
		onLack(`without its memory (${scope}): the project is not trusted`);
		return NO_MEMORY;
	}
	try {
		const memory = new AgentMemory(scope, name, { agentDir, cwd: plan.parent.cwd });
		const section = memorySection(memory.file, memory.read(), memoryRights(plan));
		memory.keepOutOfGit();
		return { section, tools: plan.remembers ? [rememberTool(memory)] : [] };
	} catch (error) {
		onLack(`without its memory (${scope}): ${reasonOf(error)}`);
		return NO_MEMORY;
	}
}

function submitTools({ submission }: SessionRequest): readonly host.ToolDefinition[] {
	return submission ? [submission.tool() as unknown as host.ToolDefinition] : [];
}

function outputSection({ outputSchema }: ChildPlan): string {
	return outputSchema ? submitInstructions(outputSchema) : "";
}

async function skillsSection(
	{ plan, onLack, signal }: SessionRequest,
	{ skills }: Pick<ChildResources, "skills">,
): Promise<string> {
	const { skills: named = [], isolated } = plan.definition;
	if (named.length === 0) return "";
	if (isolated) {
		onLack(`without the skills that its agent file names: ${named.join(", ")} (it is isolated)`);
		return "";
	}
	const { section, problems } = await untilAborted(preloadSkills(named, skills), signal);
	if (problems.length > 0) onLack(`without skills that its agent file names: ${problems.join(", ")}`);
	return section;
}

/**
 * What extensions activated while they were bound stays, but for tools of a built-in's name that the agent was not given,
 * whoever they come from, the host's further ones (the hosts differ in what they have), our own, and what the plan withholds.
 */
function withdrawTools(session: host.AgentSession, plan: ChildPlan): void {
	const permitted = new Set(
		session
			.getAllTools()
			.filter((tool) => permits(plan, tool))
			.map(({ name }) => name),
	);
	const active = session.getActiveToolNames();
	const kept = active.filter((name) => permitted.has(name));
	if (kept.length < active.length) session.setActiveToolsByName(kept); // builds the system prompt again
}

interface MadeFor {
	readonly request: SessionRequest;
	readonly resources: ChildResources;
	readonly tools: ChildTools;
}

async function lateTools(
	session: host.AgentSession,
	{ request, resources, tools }: MadeFor,
	factory: ChildSessionParts,
): Promise<void> {
	const { plan, onAwaitingTools, signal } = request;
	const callable = () =>
		session
			.getAllTools()
			.filter((tool) => permits(plan, tool))
			.map(({ name }) => name);
	const { extensionPaths } = resources;
	const named = { plan, settled: tools.notGiven, extensionPaths, callable, onWaiting: onAwaitingTools };
	const missing = await factory.lateTools.arrive(named, signal);
	if (missing.length > 0) request.onMissingTools(missing);
}

/** What the newer host's model runtime answers when it has asked the router of a virtual model. */
interface Route {
	readonly model: Model<Api>;
}

type Resolve = (model: Model<Api>, ...rest: readonly unknown[]) => Promise<Route>;

/** The api of models that stand for others: an extension's router picks one for each request. */
const VIRTUAL_API = "pi-virtual";

interface ModelRuntime {
	readonly resolveModel?: Resolve;
	readonly registerVirtualModel?: (definition: VirtualModel) => void;
	readonly getModel?: (provider: string, id: string) => unknown;
}

type VirtualModel = Pick<Model<Api>, "provider" | "id">;

/**
 * The newer host's model runtime for a child, which shares the parent's models and keeps the parent's routers: an extension that
 * is loaded in the child as well registers its virtual models again, with a router that ends with the child.
 *
 * @param runtime the parent's own; absent on the older host, which has no virtual models
 * @throws where this host offers no way to hold what a router picks against the list of allowed models
 */
function runtimeForChild(plan: ChildPlan, runtime: ModelRuntime | undefined): ModelRuntime | undefined {
	if (!runtime?.registerVirtualModel) return runtime;
	const own: ModelRuntime & { readonly unregisterVirtualModel: () => void } = {
		resolveModel: resolverWithin(plan, runtime),
		registerVirtualModel: (definition) => {
			if (!runtime.getModel?.(definition.provider, definition.id)) runtime.registerVirtualModel?.(definition);
		},
		unregisterVirtualModel: () => undefined, // it is the parent's
	};
	// Its own methods are called on this as well, so that none of them asks a router past it.
	return new Proxy(runtime, {
		get: (target, key) => (key in own ? own[key as keyof typeof own] : Reflect.get(target, key, target)),
	});
}

/**
 * The list of allowed models was held against the model that was chosen; where that is a virtual one, it is held against each
 * model that the router picks as well, before a request goes there. A pick that is not on the list ends the run with an error.
 */
function resolverWithin({ model, allowedModels }: ChildPlan, runtime: ModelRuntime): Resolve | undefined {
	const resolve = runtime.resolveModel?.bind(runtime);
	if ((model.api as string) !== VIRTUAL_API || allowedModels.length === 0) return resolve;
	if (!resolve) {
		throw new Error(`the setting \`models\` cannot be enforced on what the virtual model ${modelKey(model)} picks`);
	}
	return async (selected, ...rest) => {
		const route = await resolve(selected, ...rest);
		if (isAllowedModel(route.model, allowedModels)) return route;
		throw new Error(
			`The virtual model ${modelKey(selected)} picked ${modelKey(route.model)}, which is not allowed for subagents. Allowed: ${allowedModels.join(", ")}.`,
		);
	};
}
