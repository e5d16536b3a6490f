import { describe, expect, it } from "vitest";
import {
	isFailure,
	isLive,
	queue,
	type RunOutcome,
	type SubagentState,
	type SubagentStatus,
	settle,
	start,
	statusOf,
} from "../../src/domain/subagent-state.ts";

const completed: RunOutcome = { status: "completed", result: "done" };
const outcomes: RunOutcome[] = [
	completed,
	{ status: "steered", result: "wrapped up" },
	{ status: "aborted", result: "half", limit: "turns" },
	{ status: "stopped", result: "", by: "user" },
	{ status: "error", result: "", code: "model", message: "no credit" },
	{ status: "interrupted", result: "half" },
];

describe("a subagent's state", () => {
	it("begins queued", () => {
		expect(queue(10)).toEqual({ phase: "queued", queuedAt: 10 });
	});

	it("remembers when it was queued while it runs", () => {
		expect(start(queue(10), 20)).toEqual({ phase: "running", queuedAt: 10, startedAt: 20 });
	});

	it("remembers when it was queued and started once it has settled", () => {
		expect(settle(start(queue(10), 20), completed, 30)).toEqual({
			phase: "settled",
			queuedAt: 10,
			startedAt: 20,
			settledAt: 30,
			outcome: completed,
		});
	});

	it("counts one stopped in the queue as started when it was queued", () => {
		const stopped: RunOutcome = { status: "stopped", result: "", by: "shutdown" };
		expect(settle(queue(10), stopped, 30)).toEqual({
			phase: "settled",
			queuedAt: 10,
			startedAt: 10,
			settledAt: 30,
			outcome: stopped,
		});
	});

	it.each(outcomes)("keeps the first outcome, $status, whatever comes later", (first) => {
		const settled = settle(start(queue(10), 20), first, 30);
		for (const later of outcomes) expect(settle(settled, later, 40)).toBe(settled);
	});

	it("does not come alive after it was stopped in the queue", () => {
		const stopped = settle(queue(10), { status: "stopped", result: "", by: "user" }, 15);
		expect(start(stopped, 20)).toBe(stopped);
	});

	it("keeps its first start when it is started twice", () => {
		const running = start(queue(10), 20);
		expect(start(running, 25)).toBe(running);
	});

	it("changes by making a new state and leaves the old one as it was", () => {
		const queued = Object.freeze(queue(10));
		const running = Object.freeze(start(queued, 20));
		settle(running, completed, 30);
		expect([queued, running]).toEqual([
			{ phase: "queued", queuedAt: 10 },
			{ phase: "running", queuedAt: 10, startedAt: 20 },
		]);
	});
});

describe("the status", () => {
	const settledAs = (outcome: RunOutcome): SubagentState => settle(queue(1), outcome, 2);

	it("is the phase until the run settles", () => {
		expect([queue(1), start(queue(1), 2)].map(statusOf)).toEqual(["queued", "running"]);
	});

	it("is the outcome's word from then on", () => {
		expect(outcomes.map(settledAs).map(statusOf)).toEqual(outcomes.map((one) => one.status));
	});

	it("is queued for one that waits to be started by somebody", () => {
		expect(statusOf({ phase: "suspended", queuedAt: 1 })).toBe("queued");
	});

	const statuses: SubagentStatus[] = ["queued", "running", ...outcomes.map(({ status }) => status)];

	it("counts as a failure for stopped, error and interrupted only", () => {
		expect(statuses.filter(isFailure)).toEqual(["stopped", "error", "interrupted"]);
	});

	it("counts as live until it settles", () => {
		expect(statuses.filter(isLive)).toEqual(["queued", "running"]);
	});
});
