import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ParentActivity } from "../../src/delivery/parent-activity.ts";

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

const DAY = 24 * 60 * 60_000;

/** A parent on the fake clock, and the times at which it became idle. */
function parent() {
	const restedAt: number[] = [];
	const host = { isIdle: true };
	const activity = new ParentActivity(
		() => Date.now(),
		() => void restedAt.push(Date.now()),
		() => host.isIdle,
	);
	return { activity, restedAt, host };
}

describe("a parent", () => {
	it("is at rest at first, and not interrupted", () => {
		const { activity, restedAt } = parent();
		vi.advanceTimersByTime(DAY);
		expect([activity.isAtRest(), activity.interrupted, restedAt]).toEqual([true, false, []]);
	});

	it("is busy from the beginning of a run on, for as long as it takes", () => {
		const { activity, restedAt } = parent();
		activity.began();
		activity.began();
		vi.advanceTimersByTime(DAY);
		expect([activity.isAtRest(), restedAt, vi.getTimerCount()]).toEqual([false, [], 0]);
	});

	it("becomes idle when its run has ended, and says so once the host is through with that", () => {
		const { activity, restedAt } = parent();
		activity.began();
		vi.advanceTimersByTime(1000);
		activity.ended(false);
		expect([activity.isAtRest(), restedAt]).toEqual([true, []]);
		vi.advanceTimersByTime(DAY);
		expect(restedAt).toEqual([1000]);
	});

	it("is busy while the host is, although no run has begun, and says when that is over", () => {
		const { activity, restedAt, host } = parent();
		host.isIdle = false;
		expect(activity.isAtRest()).toBe(false);
		vi.advanceTimersByTime(100);
		expect([restedAt, activity.isAtRest()]).toEqual([[100], false]); // whoever asks again is notified again
		host.isIdle = true;
		vi.advanceTimersByTime(100);
		expect([restedAt, activity.isAtRest()]).toEqual([[100, 200], true]);
	});

	it("becomes idle when a run that was being prepared was given up", () => {
		const { activity, restedAt } = parent();
		activity.starting();
		expect(activity.isAtRest()).toBe(false);
		vi.advanceTimersByTime(DAY);
		expect([activity.isAtRest(), restedAt]).toEqual([true, [100]]);
	});

	it("is not taken for idle by what is reported while a run continues", () => {
		const { activity, restedAt } = parent();
		activity.began();
		activity.starting();
		vi.advanceTimersByTime(DAY);
		expect([activity.isAtRest(), restedAt]).toEqual([false, []]);
	});

	it("does not become idle when the next run begins at once", () => {
		const { activity, restedAt } = parent();
		activity.ended(false);
		activity.began();
		vi.advanceTimersByTime(DAY);
		expect([activity.isAtRest(), restedAt]).toEqual([false, []]);
	});
});

describe("after a failure", () => {
	it("the parent is busy for as long as the host may wait to try again", () => {
		const { activity, restedAt } = parent();
		activity.began();
		activity.ended(true);
		vi.advanceTimersByTime(2499);
		const before = activity.isAtRest();
		vi.advanceTimersByTime(1);
		expect([before, activity.isAtRest(), restedAt]).toEqual([false, true, [2500]]);
	});

	it("each further one doubles the wait, up to forty seconds", () => {
		const waits: number[] = [];
		const { activity, restedAt } = parent();
		for (let failure = 0; failure < 7; failure++) {
			const failedAt = Date.now();
			activity.began();
			activity.ended(true);
			vi.advanceTimersByTime(100_000);
			waits.push((restedAt.at(-1) ?? 0) - failedAt);
		}
		expect(waits).toEqual([2500, 5000, 10_000, 20_000, 40_000, 40_000, 40_000]);
	});

	it("a success begins the count anew", () => {
		const { activity, restedAt } = parent();
		for (const failed of [true, true, false, true]) activity.ended(failed);
		vi.advanceTimersByTime(DAY);
		expect(restedAt).toEqual([2500]);
	});

	it("a further attempt is one more run, and its end alone counts", () => {
		const { activity, restedAt } = parent();
		activity.ended(true);
		vi.advanceTimersByTime(2000);
		activity.began();
		vi.advanceTimersByTime(2000);
		activity.ended(false);
		vi.advanceTimersByTime(DAY);
		expect(restedAt).toEqual([4000]);
	});
});

