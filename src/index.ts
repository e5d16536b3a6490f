import type { Usage } from "@mariozechner/pi-ai";
import type { ExtensionAPI } from "@mariozechner/pi-coding-agent";
import * as host from "@mariozechner/pi-coding-agent";
import { AgentCatalog } from "./agents/agent-catalog.ts";
import { AgentFolders } from "./agents/agent-folders.ts";
import { registerAgents } from "./app/agents-command.ts";
import { createDisplay } from "./app/live-display.ts";
import { subscribeParentEvents } from "./app/parent-events.ts";
import { type OpenedSession, offerResume, recover } from "./app/recovery.ts";
import { buildSessionRuntime, type SessionRuntime } from "./app/session-runtime.ts";
import { removeSurplus } from "./app/transcript-cleanup.ts";
import type { Diagnostic } from "./domain/diagnostic.ts";
import type { ProjectPlace } from "./domain/project.ts";
import type { Settings } from "./domain/settings.ts";
import { Launcher } from "./engine/launcher.ts";
import { startText } from "./format/catalog-text.ts";
import type { ParentApi, SubagentUsage } from "./host/parent-connection.ts";
import { ParentTools } from "./host/parent-tools.ts";
import { appendOrStepBack } from "./host/session-file.ts";
import { readTranscript } from "./host/transcript.ts";
import { hasMcp, noteProjectTrust, permissionFolders, projectOf } from "./planning/parent-snapshot.ts";
import type { PlanningParts } from "./planning/run-plan.ts";
import { isKnownTool } from "./planning/tool-selection.ts";
import { plainText } from "./platform/plain-text.ts";
import { ReloadHandover } from "./platform/reload-handover.ts";
import { publishSubagentsService, unpublishSubagentsService } from "./service/published-services.ts";
import { createSubagentsService } from "./service/subagents-adapter.ts";
import { createResultTool, RESULT_TOOL } from "./tools/get-result-tool.ts";
import { ResultRoom } from "./tools/result-room.ts";
import { createSteerTool, STEER_TOOL } from "./tools/steer-tool.ts";
import { namesOfRuns, withPlainErrors } from "./tools/structured-result.ts";
import { createSubagentTool, failedRunMark } from "./tools/subagent-tool.ts";
import { keysHint, type OwnBindings, readOwnBindings } from "./ui/keys/key-bindings.ts";
import { createNotificationView } from "./ui/messages/notification-view.ts";
import { createLookupToolView, createSubagentToolView } from "./ui/messages/tool-views.ts";

const handover = new ReloadHandover<SessionRuntime>(Symbol.for("pi-crew:session-runtime/v2"));

const CLEAN_UP_AFTER_MS = 2000;

/**
 * Builds pi-crew for one parent session and connects it to the host.
 *
 * @param ownEntry the file pi loaded us from
 */
export default function start(pi: ExtensionAPI, ownEntry: string): void {
	const agentDir = host.getAgentDir();
	const parentTools = new ParentTools(pi, agentDir);
	let runtime = buildSessionRuntime(parentApi(pi, parentTools), agentDir, ownEntry);
	const settings = (place: ProjectPlace) => runtime.settings.now(place).settings;
	const agentFiles = new AgentFolders(agentDir);
	const catalog = (place: ProjectPlace) => agentFiles.load(place);
	const bindings = readOwnBindings(agentDir);
	const diagnostics = (ctx: host.ExtensionContext) => [
		...bindings.diagnostics,
		...runtime.settings.now(projectOf(ctx)).diagnostics,
		...agentDiagnostics(pi, catalog(projectOf(ctx)), ctx.cwd),
	];
	const planning = { pi, catalog, settings };
	const launcher = () => new Launcher(runtime.manager, planning);
	const parts = { planning, launcher, parentTools, bindings, runtime: () => runtime };
	const listTypes = registerTools(pi, parts);
	const agents = registerAgents(pi, { ...parts, diagnostics, agentDir, copy: host.copyToClipboard });
	const service = publishedService(parts);
	const display = createDisplay(() => runtime, keysHint(bindings, "pi-crew.list"));

	pi.on("session_start", (_event, ctx) => {
		noteProjectTrust(ctx);
		service.begin(ctx);
		agents.begin(ctx);
		const left = handover.take(ctx.sessionManager.getSessionId());
		if (left) {
			left.workspaces.takeFrom(runtime.workspaces);
			runtime = left;
		}
		parentTools.begin(ctx);
		runtime.link.connect(parentApi(pi, parentTools, ctx));
		runtime.settings.begin(projectOf(ctx));
		if (left) {
			runtime.activity.reloaded();
			runtime.delivery.speak();
		} else if (!runtime.atStart.recovery) {
			runtime.atStart.recovery = recover(runtime, openedSession(ctx), Date.now());
			cleanUpSoon(ctx.sessionManager.getSessionDir(), settings(projectOf(ctx)));
		}
		display.connect(ctx);
		listTypes(ctx);
		const problems = startText([...diagnostics(ctx), ...(runtime.atStart.recovery?.diagnostics ?? [])]);
		if (problems !== runtime.atStart.toldProblems) tell(problems, ctx);
		runtime.atStart.toldProblems = problems;
	});
	// Follows the session's start, so that a workspace provider has registered itself whatever the order of the extensions.
	pi.on("resources_discover", (_event, ctx) => {
		void offerResume(runtime, { launcher: launcher(), ctx, mode: settings(projectOf(ctx)).resumeInterrupted });
	});
	pi.on("before_agent_start", (_event, ctx) => listTypes(ctx));
	pi.on("session_shutdown", async (event, ctx) => {
		service.end();
		agents.end();
		display.disconnect();
		runtime.delivery.silence();
		runtime.activity.stop();
		if (event.reason === "reload") {
			runtime.link.disconnect();
			runtime.workspaces.expectAgain();
			handover.offer(ctx.sessionManager.getSessionId(), runtime);
			return;
		}
		await runtime.manager.shutdown();
		runtime.ownership.close();
	});
	subscribeParentEvents(pi, () => runtime, settings);
}

