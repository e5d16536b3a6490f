import { describe, expect, it } from "vitest";
import { DEEPEST_CAUSE, Router, type RouterEvent, type Subscription } from "../../src/events/router.ts";

function router(): Router {
	return new Router(() => 1_000);
}

/** Reads what waits, without waiting for more. */
async function waitingIn(subscription: Subscription): Promise<RouterEvent[]> {
	subscription.close();
	const events: RouterEvent[] = [];
	for await (const event of subscription) events.push(event);
	return events;
}

const namesOf = (events: readonly RouterEvent[]) => events.map(({ name }) => name);
const seqsOf = (events: readonly RouterEvent[]) => events.map(({ seq }) => seq);

describe("the event router", () => {
	it("numbers events, and passes on a frozen copy of their data", async () => {
		const events = router();
		const subscription = events.subscribe({ names: "*" });
		const data = { list: [1] };
		expect(events.emit("build:done", data, { source: "ci" })).toEqual({ seq: 1, delivered: 1, dropped: 0 });
		data.list.push(2);
		const [event] = await waitingIn(subscription);
		expect(event).toEqual({ seq: 1, name: "build:done", data: { list: [1] }, source: "ci", time: 1_000, depth: 0 });
		expect([Object.isFrozen(event), Object.isFrozen((event?.data as typeof data | undefined)?.list)]).toEqual([
			true,
			true,
		]);
	});

	it("matches exact names, prefixes and everything, and delivers an event once to each subscriber", async () => {
		const events = router();
		const several = events.subscribe({ names: ["a:one", "a:*", "*"] });
		const prefix = events.subscribe({ names: "a:*" });
		const exact = events.subscribe({ names: ["a:one"] });
		const nothing = events.subscribe({ names: [] });
		for (const name of ["a:one", "a:two", "ab", "a"]) events.emit(name);
		expect(namesOf(await waitingIn(several))).toEqual(["a:one", "a:two", "ab", "a"]);
		expect(namesOf(await waitingIn(prefix))).toEqual(["a:one", "a:two"]);
		expect(namesOf(await waitingIn(exact))).toEqual(["a:one"]);
		expect(namesOf(await waitingIn(nothing))).toEqual([]);
	});

	it("takes an empty list of sources as nothing, and filters before it buffers", async () => {
		const events = router();
		const none = events.subscribe({ names: "*", sources: [] });
		const one = events.subscribe({ names: "*", sources: ["b"], buffer: 1 });
		for (const source of ["a", "b", "a", "a"]) events.emit("tick", null, { source });
		expect(await waitingIn(none)).toEqual([]);
		expect([seqsOf(await waitingIn(one)), one.stats().dropped]).toEqual([[2], 0]);
	});

	it("replays the events after `since`, in order, before new ones", async () => {
		const events = router();
		for (const name of ["a", "b", "c"]) events.emit(name);
		const subscription = events.subscribe({ names: "*", since: 1 });
		events.emit("d");
		expect(namesOf(await waitingIn(subscription))).toEqual(["b", "c", "d"]);
		expect(subscription.stats().isGapAtStart).toBe(false);
	});

	it("says when `since` reaches back further than it remembers", () => {
		const events = router();
		for (let count = 0; count < 1_500; count++) events.emit("tick");
		expect(events.subscribe({ names: "*", since: 0, buffer: 5_000 }).stats()).toMatchObject({
			buffered: 1_000,
			isGapAtStart: true,
		});
	});

	it("keeps order and counts losses for a slow subscriber, while others lose nothing", async () => {
		const events = router();
		const slow = events.subscribe({ names: "*", buffer: 10 });
		const patient = events.subscribe({ names: "*", buffer: 10, overflow: "drop-newest" });
		const latest = events.subscribe({ names: "*", overflow: "latest" });
		const roomy = events.subscribe({ names: "*", buffer: 10_000 });
		let lost = 0;
		for (let count = 0; count < 10_000; count++) lost += events.emit("tick").dropped;
		const [oldest, newest] = [9_990, 9_990];
		expect(slow.stats()).toMatchObject({ matched: 10_000, buffered: 10, dropped: oldest });
		expect(patient.stats()).toMatchObject({ dropped: newest });
		expect(lost).toBe(oldest + newest + 9_999);
		expect(seqsOf(await waitingIn(slow))).toEqual(Array.from({ length: 10 }, (_, index) => 9_991 + index));
		expect(seqsOf(await waitingIn(patient))).toEqual(Array.from({ length: 10 }, (_, index) => 1 + index));
		expect(seqsOf(await waitingIn(latest))).toEqual([10_000]);
		expect(seqsOf(await waitingIn(roomy))).toEqual(Array.from({ length: 10_000 }, (_, index) => 1 + index));
	});

	it("hands an event to a reader that waits for it", async () => {
		const events = router();
		const subscription = events.subscribe({ names: "*" });
		const next = subscription[Symbol.asyncIterator]().next();
		events.emit("now");
		expect(await next).toMatchObject({ done: false, value: { name: "now" } });
	});

	it("takes a subscriber off its list when the reader leaves its loop", async () => {
		const events = router();
		const subscription = events.subscribe({ names: "*" });
		events.emit("first");
		for await (const event of subscription) if (event.name === "first") break;
		expect(events.emit("second")).toMatchObject({ delivered: 0 });
	});

	it("ends every loop and wait when it is closed", async () => {
		const events = router();
		const subscription = events.subscribe({ names: "*" });
		const reading = waitingForAll(subscription);
		const waiting = events.waitFor({ names: "*" });
		events.close();
		expect([await reading, await waiting]).toEqual([[], { ok: false, reason: "source-ended" }]);
	});

	it("counts causes and refuses an event at the end of a long chain", () => {
		const events = router();
		const subscription = events.subscribe({ names: "*", buffer: 50 });
		let { seq } = events.emit("loop");
		for (let depth = 1; depth <= DEEPEST_CAUSE; depth++) seq = events.emit("loop", null, { cause: seq }).seq;
		expect(events.history().at(-1)).toMatchObject({ depth: DEEPEST_CAUSE, cause: seq - 1 });
		expect(events.emit("loop", null, { cause: seq })).toEqual({ seq: 0, delivered: 0, dropped: 1 });
		expect(subscription.stats().matched).toBe(DEEPEST_CAUSE + 1);
	});

	it("lists the newest past events, the oldest of them first", () => {
		const events = router();
		for (const name of ["a:1", "b:1", "a:2", "a:3"]) events.emit(name);
		expect(namesOf(events.history({ names: "a:*", limit: 2 }))).toEqual(["a:2", "a:3"]);
		expect(namesOf(events.history({ since: 3 }))).toEqual(["a:3"]);
		expect(events.history({ limit: 0 })).toEqual([]);
	});
});

