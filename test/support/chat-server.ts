import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request as the server saw it. */
export interface ChatRequest {
	/** Epoch milliseconds at which it arrived. */
	readonly at: number;
	/** The text of the first user message: tells children apart. */
	readonly task: string;
	/** The role and text of the last message. */
	readonly role: string;
	readonly text: string;
	readonly model: string;
	readonly hasAnswered: boolean;
	/** How many others were being served when it came. */
	readonly others: number;
	status: number;
}

export type ChatAnswer =
	| { readonly status: number; readonly headers?: Record<string, string>; readonly body?: object }
	/** `ms`: how long it takes from first word to last. `command`: calls bash after the text. */
	| { readonly text: string; readonly ms?: number; readonly command?: string; readonly breaksOff?: string };

export interface ChatServer {
	/** For models of the api `openai-completions`. */
	readonly baseUrl: string;
	readonly log: readonly ChatRequest[];
	stop(): void;
}

/** A server that speaks a provider's wire format: streaming chat completions. */
export async function startChatServer(answer: (request: ChatRequest) => ChatAnswer): Promise<ChatServer> {
	const log: ChatRequest[] = [];
	const state = { serving: 0 };
	const server = createServer((request, response) => void serve(request, response, { log, state, answer }));
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as AddressInfo;
	return {
		baseUrl: `http://127.0.0.1:${port}/v1`,
		log,
		stop: () => {
			server.closeAllConnections();
			server.close();
		},
	};
}

/** Source text of an extension that brings the server's models as providers `local` and `other`. */
export function localModels(server: ChatServer, more: object = {}): string {
	const cost = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
	const model = {
		id: "m1",
		name: "M1",
		reasoning: false,
		input: ["text"],
		cost,
		contextWindow: 100_000,
		maxTokens: 4000,
	};
	const provider = {
		baseUrl: server.baseUrl,
		apiKey: "key",
		api: "openai-completions",
		models: [{ ...model, ...more }],
	};
	return `export default (pi) => {
		pi.registerProvider("local", ${JSON.stringify(provider)});
		pi.registerProvider("other", ${JSON.stringify(provider)});
	};`;
}

interface Serving {
	readonly log: ChatRequest[];
	readonly state: { serving: number };
	readonly answer: (request: ChatRequest) => ChatAnswer;
}

async function serve(request: IncomingMessage, response: ServerResponse, { log, state, answer }: Serving) {
	const at = Date.now();
	let body = "";
	for await (const chunk of request) body += chunk;
	const { messages, model } = JSON.parse(body) as { messages: Message[]; model: string };
	const said = messages.filter(({ role }) => role !== "system" && role !== "developer");
	const last = said.at(-1);
	const seen: ChatRequest = {
		at,
		task: textOf(said.find(({ role }) => role === "user")),
		role: last?.role ?? "",
		text: textOf(last),
		model,
		hasAnswered: said.some(({ role }) => role === "assistant"),
		others: state.serving,
		status: 200,
	};
	const reply = answer(seen);
	log.push(seen);
	if ("status" in reply) {
		seen.status = reply.status;
		response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers });
		response.end(JSON.stringify(reply.body ?? { error: { message: "slow down" } }));
		return;
	}
	state.serving++;
	response.once("close", () => state.serving--);
	response.writeHead(200, { "content-type": "text/event-stream" });
	const send = (delta: object, finish: string | null = null) =>
		response.write(`data: ${JSON.stringify(chunkOf(model, delta, finish))}\n\n`);
	send({ role: "assistant", content: reply.text });
	await new Promise((resolve) => setTimeout(resolve, reply.ms ?? 1));
	if (reply.breaksOff !== undefined) {
		response.end(`data: ${JSON.stringify({ error: { message: reply.breaksOff, code: 529 } })}\n\n`);
		return;
	}
	if (reply.command !== undefined) send(callOf(reply.command));
	send({}, reply.command === undefined ? "stop" : "tool_calls");
	response.end("data: [DONE]\n\n");
}

interface Message {
	readonly role: string;
	readonly content: unknown;
}

function textOf(message: Message | undefined): string {
	const { content } = message ?? {};
	if (typeof content === "string") return content;
	return ((content ?? []) as { text?: string }[]).map((part) => part.text ?? "").join("");
}

function callOf(command: string): object {
	const call = { name: "bash", arguments: JSON.stringify({ command }) };
	return {
		tool_calls: [{ index: 0, id: `call_${Math.random().toString(36).slice(2)}`, type: "function", function: call }],
	};
}

function chunkOf(model: string, delta: object, finish_reason: string | null): object {
	const usage = finish_reason === null ? {} : { usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 } };
	return { id: "c1", object: "chat.completion.chunk", model, choices: [{ index: 0, delta, finish_reason }], ...usage };
}
