import type { Agent, StreamFn } from "@mariozechner/pi-agent-core";
import type {
	Api,
	AssistantMessage,
	AssistantMessageEvent,
	Context,
	Model,
	SimpleStreamOptions,
} from "@mariozechner/pi-ai";
import type { AgentSession } from "@mariozechner/pi-coding-agent";
import { reasonOf } from "../platform/reason-of.ts";

/** One model call of a child; the same object for each request that it takes. */
export interface ModelCall {
	/** As the child's session asks for it; a request may go to another one. */
	readonly model: Model<Api>;
	readonly context: Context;
	/** Fires when the child is stopped. */
	readonly signal: AbortSignal | undefined;
	/** Epoch milliseconds. */
	readonly startedAt: number;
}

/**
 * Sees each request to a model before it is made and after it. Interceptors are asked in order; what ended is reported in reverse
 * order. None of these methods may throw or reject.
 */
export interface CallInterceptor {
	/** Before a request. May wait, and has to stop waiting when the call's signal fires (then it does not matter what it says). */
	begin(call: ModelCall): CallBegin | Promise<CallBegin>;
}

export type CallBegin =
	| {
			readonly kind: "proceed";
			/** Asks this model instead. The last interceptor that names one wins. */
			readonly model?: Model<Api>;
			/** Changes to the options the request is made with. */
			readonly options?: Partial<SimpleStreamOptions>;
			readonly watch?: RequestWatch;
	  }
	/** No request is made. The child's turn ends with this error, and the host does not try again. */
	| { readonly kind: "refused"; readonly message: string };

/** What an interceptor hears of the request it let pass. Each of these is called at most once. */
export interface RequestWatch {
	/** The provider has begun to answer. */
	accepted?(): void;
	/** It has ended: always called, also where a later interceptor refused it. What is returned counts for `error` only. */
	ended?(end: RequestEnd): AfterError | undefined;
}

export type RequestEnd =
	/** `error`: with the host's message, unchanged. `wasDelivered`: some of the answer may have reached the child. */
	| { readonly kind: "answered" | "error"; readonly message: AssistantMessage; readonly wasDelivered: boolean }
	/** The child was stopped, or another interceptor refused. */
	| { readonly kind: "aborted" | "refused" };

/**
 * - `retry`: make the request again, from the first interceptor on. Only where nothing was delivered; otherwise the host decides.
 * - `final`: pass the error on, and keep the host from trying again. `message` replaces its text.
 */
export type AfterError = { readonly kind: "retry" } | { readonly kind: "final"; readonly message?: string };

type Stream = AsyncIterable<AssistantMessageEvent> & { result(): Promise<AssistantMessage> };
type Ask = (model: Model<Api>, context: Context, options?: SimpleStreamOptions) => Stream | Promise<Stream>;

/**
 * Puts interceptors around all model calls of a session; with none, it leaves the session alone. Events and errors pass
 * unchanged, a stream function that throws becomes a failed reply with its message, and nothing is thrown into the agent.
 */
export function wrapModelCalls(
	session: AgentSession,
	interceptors: readonly CallInterceptor[],
	clock: () => number,
): void {
	if (interceptors.length === 0) return;
	// The older host has `streamFn`, the newer ones `streamFunction`.
	const agent = session.agent as Agent & { streamFunction?: StreamFn };
	const isNewer = agent.streamFunction !== undefined;
	const ask = (agent.streamFunction ?? agent.streamFn) as Ask;
	const calls = new WrappedCalls(isNewer ? withoutResolvedKey(ask) : ask, interceptors, clock);
	const wrapped = ((model: Model<Api>, context: Context, options?: SimpleStreamOptions) =>
		calls.call(model, context, options)) as unknown as StreamFn;
	if (isNewer) agent.streamFunction = wrapped;
	else agent.streamFn = wrapped;
	session.subscribe((event) => {
		if (event.type !== "auto_retry_start" || !calls.lastWasFinal) return;
		queueMicrotask(() => session.abortRetry()); // the host begins its wait after it has said so
	});
}

/**
 * The newer host knows its own stream function, which finds the key by itself. For any other one it looks up the key before a
 * summary, and hands over a stored login as if it were an API key.
 */
function withoutResolvedKey(ask: Ask): Ask {
	return (model, context, options) => {
		if (options?.apiKey === undefined) return ask(model, context, options);
		const {
			apiKey: _apiKey,
			headers: _headers,
			env: _env,
			...rest
		} = options as SimpleStreamOptions & { env?: unknown };
		return ask(model, context, rest);
	};
}

class WrappedCalls {
	/** The last call ended with an error that is not to be tried again. */
	lastWasFinal = false;

	constructor(
		private readonly ask: Ask,
		private readonly interceptors: readonly CallInterceptor[],
		private readonly clock: () => number,
	) {}

	async call(model: Model<Api>, context: Context, options: SimpleStreamOptions = {}): Promise<Stream> {
		this.lastWasFinal = false;
		const call: ModelCall = { model, context, signal: options.signal, startedAt: this.clock() };
		for (;;) {
			const watches: RequestWatch[] = [];
			const request = await this.prepare(call, options, watches);
			if (request.kind === "refused") return this.refuse(call, request.message, watches);
			const stream = await this.open(request, context, watches, call);
			if (stream) return stream;
		}
	}

	private async prepare(
		call: ModelCall,
		given: SimpleStreamOptions,
		watches: RequestWatch[],
	): Promise<Request | { readonly kind: "refused"; readonly message: string }> {
		let { model } = call;
		let options = given;
		for (const interceptor of this.interceptors) {
			const begin = interceptor.begin(call);
			const said = begin instanceof Promise ? await begin : begin;
			if (said.kind === "refused") return said;
			if (said.watch) watches.unshift(said.watch);
			if (said.model) model = said.model;
			if (said.options) options = { ...options, ...said.options };
			if (call.signal?.aborted) return { kind: "refused", message: ABORTED };
		}
		return { kind: "request", model, options };
	}

