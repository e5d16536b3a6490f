import { describe, expect, it } from "vitest";
import { type AgentDefinition, BUILTIN_TOOLS } from "../../src/domain/agent-definition.ts";
import type { RunOutcome } from "../../src/domain/subagent-state.ts";
import { Subagent } from "../../src/lifecycle/subagent.ts";
import type { RunPlan } from "../../src/session/run-plan.ts";
import { parentSnapshot, SONNET } from "../session/parent-fake.ts";
import { messageEnd, reply, streaming, toolStart } from "./agent-events.ts";

const definition: AgentDefinition = {
	name: "Helper",
	description: "helps",
	tools: BUILTIN_TOOLS,
	promptMode: "append",
	instructions: "",
};

function plan(changes: Partial<RunPlan> = {}): RunPlan {
	return {
		kind: "planned",
		definition,
		description: "a task",
		prompt: "Do it.",
		model: SONNET,
		thinkingLevel: "off",
		tools: BUILTIN_TOOLS,
		limits: { turns: undefined, graceTurns: 5 },
		cwd: "/project",
		parent: parentSnapshot(),
		insteadOfType: undefined,
		remarks: [],
		...changes,
	};
}

/** A subagent on a clock that stands still until it is told the time. */
function subagent(changes: Partial<RunPlan> = {}) {
	const seen = { progress: 0 };
	const clock = { now: 100 };
	const made = new Subagent(
		"id-1",
		plan(changes),
		() => clock.now,
		() => seen.progress++,
	);
	const at = (now: number) => {
		clock.now = now;
		return made;
	};
	return { made, at, seen };
}

const QUEUED = {
	id: "id-1",
	type: "Helper",
	description: "a task",
	status: "queued",
	turns: 0,
	toolUses: 0,
	lifetimeUsage: { input: 0, output: 0, cacheWrite: 0 },
	cacheRead: 0,
	cost: 0,
	compactionCount: 0,
	queuedAt: 100,
	startedAt: 100,
	isBackground: false,
	model: "anthropic/claude-sonnet-4-5",
	parentSessionId: "parent-session",
	delivery: { state: "pending" },
};
const RUNNING = { ...QUEUED, status: "running", startedAt: 200 };

