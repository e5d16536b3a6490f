// A parent session of the real host in this process, with what its agent directory holds and a scripted model.
import { join } from "node:path";
import { createAssistantMessageEventStream } from "@mariozechner/pi-ai";
import * as host from "@mariozechner/pi-coding-agent";

/** @typedef {import("@mariozechner/pi-coding-agent").AgentSession} AgentSession */
/** @typedef {{ role: string, text: string }} Heard */
/** @typedef {{ session: AgentSession, reloadMs: number, createMs: number }} Started */

/** What a child was asked to do: answer at once, or take so many turns first; one may trickle its answer until the gate opens. */
const TURNS = /^take (\d+) turns/;
const NOTHING = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
const PLAIN = { reasoning: false, input: ["text"] };

let calls = 0;

/** Told when a child calls its model, for figures that begin and end there. */
export const childCalls = { onCall: () => {} };

/** Told of what goes to a model with each call. */
export const modelCalls = { onCall: (_context) => {} };

/** Told when the parent's model is called with a notification. */
export const notifications = { onCall: (_text) => {} };

/** A child asked to hold its answer waits for this. */
export const gate = { open: Promise.resolve() };

const SOMEBODY = new Proxy({}, { get: () => () => undefined });

/**
 * @param {{ agentDir: string, cwd: string, persisted: boolean, attended?: boolean | object, sessionFile?: string, url?: string }} place without somebody there, nothing runs in the background; an object is what they see with
 * @returns {Promise<Started>}
 */
export async function startParent({ agentDir, cwd, persisted, attended = false, sessionFile, url }) {
	const { modelRegistry, model } = url ? servedModel(url) : scriptedModel();
	const settingsManager = host.SettingsManager.create(cwd, agentDir);
	const sessions = join(agentDir, "..", "sessions");
	const begin = performance.now();
	const sessionManager = sessionFile
		? host.SessionManager.open(sessionFile)
		: persisted
			? host.SessionManager.create(cwd, sessions)
			: host.SessionManager.inMemory(cwd);
	const loader = new host.DefaultResourceLoader({ cwd, agentDir, settingsManager });
	await loader.reload();
	const loaded = performance.now();
	const { session, extensionsResult } = await host.createAgentSession({
		cwd,
		agentDir,
		model,
		modelRegistry,
		authStorage: modelRegistry.authStorage,
		settingsManager,
		resourceLoader: loader,
		sessionManager,
	});
	await session.bindExtensions(attended ? { uiContext: attended === true ? SOMEBODY : attended } : {});
	const bound = performance.now();
	if (extensionsResult.errors.length > 0) throw new Error(JSON.stringify(extensionsResult.errors));
	if (!session.getActiveToolNames().includes("subagent")) throw new Error("The parent has no subagent tool");
	return { session, reloadMs: loaded - begin, createMs: bound - loaded };
}

/** The host's own faux provider serialises the whole conversation at each call, which would drown what is measured. */
function scriptedModel() {
	const modelRegistry = host.ModelRegistry.inMemory(host.AuthStorage.inMemory());
	modelRegistry.registerProvider("bench", {
		baseUrl: "http://localhost:0",
		apiKey: "bench-key",
		api: "bench",
		streamSimple: (model, context) => {
			modelCalls.onCall(context);
			return streamOf(answer(context.messages), model);
		},
		models: [{ id: "bench-1", name: "Bench", contextWindow: 1e9, maxTokens: 1000, cost: NOTHING, ...PLAIN }],
	});
	return { modelRegistry, model: modelRegistry.find("bench", "bench-1") };
}

/** A model that a local server plays, over the wire. */
function servedModel(baseUrl) {
	const modelRegistry = host.ModelRegistry.inMemory(host.AuthStorage.inMemory());
	const model = { id: "m1", name: "M1", contextWindow: 1e9, maxTokens: 1000, cost: NOTHING, ...PLAIN };
	modelRegistry.registerProvider("served", { baseUrl, apiKey: "key", api: "openai-completions", models: [model] });
	return { modelRegistry, model: modelRegistry.find("served", "m1") };
}

/** Tells of a message as providers do: begin, a piece or more, end. */
function streamOf(parts, model) {
	const stream = createAssistantMessageEventStream();
	void Promise.resolve(parts).then((ready) => fill(stream, [ready].flat(), model));
	return stream;
}

function fill(stream, content, model) {
	const calls = content.some((part) => part.type === "toolCall");
	const message = {
		role: "assistant",
		api: "bench",
		provider: "bench",
		model: model.id,
		content,
		usage: { ...NOTHING, totalTokens: 0, cost: { ...NOTHING, total: 0 } },
		stopReason: calls ? "toolUse" : "stop",
		timestamp: Date.now(),
	};
	stream.push({ type: "start", partial: { ...message, content: [] } });
	for (const [contentIndex, part] of content.entries()) {
		const kind = part.type.toLowerCase();
		const delta = part.text ?? JSON.stringify(part.arguments);
		stream.push({ type: `${kind}_start`, contentIndex, partial: message });
		if (part.trickles) {
			setInterval(() => stream.push({ type: "text_delta", contentIndex, delta: "word ", partial: message }), 20);
			return; // the process ends before it does
		}
		stream.push({ type: `${kind}_delta`, contentIndex, delta, partial: message });
		stream.push({ type: `${kind}_end`, contentIndex, content: delta, toolCall: part, partial: message });
	}
	stream.push({ type: "done", reason: message.stopReason, message });
	stream.end(message);
}

/**
 * A parent is asked to `delegate N: task` and calls the tool N times, one after the other, or to `start N: task` and calls it
 * N times in one message. Anyone else is a child; one told to `hold` answers when the gate opens.
 */
function answer(all) {
	const messages = all.filter((message) => !textOf(message).startsWith("<subagent_roster>"));
	const asked = messages.findLastIndex((message) => message.role === "user");
	const task = textOf(messages[asked]);
	if (task.startsWith("[subagent results")) {
		notifications.onCall(task);
		return say("The parent knows.");
	}
	const [, count, started] = /^start (\d+): (.*)$/s.exec(task) ?? [];
	if (started !== undefined) {
		if (messages.length - 1 > asked) return say("The parent has started them.");
		return Array.from({ length: Number(count) }, () => delegate(started, { run_in_background: true }));
	}
	const replies = messages.slice(asked).filter((message) => message.role === "assistant").length;
	const [, times, delegated] = /^delegate (\d+): (.*)$/s.exec(task) ?? [];
	if (delegated !== undefined) {
		if (replies >= Number(times)) return say("The parent is done.");
		return delegate(delegated);
	}
	childCalls.onCall();
	if (task.startsWith("hold")) return gate.open.then(() => say("The child has done it."));
	const turns = Number(TURNS.exec(task)?.[1] ?? 0);
	// Each call is another one: the same again and again would be a loop, which ours ends.
	if (replies < turns) return callTool("read", { path: "small.txt", limit: replies + 1 });
	return { ...say("The child has done it."), ...(task.endsWith("trickle") && { trickles: true }) };
}

function delegate(prompt, more = {}) {
	return callTool("subagent", { prompt, description: "a task", subagent_type: "general-purpose", ...more });
}

function say(text) {
	return { type: "text", text };
}

function callTool(name, args) {
	return { type: "toolCall", id: `call-${++calls}`, name, arguments: args };
}

function textOf(message) {
	return typeof message.content === "string"
		? message.content
		: message.content.map((part) => part.text ?? "").join("");
}
