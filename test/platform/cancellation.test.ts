import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AbortedEarly, untilAborted, within } from "../../src/platform/cancellation.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = () => new Promise<never>(() => {});
const after = <T>(milliseconds: number, value: T) =>
	new Promise<T>((resolve) => setTimeout(() => resolve(value), milliseconds));
const failAfter = (milliseconds: number, message: string) =>
	new Promise<never>((_, reject) => setTimeout(() => reject(new Error(message)), milliseconds));

/** The state of a promise by now. */
function watch(work: Promise<unknown>): { state: unknown } {
	const watched: { state: unknown } = { state: "pending" };
	work.then(
		(value) => {
			watched.state = value;
		},
		(error: Error) => {
			watched.state = error.name === "AbortedEarly" ? "given up" : error.message;
		},
	);
	return watched;
}

describe("waiting for work until an abort", () => {
	it("resolves with what the work yields", async () => {
		const watched = watch(untilAborted(after(100, "done"), new AbortController().signal));
		await vi.advanceTimersByTimeAsync(99);
		expect(watched.state).toBe("pending");
		await vi.advanceTimersByTimeAsync(1);
		expect(watched.state).toBe("done");
	});

	it("fails as the work fails", async () => {
		const watched = watch(untilAborted(failAfter(1, "broken"), new AbortController().signal));
		await vi.advanceTimersByTimeAsync(1);
		expect(watched.state).toBe("broken");
	});

	it("gives up at once when the signal fires", async () => {
		const abort = new AbortController();
		const watched = watch(untilAborted(never(), abort.signal));
		abort.abort();
		await vi.advanceTimersByTimeAsync(0);
		expect(watched.state).toBe("given up");
	});

	it("gives up at once when the signal had fired before", async () => {
		const watched = watch(untilAborted(never(), AbortSignal.abort()));
		await vi.advanceTimersByTimeAsync(0);
		expect(watched.state).toBe("given up");
	});

	it("takes work that was done already even when the signal had fired before", async () => {
		await expect(untilAborted(Promise.resolve("done"), AbortSignal.abort())).resolves.toBe("done");
	});

	it.each([
		["in time", 499, "done"],
		["too late", 501, "given up"],
	])("gives work its grace after the signal: %s", async (_what, needed, state) => {
		const abort = new AbortController();
		const watched = watch(untilAborted(after(1000 + needed, "done"), abort.signal, 500));
		await vi.advanceTimersByTimeAsync(1000);
		abort.abort();
		await vi.advanceTimersByTimeAsync(502);
		expect(watched.state).toBe(state);
	});

	it("counts the grace from now on when the signal had fired before", async () => {
		const watched = watch(untilAborted(never(), AbortSignal.abort(), 500));
		await vi.advanceTimersByTimeAsync(499);
		expect(watched.state).toBe("pending");
		await vi.advanceTimersByTimeAsync(1);
		expect(watched.state).toBe("given up");
	});

	it("throws an error that says what it is, without looking at its class", async () => {
		const error = await untilAborted(never(), AbortSignal.abort()).catch((thrown: unknown) => thrown);
		expect(error).toBeInstanceOf(AbortedEarly);
		expect(error).toMatchObject({
			name: "AbortedEarly",
			message: "The run was stopped before this was done.",
		});
	});

	it("swallows a failure that comes after it gave up, which would end the process", async () => {
		const stray: unknown[] = [];
		const remember = (reason: unknown) => void stray.push(reason);
		process.on("unhandledRejection", remember);
		const watched = watch(untilAborted(failAfter(100, "late"), AbortSignal.abort()));
		await vi.advanceTimersByTimeAsync(200);
		vi.useRealTimers();
		await new Promise((resolve) => setImmediate(resolve));
		process.off("unhandledRejection", remember);
		expect([watched.state, stray]).toEqual(["given up", []]);
	});

	it.each([
		["done", () => after(1, "done")],
		["failed", () => failAfter(1, "broken")],
	])("leaves no timer and no listener behind when the work is %s", async (_what, work) => {
		const abort = new AbortController();
		let listening = 0;
		const signal = new Proxy(abort.signal, {
			get: (target, name) => {
				if (name === "addEventListener") listening++;
				if (name === "removeEventListener") listening--;
				const value: unknown = Reflect.get(target, name, target);
				return typeof value === "function" ? value.bind(target) : value;
			},
		});
		watch(untilAborted(work(), signal, 500));
		expect(listening).toBe(1);
		await vi.advanceTimersByTimeAsync(1);
		expect([listening, vi.getTimerCount()]).toEqual([0, 0]);
	});

	it("leaves no timer behind when the work is done within the grace", async () => {
		const abort = new AbortController();
		watch(untilAborted(after(10, "done"), abort.signal, 500));
		abort.abort();
		await vi.advanceTimersByTimeAsync(10);
		expect(vi.getTimerCount()).toBe(0);
	});
});

describe("waiting for work within a time", () => {
	it("says that the work was done, well or badly", async () => {
		const watched = [watch(within(100, after(99, "done"))), watch(within(100, failAfter(99, "broken")))];
		await vi.advanceTimersByTimeAsync(99);
		expect(watched.map(({ state }) => state)).toEqual([true, true]);
	});

	it("says that the work was not done in time, and no later", async () => {
		const watched = watch(within(100, never()));
		await vi.advanceTimersByTimeAsync(99);
		expect(watched.state).toBe("pending");
		await vi.advanceTimersByTimeAsync(1);
		expect(watched.state).toBe(false);
	});

	it("takes work that was done already when there is no time at all", async () => {
		const watched = [watch(within(0, Promise.resolve())), watch(within(0, Promise.reject(new Error("broken"))))];
		await vi.advanceTimersByTimeAsync(0);
		expect(watched.map(({ state }) => state)).toEqual([true, true]);
	});

	it("leaves no timer behind", async () => {
		watch(within(10_000, after(1, "done")));
		await vi.advanceTimersByTimeAsync(1);
		expect(vi.getTimerCount()).toBe(0);
	});

	it("hurries after one of its signals: only the grace is left then", async () => {
		const [first, second] = [new AbortController(), new AbortController()];
		const hurry = { signals: [first.signal, second.signal], grace: 50 };
		const watched = watch(within(10_000, never(), hurry));
		await vi.advanceTimersByTimeAsync(1000);
		second.abort();
		await vi.advanceTimersByTimeAsync(49);
		expect(watched.state).toBe("pending");
		await vi.advanceTimersByTimeAsync(1);
		expect(watched.state).toBe(false);
		expect(vi.getTimerCount()).toBe(0);
	});

	it("leaves no listener and no timer behind at signals that fire later", async () => {
		const abort = new AbortController();
		watch(within(10_000, after(1, "done"), { signals: [abort.signal], grace: 50 }));
		await vi.advanceTimersByTimeAsync(1);
		abort.abort();
		expect(vi.getTimerCount()).toBe(0);
	});
});