describe("the record of a subagent", () => {
	it("says that it is queued, and has no field that is not known yet", () => {
		expect(subagent().made.record()).toStrictEqual(QUEUED);
	});

	it("says when it started", () => {
		const { at } = subagent();
		at(200).start();
		expect(at(250).record()).toStrictEqual(RUNNING);
	});

	it("names the turn limit where there is one", () => {
		const { made } = subagent({ limits: { turns: 7, graceTurns: 5 } });
		expect(made.record()).toStrictEqual({ ...QUEUED, maxTurns: 7 });
	});

	it("names the transcript once its session exists", () => {
		const { made } = subagent();
		made.sessionCreated("/sessions/parent/tasks/a.jsonl");
		expect(made.record()).toStrictEqual({ ...QUEUED, transcriptFile: "/sessions/parent/tasks/a.jsonl" });
	});

	it("names no transcript where the session has none", () => {
		const { made } = subagent();
		made.sessionCreated(undefined);
		expect(made.record()).toStrictEqual(QUEUED);
	});

	const outcomes: [RunOutcome, object][] = [
		[{ status: "completed", result: "done" }, { result: "done" }],
		[{ status: "completed", result: "" }, {}],
		[{ status: "steered", result: "wrapped up" }, { result: "wrapped up" }],
		[{ status: "aborted", result: "half", limit: "turns" }, { result: "half" }],
		[{ status: "aborted", result: "", limit: "turns" }, {}],
		[
			{ status: "stopped", result: "half", by: "user" },
			{ result: "half", error: "Stopped by the user." },
		],
		[
			{ status: "stopped", result: "", by: "parent" },
			{ error: "Stopped because the turn that asked for it was interrupted." },
		],
		[{ status: "stopped", result: "", by: "shutdown" }, { error: "Stopped because the session it belonged to ended." }],
		[
			{ status: "error", result: "half", code: "model", message: "no credit" },
			{ result: "half", error: "no credit" },
		],
		[{ status: "error", result: "", code: "session", message: "no disk" }, { error: "no disk" }],
	];

	it.each(outcomes)("says how it ended: %j", (outcome, fields) => {
		const { at } = subagent();
		at(200).start();
		at(350).settle(outcome);
		expect(at(999).record()).toStrictEqual({ ...RUNNING, status: outcome.status, completedAt: 350, ...fields });
	});

	it("keeps the first outcome and the time of it", () => {
		const { at } = subagent();
		at(200).start();
		at(300).settle({ status: "stopped", result: "", by: "user" });
		at(400).settle({ status: "error", result: "", code: "model", message: "late" });
		expect(at(500).record()).toStrictEqual({
			...RUNNING,
			status: "stopped",
			completedAt: 300,
			error: "Stopped by the user.",
		});
	});

	it("counts one stopped in the queue as started when it was queued, and it does not start any more", () => {
		const { at } = subagent();
		at(300).settle({ status: "stopped", result: "", by: "user" });
		at(400).start();
		expect(at(500).record()).toStrictEqual({
			...QUEUED,
			status: "stopped",
			completedAt: 300,
			error: "Stopped by the user.",
		});
	});

	it("has the figures of its session", () => {
		const { made } = subagent();
		made.onAgentEvent(toolStart("1", "bash", { command: "ls" }));
		made.onAgentEvent(messageEnd(reply()));
		made.onCompacted();
		expect(made.record()).toStrictEqual({
			...QUEUED,
			turns: 1,
			toolUses: 1,
			lifetimeUsage: { input: 1, output: 20, cacheWrite: 300 },
			cacheRead: 4000,
			cost: 0.5,
			compactionCount: 1,
		});
	});

	it("says that the parent has the result, and when it got it", () => {
		const { at } = subagent();
		at(400).deliveredInForeground();
		expect(at(500).record()).toStrictEqual({
			...QUEUED,
			delivery: { state: "delivered", via: "foreground", at: 400 },
		});
	});

	it("is frozen, and its delivery too", () => {
		const record = subagent().made.record();
		expect([record, record.delivery].map(Object.isFrozen)).toEqual([true, true]);
	});

	it("can be cloned and written as JSON without a loss", () => {
		const { at } = subagent({ limits: { turns: 7, graceTurns: 5 } });
		at(200).start();
		at(200).sessionCreated("/t.jsonl");
		at(300).settle({ status: "error", result: "half", code: "model", message: "no credit" });
		at(300).deliveredInForeground();
		const record = at(400).record();
		expect(structuredClone(record)).toStrictEqual(record);
		expect(JSON.parse(JSON.stringify(record))).toStrictEqual(record);
	});

	it("is a snapshot: what happens later does not touch it", () => {
		const { at } = subagent();
		const before = at(100).record();
		at(200).start();
		at(200).onAgentEvent(messageEnd(reply()));
		at(300).settle({ status: "completed", result: "done" });
		at(300).deliveredInForeground();
		expect(before).toStrictEqual(QUEUED);
	});
});

describe("stopping a subagent", () => {
	it("fires its signal and says who asked, but does not settle it: its session must come to rest first", () => {
		const { at } = subagent();
		at(200).start();
		at(250).stop("user");
		expect(at(250).signal.aborted).toBe(true);
		expect(at(250).stoppedBy).toBe("user");
		expect(at(250).record()).toStrictEqual(RUNNING);
	});

	it("is possible in the queue", () => {
		const { made } = subagent();
		made.stop("shutdown");
		expect([made.signal.aborted, made.stoppedBy, made.record().status]).toEqual([true, "shutdown", "queued"]);
	});

	it("keeps the first who asked", () => {
		const { made } = subagent();
		made.stop("user");
		made.stop("shutdown");
		expect(made.stoppedBy).toBe("user");
	});

	it("does nothing any more once it has settled", () => {
		const { made } = subagent();
		made.settle({ status: "completed", result: "done" });
		made.stop("user");
		expect([made.signal.aborted, made.stoppedBy]).toEqual([false, undefined]);
	});

	it("is not asked for at first", () => {
		const { made } = subagent();
		expect([made.signal.aborted, made.stoppedBy]).toEqual([false, undefined]);
	});
});

describe("the progress of a subagent", () => {
	it("is told when there is something new to look at", () => {
		const { made, seen } = subagent();
		made.onAgentEvent(toolStart("1", "bash", { command: "ls" }));
		expect(made.currentActivity).toBe("bash ls");
		made.onCompacted();
		expect(seen.progress).toBe(2);
	});

	it("is not told for each streamed token", () => {
		const { made, seen } = subagent();
		made.onAgentEvent(streaming("text_delta"));
		expect(seen.progress).toBe(0);
	});
});
