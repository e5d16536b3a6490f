import { subagentsError } from "../domain/refusal.ts";
import { untilAborted } from "../platform/cancellation.ts";
import { shownValue } from "../platform/describe.ts";
import { inspected, reasonOf } from "../platform/reason-of.ts";

/** An event of the router. Frozen, its data too. */
export interface RouterEvent {
	/** Counts all events of this router from 1. */
	readonly seq: number;
	/** For example `session:end`; what a pattern matches. */
	readonly name: string;
	/** Plain JSON. */
	readonly data: unknown;
	/** Who emitted it: a subagent's id, an extension's name, a trigger. */
	readonly source: string;
	/** In milliseconds since 1970. */
	readonly time: number;
	/** The `seq` of the event that led to this one. */
	readonly cause?: number;
	/** How many causes precede it, one after the other; 0 without a cause. */
	readonly depth: number;
}

export interface EmitOptions {
	/** @default "extension" */
	readonly source?: string;
	/** The event that led to this one, or its `seq`: what guards against loops counts these. */
	readonly cause?: number | RouterEvent;
}

export interface EmitOutcome {
	/** 0 for an event that was refused because its chain of causes is too long. */
	readonly seq: number;
	/** Subscribers and waiting calls that have it. */
	readonly delivered: number;
	/** Subscribers that lost an event to this one, or did not take it, because their buffer is full. */
	readonly dropped: number;
}

export interface EventFilter {
	/** A name, or several: exact, `prefix:*`, or `*`. An empty list matches nothing. */
	readonly names: string | readonly string[];
	/** Only events of these sources; an empty list matches nothing. @default all sources */
	readonly sources?: readonly string[];
	/** Also the events after this `seq` that are still known, in order. @default only new ones */
	readonly since?: number;
}

export interface SubscribeOptions extends EventFilter {
	/** How many events may wait for the subscriber, at least 1, at most 100,000. @default 100 */
	readonly buffer?: number;
	/** What happens to an event for which there is no room. `latest` keeps the newest event only. @default "drop-oldest" */
	readonly overflow?: "drop-oldest" | "drop-newest" | "latest";
}

export interface SubscriptionStats {
	/** Events that matched, those that were lost included. */
	readonly matched: number;
	/** Events that the subscriber has read. */
	readonly read: number;
	/** Events that wait for it. */
	readonly buffered: number;
	readonly dropped: number;
	/** `since` reached back further than the router remembers. */
	readonly isGapAtStart: boolean;
}

/** Registered when `subscribe` returns. For one reader; leaving its loop closes it. */
export interface Subscription extends AsyncIterable<RouterEvent> {
	/** Ends the reader's loop once it has read what waits. */
	close(): void;
	stats(): SubscriptionStats;
}

export interface WaitForOptions extends EventFilter {
	/** In milliseconds, at least 0. @default no limit */
	readonly timeoutMs?: number;
	readonly signal?: AbortSignal;
}

export type WaitForOutcome =
	| { readonly ok: true; readonly event: RouterEvent }
	/** `source-ended`: every source it waits for has ended, so nothing will come. */
	| { readonly ok: false; readonly reason: "timeout" | "aborted" | "source-ended" };

export interface HistoryOptions {
	/** @default all */
	readonly names?: string | readonly string[];
	/** Events after this `seq` only. @default 0 */
	readonly since?: number;
	/** At most so many, the newest ones. @default 100 */
	readonly limit?: number;
}

/** Events above the buses of single sessions: of all subagents of a session, of triggers and of extensions. */
export interface EventRouter {
	/**
	 * Tells every subscriber that matches. Synchronous; no subscriber can delay it or make it throw.
	 *
	 * @param name at most 200 characters; `*` is for patterns
	 * @param data plain JSON, at most 100,000 characters; a frozen copy is passed on
	 * @throws SubagentsError `bad-argument`
	 */
	emit(name: string, data?: unknown, options?: EmitOptions): EmitOutcome;
	/** An event is delivered once, however many of the patterns match. @throws SubagentsError `bad-argument` */
	subscribe(options: SubscribeOptions): Subscription;
	/** The first event that matches; registered when the call returns. @throws SubagentsError `bad-argument` (rejects) */
	waitFor(options: WaitForOptions): Promise<WaitForOutcome>;
	/** Past events, the oldest first. @throws SubagentsError `bad-argument` */
	history(options?: HistoryOptions): readonly RouterEvent[];
}

const DEFAULT_SOURCE = "extension";
const REMEMBERED = 1_000;
const REMEMBERED_CHARACTERS = 5_000_000;
const LONGEST_NAME = 200;
const LONGEST_DATA = 100_000;
const LONGEST_BUFFER = 100_000;
/** How long a chain of causes may be. An automation that triggers itself ends here. */
export const DEEPEST_CAUSE = 8;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

