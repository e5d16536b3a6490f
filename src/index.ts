import { randomBytes, randomUUID } from "node:crypto";
import { debuglog } from "node:util";
import type { ExtensionAPI } from "@mariozechner/pi-coding-agent";
import * as host from "@mariozechner/pi-coding-agent";
import { AgentCatalog } from "./config/agent-catalog.ts";
import { AgentFiles } from "./config/agent-files.ts";
import { DEFAULT_SETTINGS } from "./config/settings.ts";
import { SettingsFiles } from "./config/settings-files.ts";
import { ParentActivity } from "./delivery/parent-activity.ts";
import { ResultDelivery } from "./delivery/result-delivery.ts";
import { Roster } from "./delivery/roster.ts";
import { ChildHooks } from "./events/child-hooks.ts";
import { toChannel } from "./events/fact-channels.ts";
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
import { createResultTool } from "./tools/get-result-tool.ts";
import { createSteerTool } from "./tools/steer-tool.ts";
import { createSubagentTool, failedRunMark } from "./tools/subagent-tool.ts";
import { createAgentsCommand } from "./ui/agents-command.ts";
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
	const settingsFiles = new SettingsFiles(agentDir);
	let crew = buildCrew(parentApi(pi), agentDir, ownEntry);
	const settings = (cwd: string) => {
		const { settings: inForce } = settingsFiles.load(cwd);
		crew.limiter.setLimit(inForce.maxConcurrent);
		return inForce;
	};

	const manager = () => crew.manager;
	const agentFiles = new AgentFiles(agentDir);
	const catalog = (cwd: string) => agentFiles.load(cwd);
	const diagnostics = (cwd: string) => [...settingsFiles.load(cwd).diagnostics, ...catalog(cwd).diagnostics];
	const parts = { pi, manager, catalog, settings, clock: Date.now, view: createSubagentToolView(Date.now) };
	let listed = new AgentCatalog();
	const listTypes = (_event: unknown, ctx: { cwd: string }) => {
		const current = catalog(ctx.cwd);
		if (current === listed) return;
		listed = current;
		pi.registerTool(createSubagentTool(parts, current));
	};
	pi.registerTool(createSubagentTool(parts, listed));
	pi.registerCommand("agents", createAgentsCommand({ catalog, diagnostics }));
	pi.registerTool(createResultTool({ manager, claimReleased: () => crew.delivery.consider(), readTranscript }));
	pi.registerTool(createSteerTool(manager));
	pi.on("tool_result", failedRunMark);

	pi.on("session_start", (event, ctx) => {
		const left = takeOver<Crew>(ctx.sessionManager.getSessionId());
		if (left) crew = left;
		crew.link.connect(parentApi(pi));
		if (left) crew.delivery.speak();
		listTypes(event, ctx);
		const problems = startText(diagnostics(ctx.cwd));
		if (problems !== "" && event.reason !== "reload") ctx.ui.notify(problems, "warning");
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
			resources: new ChildResourceFinder({ agentDir, commandLine: readCommandLine(process.argv.slice(2)), ownEntry }),
			loaders: new ChildResourceLoaders(),
			hooks: new ChildHooks((channel, payload) => link.emit(channel, payload)),
			startGate: new StartGate(),
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
	return { link, events, limiter, manager, activity, delivery, roster };
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
function connectActivity(pi: ExtensionAPI, crew: () => Crew, settings: (cwd: string) => { onInterrupt: string }): void {
	pi.on("context", ({ messages }) => crew().roster.extend(messages) as { messages: typeof messages } | undefined);
	pi.on("before_agent_start", () => crew().activity.began());
	pi.on("agent_start", (_event, ctx) => {
		const { activity, manager } = crew();
		activity.began();
		const { onInterrupt } = settings(ctx.cwd);
		ctx.signal?.addEventListener("abort", () => {
			activity.interrupt();
			if (onInterrupt === "stop-all") manager.stopAllBackground("parent");
		});
	});
	pi.on("session_before_compact", () => crew().activity.compactionBegan());
	pi.on("session_compact", () => crew().activity.compactionEnded());
	let failed = false;
	const ended = () => crew().activity.ended(failed);
	pi.on("agent_end", ({ messages }) => {
		const last = messages.findLast((message) => message.role === "assistant");
		failed = last?.role === "assistant" && last.stopReason === "error";
		if (!("ModelRuntime" in host)) ended();
	});
	// The newer host tells when it has really come to rest; the older one does not know the event.
	if ("ModelRuntime" in host) (pi.on as (event: string, handler: () => void) => void)("agent_settled", ended);
}
