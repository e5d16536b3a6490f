import { randomBytes, randomUUID } from "node:crypto";
import { debuglog } from "node:util";
import type { ExtensionAPI } from "@mariozechner/pi-coding-agent";
import * as host from "@mariozechner/pi-coding-agent";
import { AgentCatalog } from "./config/agent-catalog.ts";
import { AgentFiles } from "./config/agent-files.ts";
import type { ProjectPlace } from "./config/project-place.ts";
import { DEFAULT_SETTINGS } from "./config/settings.ts";
import { SettingsFiles } from "./config/settings-files.ts";
import { SettingsInForce } from "./config/settings-in-force.ts";
import { ParentActivity } from "./delivery/parent-activity.ts";
import { ResultDelivery } from "./delivery/result-delivery.ts";
import { Roster } from "./delivery/roster.ts";
import { ChildHooks } from "./events/child-hooks.ts";
import { toChannel } from "./events/fact-channels.ts";
import { toSettingsChannel } from "./events/settings-channels.ts";
import { SubagentEvents } from "./events/subagent-events.ts";
import { startText } from "./format/catalog-text.ts";
import { ChildResourceLoaders } from "./lifecycle/child-resource-loader.ts";
import { ChildResourceFinder } from "./lifecycle/child-resources.ts";
import { readCommandLine } from "./lifecycle/command-line.ts";
import { ConcurrencyLimiter } from "./lifecycle/concurrency-limiter.ts";
import { leaveBehind, takeOver } from "./lifecycle/handover.ts";
import { type ParentApi, ParentLink } from "./lifecycle/parent-link.ts";
import { StartGate } from "./lifecycle/start-gate.ts";
import { SubagentManager } from "./lifecycle/subagent-manager.ts";
import { readTranscript } from "./lifecycle/transcript.ts";
import { outsideChildren } from "./session/child-scope.ts";
import { projectOf } from "./session/parent-snapshot.ts";
import { createResultTool } from "./tools/get-result-tool.ts";
import { createSteerTool } from "./tools/steer-tool.ts";
import { createSubagentTool, failedRunMark } from "./tools/subagent-tool.ts";
import { createAgentsCommand } from "./ui/agents-command.ts";
import { drawLookupCall } from "./ui/lookup-tools-view.ts";
import { drawNotification } from "./ui/notification-view.ts";
import { createSubagentToolView } from "./ui/subagent-tool-view.ts";

const ID_LENGTH = 20; // more than anyone can guess, few enough for a model to repeat
const NONCE_BYTES = 6;

/** Everything of one parent session that outlives a reload of this extension. */
type Crew = ReturnType<typeof buildCrew>;

/**
 * Builds pi-crew for one parent session and connects it to the host.
 *
 * @param ownEntry the file pi loaded us from
 */
export default function start(pi: ExtensionAPI, ownEntry: string): void {
	const agentDir = host.getAgentDir();
	let crew = buildCrew(parentApi(pi), agentDir, ownEntry);
	const settings = (place: ProjectPlace) => crew.settings.now(place).settings;
	const manager = () => crew.manager;
	const agentFiles = new AgentFiles(agentDir);
	const catalog = (place: ProjectPlace) => agentFiles.load(place);
	const diagnostics = (ctx: host.ExtensionContext) => {
		const tools = new Set(pi.getAllTools().map((tool) => tool.name));
		const agents = catalog(projectOf(ctx));
		const unknownTools = agents.unknownTools((tool) => tools.has(tool));
		return [...crew.settings.now(projectOf(ctx)).diagnostics, ...agents.diagnostics, ...unknownTools];
	};
	const parts = { pi, manager, catalog, settings, clock: Date.now, view: createSubagentToolView(Date.now) };
	let listed = new AgentCatalog();
	const listTypes = (_event: unknown, ctx: host.ExtensionContext) => {
		const current = catalog(projectOf(ctx));
		if (current === listed) return;
		listed = current;
		pi.registerTool(createSubagentTool(parts, current));
	};
	pi.registerTool(createSubagentTool(parts, listed));
	pi.registerCommand(
		"agents",
		createAgentsCommand({
			catalog: (ctx) => catalog(projectOf(ctx)),
			diagnostics,
			settings: (ctx) => crew.settings.now(projectOf(ctx)),
			change: (ctx, change) => crew.settings.change(projectOf(ctx), change),
		}),
	);
	pi.registerTool(
		createResultTool({
			manager,
			claimReleased: () => crew.delivery.consider(),
			readTranscript,
			clock: Date.now,
			draw: drawLookupCall,
		}),
	);
	pi.registerTool(createSteerTool(manager, drawLookupCall));
	pi.registerMessageRenderer("subagent-notification", drawNotification);
	pi.on("tool_result", failedRunMark);

	pi.on("session_start", (event, ctx) => {
		const left = takeOver<Crew>(ctx.sessionManager.getSessionId());
		if (left) crew = left;
		crew.link.connect(parentApi(pi));
		if (left) {
			crew.activity.reloaded();
			crew.delivery.speak();
		}
		crew.settings.begin(projectOf(ctx));
		listTypes(event, ctx);
		const problems = startText(diagnostics(ctx));
		if (problems !== crew.told.problems) tell(problems, ctx);
		crew.told.problems = problems; // in RPC mode a session starts twice, and a reload starts it again
	});
	pi.on("before_agent_start", listTypes);
	pi.on("session_shutdown", async (event, ctx) => {
		crew.delivery.silence();
		crew.activity.stop();
		if (event.reason === "reload") {
			crew.link.disconnect();
			leaveBehind(ctx.sessionManager.getSessionId(), crew);
		} else await crew.manager.shutdown();
	});
	connectActivity(pi, () => crew, settings);
}