describe("an interrupt", () => {
	it("is remembered when the run has ended, until the next one begins", () => {
		const { activity } = parent();
		activity.began();
		activity.interrupt();
		activity.ended(false);
		const after = activity.interrupted;
		activity.began();
		expect([after, activity.interrupted]).toEqual([true, false]);
	});

	it("is no failure: the host does not try again", () => {
		const { activity, restedAt } = parent();
		activity.began();
		activity.interrupt();
		activity.ended(true);
		vi.advanceTimersByTime(0);
		expect([activity.isAtRest(), restedAt]).toEqual([true, [0]]);
	});
});

describe("a compaction, or a move to another branch,", () => {
	it("of a parent at rest keeps it busy until it has ended", () => {
		const { activity, restedAt } = parent();
		activity.rewritingBegan();
		vi.advanceTimersByTime(20_000);
		const meanwhile = activity.isAtRest();
		activity.rewritingEnded();
		vi.advanceTimersByTime(DAY);
		// The older host continues by itself a tenth of a second after some compactions.
		expect([meanwhile, restedAt]).toEqual([false, [20_250]]);
	});

	it("after a failure keeps it busy for longer than the failure would", () => {
		const { activity, restedAt } = parent();
		activity.began();
		activity.ended(true);
		activity.rewritingBegan();
		vi.advanceTimersByTime(20_000);
		expect([activity.isAtRest(), restedAt]).toEqual([false, []]);
		activity.rewritingEnded();
		vi.advanceTimersByTime(DAY);
		expect(restedAt).toEqual([20_250]);
	});

	it("that fails tells nothing, and is over after five minutes", () => {
		const { activity, restedAt } = parent();
		activity.rewritingBegan();
		vi.advanceTimersByTime(DAY);
		expect([activity.isAtRest(), restedAt]).toEqual([true, [300_000]]);
	});

	it("within a run does not end it", () => {
		const { activity, restedAt } = parent();
		activity.began();
		activity.rewritingBegan();
		activity.rewritingEnded();
		vi.advanceTimersByTime(DAY);
		expect([activity.isAtRest(), restedAt]).toEqual([false, []]);
	});
});

describe("a parent that ends", () => {
	it("never becomes idle again", () => {
		const { activity, restedAt } = parent();
		activity.ended(true);
		activity.stop();
		vi.advanceTimersByTime(DAY);
		expect([restedAt, vi.getTimerCount()]).toEqual([[], 0]);
	});
});

describe("a prompt", () => {
	it("that was accepted keeps it busy until its run begins, or is dropped", () => {
		const { activity, restedAt } = parent();
		activity.expected();
		vi.advanceTimersByTime(5_000);
		const meanwhile = activity.isAtRest();
		vi.advanceTimersByTime(DAY);
		expect([meanwhile, restedAt]).toEqual([false, [10_000]]);
	});

	it("does not end a run that continues", () => {
		const { activity } = parent();
		activity.began();
		activity.expected();
		vi.advanceTimersByTime(DAY);
		expect(activity.isAtRest()).toBe(false);
	});
});

describe("a reload", () => {
	it("ends whatever it was waiting for", () => {
		const { activity } = parent();
		activity.began();
		activity.ended(true);
		activity.stop();
		activity.reloaded();
		expect(activity.isAtRest()).toBe(true);
	});
});

describe("a parent that is idle", () => {
	it("is at rest at that moment already, for whoever is notified of it", () => {
		const atRest: boolean[] = [];
		let now = 0;
		const activity = new ParentActivity(
			() => now,
			() => atRest.push(activity.isAtRest()),
			() => true,
		);
		activity.began();
		activity.ended(true);
		now = 2499; // timers and clocks are not exactly of one mind
		vi.advanceTimersByTime(2500);
		expect(atRest).toEqual([true]);
	});

	it("is at rest even if the clock is set back after it was let go", () => {
		let now = 1000;
		const activity = new ParentActivity(
			() => now,
			() => undefined,
			() => true,
		);
		activity.began();
		activity.ended(false);
		now = 500;
		expect(activity.isAtRest()).toBe(true);
	});
});
