import type { AssistantMessage, AssistantMessageEvent, Context, Model } from "@mariozechner/pi-ai";
import type { AgentSession } from "@mariozechner/pi-coding-agent";
import { describe, expect, it } from "vitest";
import { type CallInterceptor, type RequestEnd, wrapModelCalls } from "../../src/host/stream-wrapper.ts";
import { SONNET } from "../planning/parent-fake.ts";

type Stream = AsyncIterable<AssistantMessageEvent> & { result(): Promise<AssistantMessage> };
type Ask = (model: Model<never>, context: Context, options?: object) => Promise<Stream>;

const CONTEXT: Context = { messages: [] };

function message(changes: Partial<AssistantMessage> = {}): AssistantMessage {
	const cost = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 };
	const usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, totalTokens: 0, cost };
	const base = { role: "assistant", content: [], api: "x", provider: "p", model: "m", usage, timestamp: 0 } as const;
	return { ...base, content: [], stopReason: "stop", ...changes };
}

const DONE = message();
const FAILED = message({ stopReason: "error", errorMessage: "529 Overloaded" });
const START: AssistantMessageEvent = { type: "start", partial: DONE };
const END: AssistantMessageEvent = { type: "done", reason: "stop", message: DONE };
const ERROR: AssistantMessageEvent = { type: "error", reason: "error", error: FAILED };
const DELTA: AssistantMessageEvent = { type: "text_delta", contentIndex: 0, delta: "a", partial: DONE };

function stream(events: readonly AssistantMessageEvent[]): Stream {
	const last = events.at(-1);
	const final = last?.type === "done" ? last.message : FAILED;
	return {
		async *[Symbol.asyncIterator]() {
			yield* events;
		},
		result: async () => final,
	};
}

/** A session whose stream function answers with these, one after the other. */
function session(answers: readonly (readonly AssistantMessageEvent[] | Error)[], name = "streamFn") {
	const asked: { model: string; options: object }[] = [];
	const retriesAborted: number[] = [];
	let announceRetry = () => {};
	const inner = async (model: Model<never>, _context: Context, options: object) => {
		const answer = answers[asked.length] ?? [START, END];
		asked.push({ model: model.id, options });
		if (answer instanceof Error) throw answer;
		return stream(answer);
	};
	const agent: Record<string, unknown> = { [name]: inner };
	const fake = {
		agent,
		subscribe: (listener: (event: object) => void) => {
			announceRetry = () => listener({ type: "auto_retry_start" });
		},
		abortRetry: () => retriesAborted.push(1),
	} as unknown as AgentSession;
	const call = (options: object = {}) => (agent[name] as Ask)(SONNET as Model<never>, CONTEXT, options);
	return { fake, asked, inner, agent, call, retriesAborted, retry: () => announceRetry() };
}

/** Notes what it hears; `says` is its answer to each error in turn. */
function listener(says: readonly ("retry" | "final")[] = []) {
	const ends: RequestEnd["kind"][] = [];
	let accepted = 0;
	const interceptor: CallInterceptor = {
		begin: () => ({
			kind: "proceed",
			watch: {
				accepted: () => {
					accepted++;
				},
				ended: (end) => {
					ends.push(end.kind);
					const kind = says[ends.length - 1];
					return end.kind === "error" && kind ? { kind } : undefined;
				},
			},
		}),
	};
	return { interceptor, ends, accepted: () => accepted };
}

async function eventsOf(made: Stream): Promise<AssistantMessageEvent[]> {
	const events: AssistantMessageEvent[] = [];
	for await (const event of made) events.push(event);
	return events;
}