interface Remembered {
	readonly event: RouterEvent;
	readonly size: number;
}

/** One for each runtime of a parent session. */
export class Router implements EventRouter {
	private lastSeq = 0;
	private readonly remembered: Remembered[] = [];
	private size = 0;
	private readonly subscribers = new Set<Subscriber>();
	private readonly waiting = new Set<Waiting>();
	private readonly ended = new Set<string>();
	private readonly causes = new Map<string, number>();
	private causeOfStarts: number | undefined;

	constructor(private readonly clock: () => number) {}

	emit(name: string, data: unknown = null, options: EmitOptions = {}): EmitOutcome {
		checkEmit(name, options);
		return this.tell(name, copyOf(data), options);
	}

	/** As `emit`, of what is frozen and known to be right. `size` is in characters, for what the router may remember. */
	tell(name: string, { value, size }: EventData, { source = DEFAULT_SOURCE, ...given }: EmitOptions): EmitOutcome {
		const cause = given.cause ?? this.causes.get(source);
		const depth = cause === undefined ? 0 : this.depthOf(cause) + 1;
		if (depth > DEEPEST_CAUSE) return { seq: 0, delivered: 0, dropped: this.matching(name, source) };
		const known = { seq: ++this.lastSeq, name, data: value, source, time: this.clock(), depth };
		const event: RouterEvent = Object.freeze(cause === undefined ? known : { ...known, cause: causeSeq(cause) });
		this.remember({ event, size });
		return { seq: event.seq, ...this.deliver(event) };
	}

	subscribe(options: SubscribeOptions): Subscription {
		const filter = readFilter(options);
		const { buffer, overflow } = readBuffer(options);
		const subscriber = new Subscriber(filter, { buffer, overflow, closed: (gone) => this.subscribers.delete(gone) });
		if (filter.since !== undefined) {
			for (const event of this.since(filter.since)) subscriber.take(event);
			if (this.hasForgotten(filter.since)) subscriber.isGapAtStart = true;
		}
		this.subscribers.add(subscriber);
		return subscriber;
	}

	async waitFor(options: WaitForOptions): Promise<WaitForOutcome> {
		const filter = readFilter(options);
		const { timeoutMs, signal } = readLimits(options);
		const known = filter.since === undefined ? undefined : this.since(filter.since).find(filter.matches);
		if (known) return { ok: true, event: known };
		if (signal?.aborted) return { ok: false, reason: "aborted" };
		if (this.haveEnded(filter)) return { ok: false, reason: "source-ended" };
		return this.firstOf(filter, timeoutMs, signal);
	}

	history(options: HistoryOptions = {}): readonly RouterEvent[] {
		checkObject("options", options);
		const { names = "*", since = 0, limit = 100 } = options;
		if (!isCount(limit)) throw badArgument("options.limit", limit, "an integer >= 0");
		const { matches } = readFilter({ names, since });
		const found = this.since(since).filter(matches);
		return Object.freeze(limit === 0 ? [] : found.slice(-limit));
	}

	/** Nothing more comes from it, until it starts again. Who waits for it alone stops waiting. */
	sourceEnded(source: string): void {
		this.ended.add(source);
		for (const waiting of this.waiting) {
			if (this.haveEnded(waiting.filter)) waiting.settle({ ok: false, reason: "source-ended" });
		}
	}

	/** Sources that start while `work` runs, which is synchronous, were started for this event. */
	causedBy<T>(cause: number, work: () => T): T {
		const before = this.causeOfStarts;
		this.causeOfStarts = cause;
		try {
			return work();
		} finally {
			this.causeOfStarts = before;
		}
	}

	/** The `seq` of the event that a source was started for. */
	causeOf(source: string): number | undefined {
		return this.causes.get(source);
	}

	/** @param cause the `seq` of the event it was started for: what it emits counts as led to by that */
	sourceStarted(source: string, cause: number | undefined = this.causeOfStarts): void {
		this.ended.delete(source);
		if (cause === undefined) this.causes.delete(source);
		else this.causes.set(source, cause);
	}

	/** Ends every loop over its events and every wait. */
	close(): void {
		for (const subscriber of [...this.subscribers]) subscriber.close();
		for (const waiting of this.waiting) waiting.settle({ ok: false, reason: "source-ended" });
	}

	private deliver(event: RouterEvent): Omit<EmitOutcome, "seq"> {
		let delivered = 0;
		let dropped = 0;
		for (const waiting of this.waiting) {
			if (!waiting.filter.matches(event)) continue;
			waiting.settle({ ok: true, event });
			delivered++;
		}
		for (const subscriber of this.subscribers) {
			const taken = subscriber.take(event);
			if (taken === "unmatched") continue;
			if (taken !== "refused") delivered++;
			if (taken !== "taken") dropped++;
		}
		return { delivered, dropped };
	}