function buildCrew(api: ParentApi, agentDir: string, ownEntry: string) {
	const debug = debuglog("pi-crew");
	const link = new ParentLink(api, (error) => debug("the host refused a fact: %O", error));
	const events = new SubagentEvents((error) => debug("a listener threw: %O", error));
	const limiter = new ConcurrencyLimiter(DEFAULT_SETTINGS.maxConcurrent);
	const manager = new SubagentManager({
		factory: {
			resources: new ChildResourceFinder({
				agentDir,
				commandLine: readCommandLine(process.argv.slice(2), process.cwd()),
				ownEntry,
			}),
			loaders: new ChildResourceLoaders(),
			hooks: new ChildHooks((channel, payload) => link.emit(channel, payload)),
			startGate: new StartGate(),
			parentConnected: () => link.connected(),
		},
		limiter,
		events,
		clock: Date.now,
		newId: () => randomUUID().replaceAll("-", "").slice(0, ID_LENGTH), // drawn from a pool, unlike randomBytes
	});
	const activity = new ParentActivity(Date.now, () => delivery.consider());
	const delivery: ResultDelivery = new ResultDelivery({
		subjects: () => manager.all(),
		send: (message, options) => link.send(message, options),
		parent: activity,
		newNonce: () => randomBytes(NONCE_BYTES).toString("hex"),
	});
	const roster = new Roster(() => manager.open().map((subagent) => subagent.record()), Date.now);
	events.subscribe((event) => {
		const { channel, payload } = toChannel(event);
		link.emit(channel, payload);
	});
	events.subscribe((event) => {
		if (event.type === "settled" && event.record.isBackground) delivery.consider();
	});
	const settings = new SettingsInForce(new SettingsFiles(agentDir), (event) => {
		limiter.setLimit(event.settings.maxConcurrent);
		const { channel, payload } = toSettingsChannel(event);
		outsideChildren(() => link.emit(channel, payload));
	});
	return { link, settings, events, limiter, manager, activity, delivery, roster, told: { problems: "" } };
}

/** Without a UI it goes to stderr, for stdout is the host's. */
function tell(problems: string, { hasUI, ui }: Pick<host.ExtensionContext, "hasUI" | "ui">): void {
	if (hasUI) ui.notify(problems, "warning");
	else console.error(problems);
}

function parentApi(pi: ExtensionAPI): ParentApi {
	return {
		emit: (channel, payload) => pi.events.emit(channel, payload),
		sendMessage: (message, { wakeParent }) =>
			pi.sendMessage(message as Parameters<ExtensionAPI["sendMessage"]>[0], {
				deliverAs: "followUp",
				triggerTurn: wakeParent,
			}),
	};
}

/** The parent's comings and goings, from the host's events. */
function connectActivity(
	pi: ExtensionAPI,
	crew: () => Crew,
	settings: (place: ProjectPlace) => { onInterrupt: string },
): void {
	pi.on("context", ({ messages }) => crew().roster.extend(messages) as { messages: typeof messages } | undefined);
	pi.on("input", () => crew().activity.expected());
	pi.on("before_agent_start", () => crew().activity.began());
	pi.on("agent_start", (_event, ctx) => {
		const { activity, manager } = crew();
		activity.began();
		const { onInterrupt } = settings(projectOf(ctx));
		ctx.signal?.addEventListener("abort", () => {
			activity.interrupt();
			if (onInterrupt === "stop-all") manager.stopAllBackground("user");
		});
	});
	pi.on("session_before_compact", ({ signal }) => {
		crew().activity.compactionBegan();
		signal.addEventListener("abort", () => crew().activity.compactionEnded());
	});
	pi.on("session_compact", () => crew().activity.compactionEnded());
	let failed = false;
	const ended = () => crew().activity.ended(failed);
	pi.on("agent_end", ({ messages }) => {
		const last = messages.findLast((message) => message.role === "assistant");
		failed = last?.role === "assistant" && last.stopReason === "error";
		if (!("ModelRuntime" in host)) ended();
	});
	// The newer host tells when it has really come to rest; the older one does not know the event.
	if (!("ModelRuntime" in host)) return;
	const onNewer = pi.on as (event: string, handler: () => void) => void;
	onNewer("agent_settled", ended);
	onNewer("session_compact_failed", () => crew().activity.compactionEnded());
}
