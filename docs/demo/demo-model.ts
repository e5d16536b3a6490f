import { existsSync } from "node:fs";
import { join } from "node:path";
import {
	type AssistantMessage,
	type Context,
	calculateCost,
	createAssistantMessageEventStream,
	type Model,
	type SimpleStreamOptions,
} from "@mariozechner/pi-ai";
import type { ExtensionAPI } from "@mariozechner/pi-coding-agent";
import { type Conversation, type Reply, readConversation, say } from "./conversation.ts";
import { actAsParent } from "./parent-rules.ts";
import { SENTENCES } from "./story.ts";
import { actAsSubagent } from "./subagent-rules.ts";

/** Factor on the time that the model takes; without it, it takes none. */
const PACE = Number(process.env.PI_CREW_DEMO_PACE) || 0;
/** A folder in which files appear for which replies with a `hold` wait. */
const CUES = process.env.PI_CREW_DEMO_CUES;
const WORDS_PER_SECOND = 60;
const LOOK_EVERY_MS = 20;

/**
 * A pi extension: the model `demo/demo-1`, a script in place of a network. Whoever has the tool `subagent` is the parent,
 * everybody else a subagent.
 */
export default function demoModel(pi: ExtensionAPI): void {
	pi.registerProvider("demo", {
		baseUrl: "http://localhost:0",
		apiKey: "no-key-needed",
		api: "pi-crew-demo",
		streamSimple: (model, context, options) => answer(model as Model<string>, context, options),
		models: [
			{
				id: "demo-1",
				name: "Demo 1 (offline, a script)",
				reasoning: false,
				input: ["text"],
				cost: { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 },
				contextWindow: 64_000,
				maxTokens: 8000,
			},
		],
	});
	pi.on("session_start", (event, ctx) => {
		if (process.env.PI_CREW_DEMO_WELCOME && ctx.hasUI && event.reason === "startup") ctx.ui.notify(welcome(), "info");
	});
}

function welcome(): string {
	const sentences = Object.values(SENTENCES).map((sentence, index) => `  ${index + 1}. ${sentence}`);
	return [
		"This is pi with pi-crew and a scripted model, offline, in a temporary project. Say, one after the other:",
		...sentences,
		"While the reviewers run, press Alt+A: t opens a conversation, s steers, x stops, r resumes one that has ended.",
	].join("\n");
}

function answer(model: Model<string>, context: Context, options: SimpleStreamOptions | undefined) {
	const stream = createAssistantMessageEventStream();
	void (async () => {
		const conversation = readConversation(context);
		const reply = replyTo(conversation);
		const turn = conversation.messages.filter(({ role }) => role === "assistant").length;
		const { signal } = options ?? {};
		const whole = messageOf(model, reply, turn);
		const partial: AssistantMessage = { ...whole, content: [] };
		stream.push({ type: "start", partial });
		if ((await thought(reply, signal)) && (await spoken(reply.text ?? "", { stream, partial, signal }))) {
			stream.push({ type: "done", reason: whole.stopReason === "toolUse" ? "toolUse" : "stop", message: whole });
			stream.end(whole);
			return;
		}
		const error: AssistantMessage = { ...partial, stopReason: "aborted", errorMessage: "Request was aborted" };
		stream.push({ type: "error", reason: "aborted", error });
		stream.end(error);
	})();
	return stream;
}

function replyTo(conversation: Conversation): Reply {
	if (conversation.toolNames.length === 0) return say("A conversation with the demo's scripted model."); // a compaction's summary
	return conversation.toolNames.includes("subagent") ? actAsParent(conversation) : actAsSubagent(conversation);
}

/** @returns false when it was aborted */
async function thought({ seconds = 1, hold }: Reply, signal: AbortSignal | undefined): Promise<boolean> {
	if (CUES === undefined || hold === undefined) return pause(seconds * PACE * 1000, signal);
	while (!existsSync(join(CUES, hold))) {
		if (!(await pause(LOOK_EVERY_MS, signal))) return false;
	}
	return !signal?.aborted;
}

/** Says a text word by word. */
async function spoken(
	text: string,
	{ stream, partial, signal }: { stream: Stream; partial: AssistantMessage; signal: AbortSignal | undefined },
): Promise<boolean> {
	if (text === "") return true;
	const at = (said: string) => ({
		contentIndex: 0,
		partial: { ...partial, content: [{ type: "text" as const, text: said }] },
	});
	stream.push({ type: "text_start", ...at("") });
	let said = "";
	for (const delta of text.match(/\s*\S+/g) ?? []) {
		said += delta;
		stream.push({ type: "text_delta", delta, ...at(said) });
		if (PACE > 0 && !(await pause((1000 / WORDS_PER_SECOND) * PACE, signal))) return false;
	}
	stream.push({ type: "text_end", content: text, ...at(text) });
	return !signal?.aborted;
}

type Stream = ReturnType<typeof createAssistantMessageEventStream>;

function pause(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
	if (signal?.aborted) return Promise.resolve(false);
	return new Promise((resolve) => {
		const finish = () => {
			clearTimeout(timer);
			signal?.removeEventListener("abort", finish);
			resolve(!signal?.aborted);
		};
		const timer = setTimeout(finish, ms);
		signal?.addEventListener("abort", finish);
	});
}

/** Its figures are as with a provider that has a cache: all that was sent before is read from it. */
function messageOf(model: Model<string>, { text = "", calls = [] }: Reply, turn: number): AssistantMessage {
	const now = Date.now();
	const content: AssistantMessage["content"] = text === "" ? [] : [{ type: "text", text }];
	calls.forEach(({ tool, arguments: args, name = "call-" }, index) => {
		content.push({ type: "toolCall", id: `${name}${now.toString(36)}-${index}`, name: tool, arguments: { ...args } });
	});
	const output = 180 + 40 * turn;
	const cacheRead = turn === 0 ? 0 : 3800 + 1900 * turn;
	const sizes = { input: 12, output, cacheRead, cacheWrite: 3900 };
	const totalTokens = sizes.input + output + cacheRead + sizes.cacheWrite;
	const usage = { ...sizes, totalTokens, cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 } };
	usage.cost = calculateCost(model, usage);
	const { api, provider, id } = model;
	const stopReason = calls.length > 0 ? "toolUse" : "stop";
	return { role: "assistant", content, api, provider, model: id, usage, stopReason, timestamp: now };
}