async function waitingForAll(subscription: Subscription): Promise<RouterEvent[]> {
	const events: RouterEvent[] = [];
	for await (const event of subscription) events.push(event);
	return events;
}

describe("waiting for an event", () => {
	it("finds one that was emitted before, with `since`", async () => {
		const events = router();
		events.emit("ready", 1);
		expect(await events.waitFor({ names: "ready", since: 0 })).toMatchObject({ ok: true, event: { seq: 1, data: 1 } });
	});

	it("is registered when the call returns", async () => {
		const events = router();
		const waiting = events.waitFor({ names: ["ready"], sources: ["child"] });
		events.emit("ready", null, { source: "somebody else" });
		events.emit("ready", null, { source: "child" });
		expect(await waiting).toMatchObject({ ok: true, event: { seq: 2 } });
	});

	it("ends at its time limit", async () => {
		expect(await router().waitFor({ names: "never", timeoutMs: 1 })).toEqual({ ok: false, reason: "timeout" });
	});

	it("ends when its signal fires, also before it began", async () => {
		const abort = new AbortController();
		const waiting = router().waitFor({ names: "never", signal: abort.signal });
		abort.abort();
		const late = router().waitFor({ names: "never", signal: abort.signal });
		expect(await Promise.all([waiting, late])).toEqual(Array(2).fill({ ok: false, reason: "aborted" }));
	});

	it("ends when all its sources have ended, and not before", async () => {
		const events = router();
		const waiting = events.waitFor({ names: "never", sources: ["a", "b"] });
		events.sourceEnded("a");
		expect(events.emit("still:here", null, { source: "b" }).delivered).toBe(0);
		events.sourceEnded("b");
		expect(await waiting).toEqual({ ok: false, reason: "source-ended" });
		expect(await events.waitFor({ names: "never", sources: ["a"] })).toEqual({ ok: false, reason: "source-ended" });
	});

	it("waits again for a source that has started again", async () => {
		const events = router();
		events.sourceEnded("a");
		events.sourceStarted("a");
		const waiting = events.waitFor({ names: "ready", sources: ["a"] });
		events.emit("ready", null, { source: "a" });
		expect(await waiting).toMatchObject({ ok: true });
	});
});

describe("a router that is used wrongly", () => {
	it.each<[string, (events: Router) => unknown, RegExp]>([
		["an empty name", (events) => events.emit(""), /`name` is "".*expected a text of 1 to 200 characters/],
		["a pattern as a name", (events) => events.emit("a:*"), /without \*/],
		["data that is no JSON", (events) => events.emit("a", () => 1), /`data` is .*expected plain JSON/],
		["data that holds itself", (events) => events.emit("a", circle()), /cannot be written as JSON/],
		[
			"too much data",
			(events) => events.emit("a", "x".repeat(100_000)),
			/100002 characters as JSON; expected at most 100000/,
		],
		["a source that is a number", (events) => events.emit("a", 1, { source: 5 as never }), /`options.source` is 5/],
		["a cause that is a text", (events) => events.emit("a", 1, { cause: "5" as never }), /`options.cause`/],
		["no options", (events) => events.subscribe(undefined as never), /`options` is undefined; expected an object/],
		["no names", (events) => events.subscribe({} as never), /`options.names` is undefined/],
		["a star within a name", (events) => events.subscribe({ names: "a*b" }), /exact name, `prefix:\*` or `\*`/],
		[
			"sources that are a text",
			(events) => events.subscribe({ names: "*", sources: "a" as never }),
			/`options.sources`/,
		],
		["a buffer of nothing", (events) => events.subscribe({ names: "*", buffer: 0 }), /an integer from 1 to 100000/],
		[
			"a policy that blocks",
			(events) => events.subscribe({ names: "*", overflow: "block" as never }),
			/nothing can block/,
		],
		["a negative `since`", (events) => events.history({ since: -1 }), /`options.since` is -1/],
	])("refuses %s", (_what, use, message) => {
		expect(() => use(router())).toThrow(message);
	});

	it("rejects a wait with a limit that is no number", async () => {
		await expect(router().waitFor({ names: "*", timeoutMs: Number.NaN })).rejects.toMatchObject({
			code: "bad-argument",
		});
	});
});

function circle(): object {
	const value: Record<string, unknown> = {};
	value.self = value;
	return value;
}
