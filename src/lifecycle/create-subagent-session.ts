import * as host from "@mariozechner/pi-coding-agent";
import type { ChildHooks } from "../events/child-hooks.ts";
import { type ChildInfo, insideChild, outsideChildren } from "../session/child-scope.ts";
import { environmentBlock, readEnvironment } from "../session/environment.ts";
import type { RunPlan } from "../session/run-plan.ts";
import { composeSystemPrompt } from "../session/system-prompt.ts";
import { untilAborted } from "./abort.ts";
import type { ChildResourceLoaders } from "./child-resource-loader.ts";
import type { ChildResourceFinder, ChildResources } from "./child-resources.ts";
import { type ChildTools, permits, prepareChildTools } from "./child-tools.ts";
import type { ParentTools } from "./parent-tools.ts";
import type { StartGate } from "./start-gate.ts";
import { type EnterChild, SubagentSession } from "./subagent-session.ts";
import { openTranscript } from "./transcript.ts";

/** What children are made with, the same for all of a parent. */
export interface SessionFactory {
	readonly resources: ChildResourceFinder;
	readonly loaders: ChildResourceLoaders;
	readonly hooks: ChildHooks;
	readonly startGate: StartGate;
	/** The parent's as they are at the moment; absent while it reloads. */
	readonly parentTools: () => ParentTools | undefined;
	/** Something to wait for while hooks do not reach the parent, which is so in the middle of a reload. */
	readonly parentConnected: () => Promise<void> | undefined;
}

export interface SessionRequest {
	/** With the directory that was prepared for this run. */
	readonly plan: RunPlan;
	readonly info: ChildInfo;
	/** The file its conversation is in, or will be. */
	readonly transcript: string;
	readonly signal: AbortSignal;
	/** Receives the names and patterns of MCP tools in its agent file that mean nothing it can call, and why. */
	readonly onMissingTools: (names: readonly string[], why: string) => void;
}

/**
 * Makes a child session that is whole: created, announced to the hooks, its extensions bound, its tools settled.
 *
 * @throws AbortedEarly when the signal fires first, else what the host throws. Whatever was made by then is disposed, and
 * `disposed` follows `session-created` on this way out too.
 */
export async function createSubagentSession(
	request: SessionRequest,
	factory: SessionFactory,
): Promise<SubagentSession> {
	const { plan, info, signal } = request;
	const agentName = plan.definition.name;
	const { sessionId: parentSessionId } = plan.parent;
	const { hooks } = factory;
	await factory.startGate.pass(signal);
	await parentConnection(factory, signal);
	hooks.spawning({ agentName, parentSessionId });
	const resources = isolatedIf(plan, await untilAborted(factory.resources.find(plan.parent), signal));
	const { onMissingTools: onMissing } = request;
	const tools = await prepareChildTools({ ...factory, plan, subagentId: info.subagentId, onMissing }, signal);
	const systemPrompt = composeSystemPrompt(
		plan.definition,
		plan.parent.systemPrompt,
		environmentBlock(readEnvironment(plan.cwd, process.platform), tools.unavailable),
	);
	// Node 20 pays for a scope at every promise of the process; in a child without extensions nobody would look at it.
	const enter: EnterChild = resources.extensionPaths.length > 0 ? (work) => insideChild(info, work) : (work) => work();
	return enter(async () => {
		const factories = tools.extensions;
		const loader = await factory.loaders.create({ resources, cwd: plan.cwd, systemPrompt, factories, signal });
		await parentConnection(factory, signal);
		const sessionManager = openTranscript(request.transcript, plan);
		const session = await createHostSession({ plan, resources, tools, loader, sessionManager });
		const { sessionId } = session;
		const sessionDir = sessionManager.getSessionDir();
		outsideChildren(() => hooks.sessionCreated({ sessionId, parentSessionId, sessionDir, agentName }));
		const child = new SubagentSession(session, enter, () => {
			outsideChildren(() => hooks.disposed({ sessionId, sessionDir }));
		});
		try {
			await untilAborted(session.bindExtensions({}), signal);
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
	{ parentConnected }: Pick<SessionFactory, "parentConnected">,
	signal: AbortSignal,
): Promise<void> {
	const pending = parentConnected();
	if (pending) await untilAborted(pending, signal);
}

async function createHostSession(made: {
	plan: RunPlan;
	resources: ChildResources;
	tools: ChildTools;
	loader: host.ResourceLoader;
	sessionManager: host.SessionManager;
}): Promise<host.AgentSession> {
	const { plan, resources } = made;
	const { session } = await host.createAgentSession({
		cwd: plan.cwd,
		agentDir: resources.agentDir,
		model: plan.model,
		thinkingLevel: plan.thinkingLevel as host.CreateAgentSessionOptions["thinkingLevel"],
		noTools: "builtin",
		resourceLoader: made.loader,
		sessionManager: made.sessionManager,
		settingsManager: resources.settings,
		...sharedModels(plan.parent.modelRegistry),
	});
	session.setActiveToolsByName([...plan.tools, ...session.getActiveToolNames(), ...made.tools.reachingTools]);
	return session;
}

/** One registry for a parent and all that is made beside it. The older host takes it as `modelRegistry`, the newer one its `runtime`. */
export function sharedModels(
	modelRegistry: host.ModelRegistry,
): Pick<host.CreateAgentSessionOptions, "modelRegistry" | "authStorage"> {
	const { runtime } = modelRegistry as unknown as { runtime?: unknown };
	const shared = { modelRegistry, modelRuntime: runtime, authStorage: modelRegistry.authStorage };
	return shared;
}

function isolatedIf({ definition }: RunPlan, resources: ChildResources): ChildResources {
	return definition.isolated ? { ...resources, extensionPaths: [], skills: [] } : resources;
}

/**
 * What extensions activated while they were bound stays, but for tools of a built-in's name that the agent was not given,
 * whoever they come from, the host's further ones (the hosts differ in what they have), our own, and what the plan withholds.
 */
function withdrawTools(session: host.AgentSession, plan: RunPlan): void {
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