	private firstOf(filter: Filter, timeoutMs: number | undefined, signal?: AbortSignal): Promise<WaitForOutcome> {
		let settle: Waiting["settle"] = () => {};
		const promise = new Promise<WaitForOutcome>((resolve) => {
			settle = resolve;
		});
		const waiting: Waiting = { filter, settle };
		this.waiting.add(waiting);
		const isTimed = timeoutMs !== undefined && timeoutMs <= LONGEST_TIMER_MS;
		const timer = isTimed ? setTimeout(() => settle({ ok: false, reason: "timeout" }), timeoutMs) : undefined;
		const outcome = signal
			? untilAborted(promise, signal).catch((): WaitForOutcome => ({ ok: false, reason: "aborted" }))
			: promise;
		return outcome.finally(() => {
			clearTimeout(timer);
			this.waiting.delete(waiting);
		});
	}

	private remember(entry: Remembered): void {
		this.remembered.push(entry);
		this.size += entry.size;
		while (this.remembered.length > REMEMBERED || this.size > REMEMBERED_CHARACTERS) {
			this.size -= this.remembered.shift()?.size ?? this.size;
		}
	}

	private since(seq: number): RouterEvent[] {
		return this.remembered.filter(({ event }) => event.seq > seq).map(({ event }) => event);
	}

	private hasForgotten(seq: number): boolean {
		const oldest = this.remembered[0]?.event.seq ?? this.lastSeq + 1;
		return seq + 1 < oldest;
	}

	private depthOf(cause: number | RouterEvent): number {
		const known = this.remembered.find(({ event }) => event.seq === causeSeq(cause))?.event;
		return known?.depth ?? (typeof cause === "number" ? 0 : cause.depth);
	}

	private matching(name: string, source: string): number {
		return [...this.subscribers].filter(({ filter }) => filter.matches({ name, source })).length;
	}

	private haveEnded({ sources }: Filter): boolean {
		return sources !== undefined && sources.length > 0 && sources.every((source) => this.ended.has(source));
	}
}

interface EventData {
	readonly value: unknown;
	readonly size: number;
}

interface Waiting {
	readonly filter: Filter;
	readonly settle: (outcome: WaitForOutcome) => void;
}

interface Filter {
	readonly sources: readonly string[] | undefined;
	readonly since: number | undefined;
	readonly matches: (event: Pick<RouterEvent, "name" | "source">) => boolean;
}

type Overflow = NonNullable<SubscribeOptions["overflow"]>;

interface SubscriberOptions {
	readonly buffer: number;
	readonly overflow: Overflow;
	readonly closed: (subscriber: Subscriber) => void;
}

class Subscriber implements Subscription, AsyncIterator<RouterEvent> {
	isGapAtStart = false;
	private readonly buffered: RouterEvent[] = [];
	private readonly reading: ((result: IteratorResult<RouterEvent>) => void)[] = [];
	private isClosed = false;
	private matched = 0;
	private read = 0;
	private dropped = 0;

	constructor(
		readonly filter: Filter,
		private readonly options: SubscriberOptions,
	) {}

	/** `replaced`: it has the event and lost another. */
	take(event: RouterEvent): "unmatched" | "taken" | "replaced" | "refused" {
		if (this.isClosed || !this.filter.matches(event)) return "unmatched";
		this.matched++;
		const reader = this.reading.shift();
		if (reader) {
			this.read++;
			reader({ done: false, value: event });
			return "taken";
		}
		return this.keep(event);
	}

	close(): void {
		if (this.isClosed) return;
		this.isClosed = true;
		for (const reader of this.reading.splice(0)) reader({ done: true, value: undefined });
		this.options.closed(this);
	}

	stats(): SubscriptionStats {
		const { matched, read, dropped, isGapAtStart } = this;
		return Object.freeze({ matched, read, buffered: this.buffered.length, dropped, isGapAtStart });
	}

	[Symbol.asyncIterator](): AsyncIterator<RouterEvent> {
		return this;
	}

	async next(): Promise<IteratorResult<RouterEvent>> {
		const event = this.buffered.shift();
		if (event) {
			this.read++;
			return { done: false, value: event };
		}
		if (this.isClosed) return { done: true, value: undefined };
		return new Promise((resolve) => this.reading.push(resolve));
	}

	async return(): Promise<IteratorResult<RouterEvent>> {
		this.buffered.length = 0;
		this.close();
		return { done: true, value: undefined };
	}

