import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ProgressUpdates } from "../../src/tools/progress-updates.ts";

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

/** Updates on the fake clock, and the times at which they were passed on. */
function updates() {
	const sentAt: number[] = [];
	const made = new ProgressUpdates(
		() => Date.now(),
		() => sentAt.push(Date.now()),
	);
	return { made, sentAt };
}

describe("progress updates", () => {
	it("pass the first one on at once", () => {
		const { made, sentAt } = updates();
		made.changed();
		expect(sentAt).toEqual([0]);
	});

	it("pass nothing on when nothing changes", () => {
		const { sentAt } = updates();
		vi.advanceTimersByTime(1000);
		expect([sentAt, vi.getTimerCount()]).toEqual([[], 0]);
	});

	it("pass at most one on in each tenth of a second", () => {
		const { made, sentAt } = updates();
		for (let now = 0; now < 300; now += 7) {
			made.changed();
			vi.advanceTimersByTime(7);
		}
		vi.advanceTimersByTime(1000);
		expect(sentAt).toEqual([0, 100, 200, 300]);
	});

	it("pass the last one on for certain, a tenth of a second after the one before", () => {
		const { made, sentAt } = updates();
		made.changed();
		vi.advanceTimersByTime(30);
		made.changed();
		vi.advanceTimersByTime(69);
		expect(sentAt).toEqual([0]);
		vi.advanceTimersByTime(1);
		expect(sentAt).toEqual([0, 100]);
	});

	it("pass one on at once again after a pause", () => {
		const { made, sentAt } = updates();
		made.changed();
		vi.advanceTimersByTime(100);
		made.changed();
		expect(sentAt).toEqual([0, 100]);
	});

	it("pass nothing on after the end, not even what was waiting", () => {
		const { made, sentAt } = updates();
		made.changed();
		made.changed();
		made.end();
		made.changed();
		vi.advanceTimersByTime(1000);
		expect([sentAt, vi.getTimerCount()]).toEqual([[0], 0]);
	});

	it("may end before they begin, and end twice", () => {
		const { made, sentAt } = updates();
		made.end();
		made.end();
		made.changed();
		expect(sentAt).toEqual([]);
	});
});
