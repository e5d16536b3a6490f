import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as host from "@mariozechner/pi-coding-agent";
import { BUILTIN_TOOLS } from "../domain/agent-definition.ts";
import type { ChildHooks } from "../events/child-hooks.ts";
import { type ChildInfo, insideChild, outsideChildren } from "../session/child-scope.ts";
import { environmentBlock, readEnvironment } from "../session/environment.ts";
import type { ParentSnapshot } from "../session/parent-snapshot.ts";
import type { RunPlan } from "../session/run-plan.ts";
import { composeSystemPrompt } from "../session/system-prompt.ts";
import { AbortedEarly, untilAborted } from "./abort.ts";
import type { ChildResourceLoaders } from "./child-resource-loader.ts";
import type { ChildResourceFinder, ChildResources } from "./child-resources.ts";
import { SubagentSession } from "./subagent-session.ts";

/** What children are made with, the same for all of a parent. */
export interface SessionFactory {
	readonly resources: ChildResourceFinder;
	readonly loaders: ChildResourceLoaders;
	readonly hooks: ChildHooks;
}

/** Tools of ours; a child must not have them, whoever registered them there. */
const OWN_TOOLS: ReadonlySet<string> = new Set(["subagent", "get_subagent_result", "steer_subagent"]);

/**
 * Makes a child session that is whole: created, announced to the hooks, its extensions bound, its tools settled.
 *
 * @throws AbortedEarly when the signal fires first, else what the host throws. Whatever was made by then is disposed, and
 * `disposed` follows `session-created` on this way out too.
 */
export async function createSubagentSession(
	plan: RunPlan,
	info: ChildInfo,
	factory: SessionFactory,
	signal: AbortSignal,
): Promise<SubagentSession> {
	const agentName = plan.definition.name;
	const { sessionId: parentSessionId } = plan.parent;
	const { hooks } = factory;
	if (signal.aborted) throw new AbortedEarly();
	hooks.spawning({ agentName, parentSessionId });
	const resources = await untilAborted(factory.resources.find(plan.parent), signal);
	const systemPrompt = composeSystemPrompt(
		plan.definition,
		plan.parent.systemPrompt,
		environmentBlock(readEnvironment(plan.cwd, process.platform)),
	);
	return insideChild(info, async () => {
		const loader = await factory.loaders.create({ resources, cwd: plan.cwd, systemPrompt, signal });
		const sessionManager = createTranscript(plan, info);
		const session = await createHostSession({ plan, resources, loader, sessionManager });
		const { sessionId } = session;
		const sessionDir = sessionManager.getSessionDir();
		outsideChildren(() => hooks.sessionCreated({ sessionId, parentSessionId, sessionDir, agentName }));
		const child = new SubagentSession(session, info, () => {
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

/** Where the transcripts of a parent's subagents are: beside its own session file, or in the person's temporary folder. */
export function transcriptDir(parent: Pick<ParentSnapshot, "sessionFile" | "sessionId">): string {
	if (parent.sessionFile) return join(parent.sessionFile.replace(/\.jsonl$/, ""), "tasks");
	return join(tmpdir(), `pi-crew-${process.getuid?.() ?? "user"}`, parent.sessionId, "tasks");
}

function createTranscript(plan: RunPlan, info: ChildInfo): host.SessionManager {
	const dir = transcriptDir(plan.parent);
	mkdirSync(dir, { recursive: true, mode: 0o700 });
	const manager = host.SessionManager.create(plan.cwd, dir);
	manager.newSession({ id: info.subagentId, parentSession: plan.parent.sessionFile ?? plan.parent.sessionId });
	// Permission systems prefer this entry to the tag in the prompt.
	manager.appendCustomEntry("active_agent", { name: plan.definition.name });
	return manager;
}

async function createHostSession(made: {
	plan: RunPlan;
	resources: ChildResources;
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
	session.setActiveToolsByName([...plan.tools, ...session.getActiveToolNames()]);
	return session;
}

/** One registry for parent and children. The older host takes it as `modelRegistry`, the newer one its `runtime`. */
function sharedModels(
	modelRegistry: host.ModelRegistry,
): Pick<host.CreateAgentSessionOptions, "modelRegistry" | "authStorage"> {
	const { runtime } = modelRegistry as unknown as { runtime?: unknown };
	const shared = { modelRegistry, modelRuntime: runtime, authStorage: modelRegistry.authStorage };
	return shared;
}

/** What extensions activated while they were bound stays, but for built-in tools the agent was not given and our own. */
function withdrawTools(session: host.AgentSession, plan: RunPlan): void {
	const withheld = new Set<string>([...OWN_TOOLS, ...BUILTIN_TOOLS].filter((name) => !isGiven(name, plan)));
	const active = session.getActiveToolNames();
	const permitted = active.filter((name) => !withheld.has(name));
	if (permitted.length < active.length) session.setActiveToolsByName(permitted); // builds the system prompt again
}

function isGiven(name: string, plan: RunPlan): boolean {
	return plan.tools.some((tool) => tool === name);
}