	private keep(event: RouterEvent): "taken" | "replaced" | "refused" {
		const { overflow } = this.options;
		const room = overflow === "latest" ? 1 : this.options.buffer;
		if (this.buffered.length < room) {
			this.buffered.push(event);
			return "taken";
		}
		this.dropped++;
		if (overflow === "drop-newest") return "refused";
		this.buffered.shift();
		this.buffered.push(event);
		return "replaced";
	}
}

function readFilter(options: EventFilter): Filter {
	checkObject("options", options);
	const { names, sources, since } = options;
	const patterns = typeof names === "string" ? [names] : names;
	if (!isTexts(patterns)) throw badArgument("options.names", names, "a name or a list of names and patterns");
	const odd = patterns.find((pattern) => /\*/.test(pattern.replace(/^\*$|:\*$/, "")));
	if (odd !== undefined) throw badArgument("options.names", odd, "an exact name, `prefix:*` or `*`");
	if (sources !== undefined && !isTexts(sources)) throw badArgument("options.sources", sources, "a list of sources");
	if (since !== undefined && !isCount(since)) throw badArgument("options.since", since, "an integer >= 0");
	const exact = new Set(patterns);
	const prefixes = patterns.filter((pattern) => pattern.endsWith("*")).map((pattern) => pattern.slice(0, -1));
	const from = sources && new Set(sources);
	return {
		sources: sources && [...sources],
		since,
		matches: ({ name, source }) =>
			(from?.has(source) ?? true) && (exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix))),
	};
}

function readBuffer({ buffer = 100, overflow = "drop-oldest" }: SubscribeOptions) {
	if (!isCount(buffer) || buffer < 1 || buffer > LONGEST_BUFFER)
		throw badArgument("options.buffer", buffer, `an integer from 1 to ${LONGEST_BUFFER}`);
	if (!["drop-oldest", "drop-newest", "latest"].includes(overflow))
		throw badArgument(
			"options.overflow",
			overflow,
			"drop-oldest, drop-newest or latest (nothing can block an emitter)",
		);
	return { buffer, overflow };
}

function readLimits({ timeoutMs, signal }: WaitForOptions) {
	if (timeoutMs !== undefined && !(typeof timeoutMs === "number" && timeoutMs >= 0))
		throw badArgument("options.timeoutMs", timeoutMs, "a number >= 0");
	if (signal !== undefined && !(signal instanceof AbortSignal))
		throw badArgument("options.signal", signal, "an AbortSignal");
	return { timeoutMs, signal };
}

function checkEmit(name: string, options: EmitOptions): void {
	if (typeof name !== "string" || name === "" || name.length > LONGEST_NAME || name.includes("*"))
		throw badArgument("name", name, `a text of 1 to ${LONGEST_NAME} characters without *`);
	checkObject("options", options);
	const { source = DEFAULT_SOURCE, cause } = options;
	if (typeof source !== "string" || source === "") throw badArgument("options.source", source, "a text");
	if (cause !== undefined && !isCause(cause)) throw badArgument("options.cause", cause, "an event or its seq");
}

function isCause(cause: unknown): cause is number | RouterEvent {
	if (typeof cause === "number") return isCount(cause);
	return isObject(cause) && isCount(cause.seq) && isCount(cause.depth);
}

function causeSeq(cause: number | RouterEvent): number {
	return typeof cause === "number" ? cause : cause.seq;
}

/** A frozen copy, so that neither the emitter nor a subscriber can change what others read. */
function copyOf(data: unknown): EventData {
	let text: string | undefined;
	try {
		text = JSON.stringify(data);
	} catch (error) {
		throw subagentsError("bad-argument", `\`data\` cannot be written as JSON: ${reasonOf(error)}`);
	}
	if (text === undefined) throw badArgument("data", data, "plain JSON");
	if (text.length > LONGEST_DATA)
		throw subagentsError(
			"bad-argument",
			`\`data\` has ${text.length} characters as JSON; expected at most ${LONGEST_DATA}.`,
		);
	return { value: JSON.parse(text, frozen), size: text.length };
}

function frozen(_key: string, value: unknown): unknown {
	return Object.freeze(value);
}

function badArgument(name: string, value: unknown, expected: string) {
	const shown = typeof value === "string" ? shownValue(value) : inspected(value);
	return subagentsError("bad-argument", `\`${name}\` is ${shown}; expected ${expected}.`);
}

function checkObject(name: string, value: unknown): void {
	if (!isObject(value)) throw badArgument(name, value, "an object");
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null;
}

function isTexts(value: unknown): value is readonly string[] {
	return Array.isArray(value) && value.every((item) => typeof item === "string" && item !== "");
}

function isCount(value: unknown): value is number {
	return Number.isInteger(value) && (value as number) >= 0;
}