describe("the wrapper around a child's model calls", () => {
	it("is not there when nothing needs it", () => {
		const { fake, agent, inner } = session([]);
		wrapModelCalls(fake, [], Date.now);
		expect(agent.streamFn).toBe(inner);
	});

	it.each(["streamFn", "streamFunction"])("passes the events of %s on unchanged", async (name) => {
		const events = [START, DELTA, DELTA, END];
		const { fake, call } = session([events], name);
		const { interceptor, ends, accepted } = listener();
		wrapModelCalls(fake, [interceptor], Date.now);
		const made = await call();
		expect(await eventsOf(made)).toEqual(events);
		expect(await made.result()).toBe(DONE);
		expect([ends, accepted()]).toEqual([["answered"], 1]);
	});

	it("passes an error on unchanged where nobody wants anything else", async () => {
		const { fake, call, retry, retriesAborted } = session([[ERROR]]);
		wrapModelCalls(fake, [listener().interceptor], Date.now);
		const made = await call();
		expect(await eventsOf(made)).toEqual([ERROR]);
		retry();
		await Promise.resolve();
		expect(retriesAborted).toEqual([]);
	});

	it.each([[[ERROR]], [[START, ERROR]]])("asks again where nothing has reached the child: %#", async (failed) => {
		const { fake, call, asked } = session([failed, failed, [START, DELTA, END]]);
		const { interceptor, ends } = listener(["retry", "retry"]);
		wrapModelCalls(fake, [interceptor], Date.now);
		expect(await eventsOf(await call())).toEqual([START, DELTA, END]);
		expect([asked.length, ends]).toEqual([3, ["error", "error", "answered"]]);
	});

	it("does not ask again once a part of the answer has reached the child", async () => {
		const { fake, call, asked } = session([[START, DELTA, ERROR]]);
		wrapModelCalls(fake, [listener(["retry"]).interceptor], Date.now);
		expect(await eventsOf(await call())).toEqual([START, DELTA, ERROR]);
		expect(asked).toHaveLength(1);
	});

	it("keeps the host from trying again after a final error", async () => {
		const { fake, call, retry, retriesAborted } = session([[ERROR]]);
		wrapModelCalls(fake, [listener(["final"]).interceptor], Date.now);
		await call();
		retry();
		await Promise.resolve();
		expect(retriesAborted).toEqual([1]);
	});

	it("makes a failed reply of what the stream function throws", async () => {
		const { fake, call } = session([new Error("socket hang up")]);
		wrapModelCalls(fake, [listener().interceptor], Date.now);
		const made = await call();
		expect(await eventsOf(made)).toMatchObject([{ type: "error", error: { errorMessage: "socket hang up" } }]);
		expect(await made.result()).toMatchObject({ stopReason: "error", errorMessage: "socket hang up" });
	});

	it("makes no request where one refuses, and tells those that had let it pass", async () => {
		const { fake, call, asked } = session([]);
		const first = listener();
		const refusing: CallInterceptor = { begin: () => ({ kind: "refused", message: "no money left" }) };
		wrapModelCalls(fake, [first.interceptor, refusing], Date.now);
		const made = await call();
		expect(await made.result()).toMatchObject({ stopReason: "error", errorMessage: "no money left" });
		expect([asked, first.ends]).toEqual([[], ["refused"]]);
	});

	it("ends as aborted when the child is stopped while an interceptor waits", async () => {
		const stop = new AbortController();
		const { fake, call, asked } = session([]);
		const waiting: CallInterceptor = {
			begin: ({ signal }) =>
				new Promise((resolve) => signal?.addEventListener("abort", () => resolve({ kind: "proceed" }))),
		};
		wrapModelCalls(fake, [waiting], Date.now);
		const made = call({ signal: stop.signal });
		stop.abort();
		expect(await (await made).result()).toMatchObject({ stopReason: "aborted" });
		expect(asked).toEqual([]);
	});

	it("lets the newer host find the key by itself", async () => {
		const { fake, call, asked } = session([[START, END]], "streamFunction");
		wrapModelCalls(fake, [listener().interceptor], Date.now);
		await call({ apiKey: "stored login", headers: { a: "b" }, maxTokens: 5 });
		expect(asked[0]?.options).toEqual({ maxTokens: 5 });
	});
});
