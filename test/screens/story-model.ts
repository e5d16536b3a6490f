import { existsSync } from "node:fs";
import { join } from "node:path";
import {
	type AssistantMessage,
	type Context,
	calculateCost,
	createAssistantMessageEventStream,
	type Model,
	type SimpleStreamOptions,
	type StopReason,
} from "@mariozechner/pi-ai";
import type { ExtensionAPI } from "@mariozechner/pi-coding-agent";
import { type Line, OPENING, ROLES } from "./story.ts";

/**
 * A pi extension: the model `story/demo-1`, which plays the story of `story.ts`. Whoever was given the opening is the parent;
 * a subagent plays the role whose task it was given. Its figures are the story's, so a picture of them is always the same.
 */
export default function storyModel(pi: ExtensionAPI): void {
	pi.registerProvider("story", {
		baseUrl: "http://localhost:0",
		apiKey: "none-needed",
		api: "pi-crew-story",
		streamSimple: (model, context, options) => play(model as Model<string>, context, options),
		models: [
			{
				id: "demo-1",
				name: "Demo 1",
				reasoning: false,
				input: ["text"],
				cost: { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 },
				contextWindow: 64_000,
				maxTokens: 8000,
			},
		],
	});
}

const LOOK_EVERY_MS = 20;

function play(model: Model<string>, context: Context, options: SimpleStreamOptions | undefined) {
	const stream = createAssistantMessageEventStream();
	void (async () => {
		const { line, turn } = nextLine(context);
		const isThere = await until(line.after, options?.signal);
		const message = isThere ? spoken(model, line, turn) : aborted(model, turn);
		if (isThere) stream.push({ type: "start", partial: { ...message, content: [] } });
		if (message.stopReason === "aborted") stream.push({ type: "error", reason: "aborted", error: message });
		else stream.push({ type: "done", reason: message.stopReason as "stop" | "toolUse", message });
		stream.end(message);
	})();
	return stream;
}

/** What comes next for whoever asks, and which of its turns that is. */
function nextLine(context: Context): { line: Line; turn: number } {
	const messages = context.messages as unknown as readonly { role: string; content: unknown }[];
	const texts = messages.filter(({ role }) => role === "user").map(({ content }) => textIn(content));
	const said = messages.filter(({ role }) => role === "assistant").length;
	const role = texts.some((text) => text.includes(OPENING))
		? ROLES.parent
		: Object.values(ROLES).find(({ task }) => texts[0]?.includes(task));
	const line = role?.lines[Math.min(said, role.lines.length - 1)];
	return { line: line ?? { text: "I have no part in this story." }, turn: said };
}

function textIn(content: unknown): string {
	if (typeof content === "string") return content;
	return (content as readonly { text?: string }[]).map((part) => part.text ?? "").join("");
}

/** The story continues when whoever tells it has put a file of this name into the folder. */
async function until(cue: string | undefined, signal: AbortSignal | undefined): Promise<boolean> {
	const file = join(process.env.PI_CREW_STORY ?? "", cue ?? "");
	while (cue !== undefined && !existsSync(file)) {
		if (signal?.aborted) return false;
		await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
	}
	return !signal?.aborted;
}

function spoken(model: Model<string>, { text, calls = [] }: Line, turn: number): AssistantMessage {
	const content: AssistantMessage["content"] = [];
	if (text !== undefined) content.push({ type: "text", text });
	calls.forEach(([name, args], index) => {
		content.push({ type: "toolCall", id: `call-${turn}-${index}`, name, arguments: args });
	});
	return messageOf(model, content, { turn, stopReason: calls.length > 0 ? "toolUse" : "stop" });
}

function aborted(model: Model<string>, turn: number): AssistantMessage {
	return { ...messageOf(model, [], { turn, stopReason: "aborted" }), errorMessage: "Request was aborted" };
}

/** As a provider with a cache would count: all that was sent before is read from it. */
function messageOf(
	model: Model<string>,
	content: AssistantMessage["content"],
	{ turn, stopReason }: { turn: number; stopReason: StopReason },
): AssistantMessage {
	const sizes = {
		input: 12,
		output: 180 + 40 * turn,
		cacheRead: turn === 0 ? 0 : 3800 + 1900 * turn,
		cacheWrite: 3900,
	};
	const totalTokens = sizes.input + sizes.output + sizes.cacheRead + sizes.cacheWrite;
	const usage = { ...sizes, totalTokens, cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 } };
	usage.cost = calculateCost(model, usage);
	const { api, provider, id } = model;
	return { role: "assistant", content, api, provider, model: id, usage, stopReason, timestamp: Date.now() };
}