	/** @returns nothing where the request is to be made again */
	private async open(
		{ model, options }: Request,
		context: Context,
		watches: readonly RequestWatch[],
		call: ModelCall,
	): Promise<Stream | undefined> {
		const stream = await opened(() => this.ask(model, context, options), model, call);
		const iterator = stream[Symbol.asyncIterator]();
		const next = () => iterator.next().catch((error: unknown) => failedEvent(error, model, call));
		const held = [await next()];
		if (!isFailure(held[0])) for (const watch of watches) watch.accepted?.();
		// Some providers say that they begin, and then that they are overloaded: then nothing has reached the child yet.
		if (held[0]?.value?.type === "start") held.push(await next());
		const passedOn = replay(held, iterator, stream);
		if (!isFailure(held.at(-1))) {
			this.follow(stream, model, watches, call);
			return passedOn;
		}
		const message = await stream.result().catch((error) => failed(reasonOf(error), model, call));
		return this.ended({ stream: passedOn, message, watches, call });
	}

	/** The request ended before anything reached the child. */
	private ended(failure: Failure): Stream | undefined {
		const { stream, message, watches, call } = failure;
		const after = tellEnd(watches, endOf(message, call, false));
		if (call.signal?.aborted || after === undefined) return stream;
		if (after.kind === "retry") return undefined;
		this.lastWasFinal = true;
		return after.message === undefined ? stream : streamOf({ ...message, errorMessage: after.message });
	}

	/** Tells of the end of a request whose answer flows past. */
	private follow(stream: Stream, model: Model<Api>, watches: readonly RequestWatch[], call: ModelCall): void {
		if (watches.length === 0) return;
		let isOpen = true;
		const end = (message: AssistantMessage) => {
			if (!isOpen) return;
			isOpen = false;
			call.signal?.removeEventListener("abort", aborted);
			const after = tellEnd(watches, endOf(message, call, true));
			this.lastWasFinal = after?.kind === "final";
		};
		const aborted = () => end(failed(ABORTED, model, call));
		call.signal?.addEventListener("abort", aborted, { once: true });
		stream.result().then(end, (error) => end(failed(reasonOf(error), model, call)));
	}

	private refuse(call: ModelCall, text: string, watches: readonly RequestWatch[]): Stream {
		tellEnd(watches, { kind: call.signal?.aborted ? "aborted" : "refused" });
		this.lastWasFinal = true;
		return streamOf(failed(text, call.model, call));
	}
}

interface Request {
	readonly kind: "request";
	readonly model: Model<Api>;
	readonly options: SimpleStreamOptions;
}

interface Failure {
	readonly stream: Stream;
	readonly message: AssistantMessage;
	readonly watches: readonly RequestWatch[];
	readonly call: ModelCall;
}

const ABORTED = "Request was aborted";

function tellEnd(watches: readonly RequestWatch[], end: RequestEnd): AfterError | undefined {
	const answers = watches.map((watch) => watch.ended?.(end)).filter((answer) => answer !== undefined);
	return answers.find(({ kind }) => kind === "final") ?? answers[0];
}

function endOf(message: AssistantMessage, { signal }: ModelCall, wasDelivered: boolean): RequestEnd {
	if (signal?.aborted || message.stopReason === "aborted") return { kind: "aborted" };
	return { kind: message.stopReason === "error" ? "error" : "answered", message, wasDelivered };
}

async function opened(ask: () => Stream | Promise<Stream>, model: Model<Api>, call: ModelCall): Promise<Stream> {
	try {
		return await ask();
	} catch (error) {
		return streamOf(failed(reasonOf(error), model, call));
	}
}

type Event = IteratorResult<AssistantMessageEvent>;

function isFailure(event: Event | undefined): boolean {
	return event === undefined || event.done === true || event.value.type === "error";
}

/** The stream with the events that were looked at in their places again; the rest flows as it did. */
function replay(held: readonly Event[], iterator: AsyncIterator<AssistantMessageEvent>, stream: Stream): Stream {
	let replayed = 0;
	const rest: AsyncIterator<AssistantMessageEvent> = {
		next: () => {
			const event = held[replayed++];
			return event ? Promise.resolve(event) : iterator.next();
		},
		return: () => iterator.return?.() ?? Promise.resolve({ done: true, value: undefined }),
	};
	return { [Symbol.asyncIterator]: () => rest, result: () => stream.result() };
}

function failedEvent(error: unknown, model: Model<Api>, call: ModelCall): Event {
	return { done: false, value: errorEvent(failed(reasonOf(error), model, call)) };
}

function streamOf(message: AssistantMessage): Stream {
	return {
		async *[Symbol.asyncIterator]() {
			yield errorEvent(message);
		},
		result: () => Promise.resolve(message),
	};
}

function errorEvent(error: AssistantMessage): AssistantMessageEvent {
	return { type: "error", reason: error.stopReason === "aborted" ? "aborted" : "error", error };
}

function failed(errorMessage: string, model: Model<Api>, { signal, startedAt }: ModelCall): AssistantMessage {
	return {
		role: "assistant",
		content: [],
		api: model.api,
		provider: model.provider,
		model: model.id,
		usage: NO_USAGE(),
		stopReason: signal?.aborted ? "aborted" : "error",
		errorMessage,
		timestamp: startedAt,
	};
}

function NO_USAGE(): AssistantMessage["usage"] {
	const cost = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 };
	return { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, totalTokens: 0, cost };
}
