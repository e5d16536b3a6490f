import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ProgressUpdates } from "../../src/tools/subagent-tool.ts";

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

/** Updates that begin at 0 on the fake clock, and the times at which they were passed on. */
function updates() {
	const sentAt: number[] = [];
	const made = new ProgressUpdates(
		() => Date.now(),
		() => sentAt.push(Date.now()),
	);
	return { made, sentAt };
}

/** The same, half a second after they began. */
function oldUpdates() {
	const { made, sentAt } = updates();
	vi.advanceTimersByTime(500);
	return { made, sentAt };
}

describe("progress updates", () => {
	it("pass nothing on of a run that is over before anybody could read it", () => {
		const { made, sentAt } = updates();
		made.changed();
		vi.advanceTimersByTime(9);
		made.end();
		vi.advanceTimersByTime(1000);
		expect([sentAt, vi.getTimerCount()]).toEqual([[], 0]);
	});

	it("pass the first one on a hundredth of a second after they began", () => {
		const { made, sentAt } = updates();
		made.changed();
		vi.advanceTimersByTime(1000);
		expect(sentAt).toEqual([10]);
	});

	it("pass one on at once when there was none for a while", () => {
		const { made, sentAt } = oldUpdates();
		made.changed();
		vi.advanceTimersByTime(100);
		made.changed();
		expect(sentAt).toEqual([500, 600]);
	});

	it("pass one on each second when nothing changes", () => {
		const { sentAt } = updates();
		vi.advanceTimersByTime(3500);
		expect([sentAt, vi.getTimerCount()]).toEqual([[1000, 2000, 3000], 1]);
	});

	it("continue each second from the last one that was passed on", () => {
		const { made, sentAt } = updates();
		vi.advanceTimersByTime(700);
		made.changed();
		vi.advanceTimersByTime(50);
		made.changed();
		vi.advanceTimersByTime(2100);
		expect([sentAt, vi.getTimerCount()]).toEqual([[700, 800, 1800, 2800], 1]);
	});

	it("wait after one that was due to the clock as after any other", () => {
		const { made, sentAt } = updates();
		vi.advanceTimersByTime(1000);
		made.changed();
		vi.advanceTimersByTime(500);
		expect(sentAt).toEqual([1000, 1100]);
	});

	it("pass at most one on in each tenth of a second", () => {
		const { made, sentAt } = oldUpdates();
		for (let elapsed = 0; elapsed < 300; elapsed += 7) {
			made.changed();
			vi.advanceTimersByTime(7);
		}
		vi.advanceTimersByTime(500);
		expect(sentAt).toEqual([500, 600, 700, 800]);
	});

	it("pass the last one on for certain, a tenth of a second after the one before", () => {
		const { made, sentAt } = oldUpdates();
		made.changed();
		vi.advanceTimersByTime(30);
		made.changed();
		vi.advanceTimersByTime(69);
		expect(sentAt).toEqual([500]);
		vi.advanceTimersByTime(1);
		expect(sentAt).toEqual([500, 600]);
	});

	it("do not wait for a clock that went backwards to catch up", () => {
		const { made, sentAt } = oldUpdates();
		made.changed();
		vi.setSystemTime(0);
		made.changed();
		vi.advanceTimersByTime(1000);
		expect(sentAt).toEqual([500, 100]);
	});

	it("pass nothing on after the end, not even what was waiting", () => {
		const { made, sentAt } = oldUpdates();
		made.changed();
		made.changed();
		made.end();
		made.changed();
		vi.advanceTimersByTime(3000);
		expect([sentAt, vi.getTimerCount()]).toEqual([[500], 0]);
	});

	it("may be ended by what they pass on", () => {
		let sent = 0;
		const made = new ProgressUpdates(
			() => Date.now(),
			() => {
				sent++;
				made.end();
			},
		);
		vi.advanceTimersByTime(3000);
		expect([sent, vi.getTimerCount()]).toEqual([1, 0]);
	});

	it("may end before they begin, and end twice", () => {
		const { made, sentAt } = updates();
		made.end();
		made.end();
		made.changed();
		vi.advanceTimersByTime(3000);
		expect([sentAt, vi.getTimerCount()]).toEqual([[], 0]);
	});
});