function agentDiagnostics(pi: ExtensionAPI, agents: AgentCatalog, cwd: string): readonly Diagnostic[] {
	const tools = { toolNames: pi.getAllTools().map((tool) => tool.name), hasMcp: hasMcp(pi.getCommands()) };
	const unknownTools = agents.unknownTools((tool) => isKnownTool(tool, tools));
	return [...agents.diagnostics, ...unknownTools, ...agents.permissionTroubles(permissionFolders(pi, cwd))];
}

/** What tools, service and the person's command share; a reload hands the runtime on. */
interface SharedParts {
	readonly planning: PlanningParts;
	readonly parentTools: ParentTools;
	readonly bindings: OwnBindings;
	readonly launcher: () => Launcher;
	readonly runtime: () => SessionRuntime;
}

/** @returns registers the subagent tool again when the agent types it lists have changed */
function registerTools(
	pi: ExtensionAPI,
	{ planning, launcher, parentTools, bindings, runtime }: SharedParts,
): (ctx: host.ExtensionContext) => void {
	const manager = () => runtime().manager;
	const room = new ResultRoom();
	const parts = {
		manager,
		launcher,
		clock: Date.now,
		room,
		view: createSubagentToolView(Date.now, keysHint(bindings, "pi-crew.background")),
	};
	const register = (types: AgentCatalog) =>
		pi.registerTool(parentTools.observe(withPlainErrors(createSubagentTool(parts, types))));
	let listed = new AgentCatalog();
	register(listed);
	pi.registerTool(
		withPlainErrors(
			createResultTool({
				manager,
				claimReleased: () => runtime().delivery.consider(),
				readTranscript,
				clock: Date.now,
				room,
				view: createLookupToolView(RESULT_TOOL, Date.now),
			}),
		),
	);
	pi.registerTool(withPlainErrors(createSteerTool(manager, createLookupToolView(STEER_TOOL, Date.now))));
	const resultOf = (id: string, attempt: number) => {
		const subagent = manager().find(id);
		return subagent?.run.attempt === attempt ? subagent.record().result : undefined;
	};
	pi.registerMessageRenderer("subagent-notification", createNotificationView(resultOf));
	pi.on("tool_result", failedRunMark);
	pi.on("tool_result", (event) => namesOfRuns(event, manager().all()));
	return (ctx) => {
		const current = planning.catalog(projectOf(ctx));
		if (current === listed) return;
		listed = current;
		register(current);
	};
}

/** It is in its place while the extensions after us load, and serves from the session's start to its end. */
function publishedService({ planning, launcher, runtime }: SharedParts) {
	let session: host.ExtensionContext | undefined;
	const service = createSubagentsService({
		...planning,
		launcher,
		manager: () => runtime().manager,
		workspaces: () => runtime().workspaces,
		session: () => session,
	});
	publishSubagentsService(service);
	return {
		begin: (ctx: host.ExtensionContext) => {
			session = ctx;
			publishSubagentsService(service); // on top of one that was loaded meanwhile and never began
		},
		end: () => {
			session = undefined;
			unpublishSubagentsService(service);
		},
	};
}

/** Without a UI it goes to stderr, for stdout is the host's. */
function tell(problems: string, { hasUI, ui }: { hasUI: boolean; ui: host.ExtensionUIContext | undefined }): void {
	if (hasUI) ui?.notify(plainText(problems), "warning");
	else console.error(plainText(problems));
}

/** When the start is over: nobody waits for it. */
function cleanUpSoon(sessionDir: string, limits: Settings): void {
	setTimeout(() => void removeSurplus(sessionDir, limits, Date.now()), CLEAN_UP_AFTER_MS).unref();
}

function openedSession({ sessionManager }: host.ExtensionContext): OpenedSession {
	return {
		sessionId: sessionManager.getSessionId(),
		sessionFile: sessionManager.getSessionFile(),
		entries: sessionManager.getEntries(),
	};
}

/** The newer host's sessions count what is not the model's own reply in entries of their own, also what an extension used. */
function addToCosts(session: NewerSession, { usage, model, id }: SubagentUsage): void {
	const [, provider = "", name = model] = /^([^/]+)\/(.+)$/s.exec(model) ?? [];
	session.appendUsage?.("subagent", provider, name, usage, id);
}

type NewerSession = host.ExtensionContext["sessionManager"] & {
	readonly appendUsage?: (kind: string, provider: string, model: string, usage: Usage, note: string) => void;
};

/** @param ctx of the session; absent until it begins */
function parentApi(pi: ExtensionAPI, tools: ParentTools, ctx?: host.ExtensionContext): ParentApi {
	const session = ctx?.sessionManager;
	return {
		tools,
		appendEntry: (type, data) => appendOrStepBack(() => pi.appendEntry(type, data), session),
		addUsage: (usage) => {
			if (session) appendOrStepBack(() => addToCosts(session, usage), session);
		},
		warn: (text) => tell(text, ctx ?? { hasUI: false, ui: undefined }),
		emit: (channel, payload) => pi.events.emit(channel, payload),
		sendMessage: (message, { wakeParent }) =>
			pi.sendMessage(message as Parameters<ExtensionAPI["sendMessage"]>[0], {
				deliverAs: "followUp",
				triggerTurn: wakeParent,
			}),
		// The older host counts as idle while a run begins and while one is ending: there its events alone tell.
		isIdle: () => !("ModelRuntime" in host) || (ctx?.isIdle() ?? true),
	};
}
