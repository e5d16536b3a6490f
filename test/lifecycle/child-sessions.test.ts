import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ChildSessions } from "../../src/lifecycle/child-sessions.ts";
import type { SubagentSession } from "../../src/lifecycle/subagent-session.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const MINUTE = 60_000;

/** A session that notes its disposal, and takes a while for it if the test says so. */
function session(lasts = Promise.resolve()) {
	const state = { disposed: 0, dispose: () => lasts.then(() => void state.disposed++) };
	return Object.assign(state as unknown as SubagentSession, state);
}

function disposals(...sessions: SubagentSession[]): number[] {
	return sessions.map((one) => (one as unknown as { disposed: number }).disposed);
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe("the session of a subagent that works", () => {
	it("is found until its end, and cannot be taken", async () => {
		const sessions = new ChildSessions();
		const one = session();
		sessions.begin("a", one);
		expect([sessions.find("a"), sessions.find("b"), sessions.take("a")]).toEqual([one, undefined, undefined]);
		await sessions.dropAll();
		expect(sessions.find("a")).toBe(one);
	});

	it("can be looked at until it is gone", async () => {
		const sessions = new ChildSessions();
		let goes = () => {};
		const one = session(
			new Promise<void>((resolve) => {
				goes = resolve;
			}),
		);
		sessions.begin("a", one);
		const end = sessions.end("a");
		await settle();
		expect(sessions.find("a")).toBe(one);
		goes();
		await end;
		expect(sessions.find("a")).toBeUndefined();
	});

	it("may have ended before", async () => {
		await expect(new ChildSessions().end("a")).resolves.toBeUndefined();
	});
});

describe("the session of a subagent that has ended", () => {
	it("is had by a resume, once, and is the resume's from then on", async () => {
		const sessions = new ChildSessions();
		const one = session();
		sessions.begin("a", one);
		sessions.keep("a", one);
		expect([sessions.find("a"), sessions.take("a"), sessions.take("a"), sessions.find("a")]).toEqual([
			one,
			one,
			undefined,
			undefined,
		]);
		await vi.advanceTimersByTimeAsync(60 * MINUTE);
		await sessions.dropAll();
		expect([disposals(one), vi.getTimerCount()]).toEqual([[0], 0]);
	});

	it("is kept for ten minutes", async () => {
		const sessions = new ChildSessions();
		const one = session();
		sessions.keep("a", one);
		await vi.advanceTimersByTimeAsync(10 * MINUTE - 1);
		expect([disposals(one), sessions.find("a")]).toEqual([[0], one]);
		await vi.advanceTimersByTimeAsync(1);
		expect([disposals(one), sessions.find("a")]).toEqual([[1], undefined]);
	});

	it("is one of eight: the ninth drives out the oldest", async () => {
		const sessions = new ChildSessions();
		const all = Array.from({ length: 9 }, () => session());
		for (const [index, one] of all.slice(0, 8).entries()) sessions.keep(`${index}`, one);
		await settle();
		expect(disposals(...all)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0]);
		sessions.keep("8", all[8] as SubagentSession);
		await settle();
		expect(disposals(...all)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0]);
	});

	it("can be dropped alone, and all together", async () => {
		const sessions = new ChildSessions();
		const [one, two, three] = [session(), session(), session()];
		for (const [id, kept] of Object.entries({ one, two, three })) sessions.keep(id, kept);
		await sessions.drop("one");
		await sessions.drop("nobody");
		expect(disposals(one, two, three)).toEqual([1, 0, 0]);
		await sessions.dropAll();
		expect(disposals(one, two, three)).toEqual([1, 1, 1]);
	});

	it("is waited for when all are dropped while it is being disposed already", async () => {
		const sessions = new ChildSessions();
		let goes = () => {};
		const slow = new Promise<void>((resolve) => {
			goes = resolve;
		});
		sessions.keep("a", session(slow));
		await vi.advanceTimersByTimeAsync(10 * MINUTE);
		let isDone = false;
		const dropped = sessions.dropAll().then(() => {
			isDone = true;
		});
		await settle();
		expect(isDone).toBe(false);
		goes();
		await dropped;
		expect(isDone).toBe(true);
	});
});
