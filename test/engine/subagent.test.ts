import { describe, expect, it } from "vitest";
import type { RunOutcome } from "../../src/domain/subagent-state.ts";
import { newSubagent, Subagent } from "../../src/engine/subagent.ts";
import type { ChildSession } from "../../src/host/child-session.ts";
import type { ChildPlan } from "../../src/planning/run-plan.ts";
import { model } from "../planning/parent-fake.ts";
import { samplePlan } from "../planning/sample-plan.ts";
import { messageEnd, reply, streaming, toolStart } from "./agent-events.ts";

const DONE: RunOutcome = { status: "completed", result: "done" };
const BACKGROUND = { isBackground: true, admission: "queued", report: "notification" } as const;

/** A subagent on a clock that stands still until it is set. */
function subagent(changes: Partial<ChildPlan> = {}) {
	const seen = { progress: 0, stored: [] as unknown[], compactions: [] as unknown[] };
	const clock = { now: 100 };
	const made = new Subagent(newSubagent("id-1", samplePlan(changes), clock.now), () => clock.now, {
		onProgress: () => void seen.progress++,
		onCompacted: (_subagent, compaction) => void seen.compactions.push(compaction),
		onDurableChange: (_subagent, run) => void seen.stored.push([run.attempt, run.record().delivery.state]),
	});
	const at = (now: number) => {
		clock.now = now;
		return made;
	};
	return { made, at, seen };
}

/** A session that takes messages, or says that it reads none any more. */
function sessionThatSteers(accepts: boolean): { session: ChildSession; heard: string[] } {
	const heard: string[] = [];
	const steer = async (message: string) => {
		if (accepts) heard.push(message);
		return accepts;
	};
	return { session: { steer } as unknown as ChildSession, heard };
}

const NO_RUN = { turns: 0, toolUses: 0, tokens: 0, cost: 0, durationMs: 0 };
const lasted = (durationMs: number) => ({ run: { ...NO_RUN, durationMs } });

const QUEUED = {
	id: "id-1",
	runId: "id-1.1",
	attempt: 1,
	rootSessionId: "parent-session",
	depth: 0,
	limits: {},
	run: NO_RUN,
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
	transcriptFile: "/sessions/parent/tasks/1970-01-01T00-00-00-100Z_id-1.jsonl",
	parentSessionId: "parent-session",
	delivery: { state: "pending" },
};
const RUNNING = { ...QUEUED, status: "running", startedAt: 200 };

describe("the identity of a subagent", () => {
	it("is what its first plan says, and never changes", () => {
		const { made } = subagent({ toolCallId: "call-1", thinkingLevel: "high" });
		made.settle(DONE);
		made.requeue(samplePlan({ description: "another", toolCallId: "call-2", model: model("x/y") }));
		expect(made.identity).toEqual({
			id: "id-1",
			type: "Helper",
			description: "a task",
			model: "anthropic/claude-sonnet-4-5",
			contextWindow: 100_000,
			thinkingLevel: "high",
			parentSessionId: "parent-session",
			lineage: { rootSessionId: "parent-session", depth: 0 },
			transcriptFile: QUEUED.transcriptFile,
		});
	});
});

describe("the record of a subagent", () => {
	it("says that it is queued, and has no field that is not known yet", () => {
		expect(subagent().made.record()).toStrictEqual(QUEUED);
	});

	it("says when it started", () => {
		const { at } = subagent();
		at(200).start();
		expect(at(250).record()).toStrictEqual({ ...RUNNING, ...lasted(50) });
	});

	it("names the turn limit where there is one", () => {
		const { made } = subagent({ limits: { turns: 7 } });
		expect(made.record()).toStrictEqual({ ...QUEUED, maxTurns: 7, limits: { turns: 7 } });
	});

	it("says that it runs in the background", () => {
		expect(subagent(BACKGROUND).made.record()).toStrictEqual({
			...QUEUED,
			isBackground: true,
			waiting: { for: "slot" },
		});
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
		expect(at(999).record()).toStrictEqual({
			...RUNNING,
			...lasted(150),
			status: outcome.status,
			completedAt: 350,
			delivery: { state: "delivered", via: "foreground", at: 350 },
			...fields,
		});
	});

	it("keeps the first outcome and the time of it", () => {
		const { at } = subagent(BACKGROUND);
		at(200).start();
		at(300).settle(DONE);
		at(400).settle({ status: "error", result: "", code: "model", message: "late" });
		expect(at(500).record()).toStrictEqual({
			...RUNNING,
			...lasted(100),
			isBackground: true,
			status: "completed",
			completedAt: 300,
			result: "done",
		});
	});

	it("counts one stopped in the queue as started when it was queued, and it does not start any more", () => {
		const { at } = subagent(BACKGROUND);
		at(300).settle({ status: "stopped", result: "", by: "parent" });
		at(400).start();
		expect(at(500).record()).toStrictEqual({
			...QUEUED,
			...lasted(200),
			isBackground: true,
			status: "stopped",
			completedAt: 300,
			error: "Stopped because the turn that asked for it was interrupted.",
		});
	});

	it("has the figures of its session", () => {
		const { made } = subagent();
		made.onAgentEvent(toolStart("1", "bash", { command: "ls" }));
		made.onAgentEvent(messageEnd(reply()));
		made.onCompacted({ reason: "threshold", tokensBefore: 9 });
		expect(made.record()).toStrictEqual({
			...QUEUED,
			turns: 1,
			toolUses: 1,
			lifetimeUsage: { input: 1, output: 20, cacheWrite: 300 },
			cacheRead: 4000,
			cost: 0.5,
			compactionCount: 1,
			run: { turns: 1, toolUses: 1, tokens: 321, cost: 0.5, durationMs: 0 },
		});
	});

	it("is frozen, and all that is in it too", () => {
		const record = subagent().made.record();
		expect([record, record.delivery, record.lifetimeUsage].map(Object.isFrozen)).toEqual([true, true, true]);
	});

	it("can be cloned and written as JSON without a loss", () => {
		const { at } = subagent({ limits: { turns: 7 } });
		at(200).start();
		at(300).settle({ status: "error", result: "half", code: "model", message: "no credit" });
		const record = at(400).record();
		expect(structuredClone(record)).toStrictEqual(record);
		expect(JSON.parse(JSON.stringify(record))).toStrictEqual(record);
	});

	it("is a snapshot: what happens later does not touch it", () => {
		const { at } = subagent();
		const before = at(100).record();
		at(200).start();
		at(200).onAgentEvent(messageEnd(reply()));
		at(300).settle(DONE);
		expect(before).toStrictEqual(QUEUED);
	});
});

describe("the delivery of a result", () => {
	/** A background subagent that has settled at 300. */
	function settled(outcome: RunOutcome = DONE) {
		const made = subagent(BACKGROUND);
		made.at(300).settle(outcome);
		return made;
	}

	it("is done with the return of a foreground run", () => {
		const { made, at } = subagent();
		at(300).settle(DONE);
		expect([made.record().delivery, made.awaitsDelivery, made.isOpen]).toEqual([
			{ state: "delivered", via: "foreground", at: 300 },
			false,
			false,
		]);
	});

	it("is awaited from the settling of a background run on", () => {
		const { made } = subagent(BACKGROUND);
		const before = [made.awaitsDelivery, made.isOpen];
		made.start();
		made.settle(DONE);
		expect([before, [made.awaitsDelivery, made.isOpen]]).toEqual([
			[false, true],
			[true, true],
		]);
	});

	it.each(["notification", "tool"] as const)(
		"is not awaited once the result came by %s, and never comes twice",
		(via) => {
			const { made, at } = settled();
			at(400).deliveredVia(via);
			at(500).deliveredVia("notification");
			expect([made.record().delivery, made.awaitsDelivery, made.isOpen]).toEqual([
				{ state: "delivered", via, at: 400 },
				false,
				false,
			]);
		},
	);

	it("is withheld when the user stopped the run himself, and the model may still know of it", () => {
		const { made } = settled({ status: "stopped", result: "", by: "user" });
		expect([made.record().delivery, made.awaitsDelivery, made.isOpen]).toEqual([{ state: "withheld" }, false, true]);
	});

	it("is nobody's concern but the caller's where the run does not report to the parent", () => {
		for (const isBackground of [true, false]) {
			const { made } = subagent({ isBackground, report: "none" });
			made.settle(DONE);
			expect([made.record().delivery, made.awaitsDelivery, made.isOpen]).toEqual([{ state: "withheld" }, false, false]);
		}
	});

	it("is awaited also of a foreground run, where nobody of the parent waited for it", () => {
		const { made } = subagent({ isBackground: false, report: "notification" });
		made.settle(DONE);
		expect([made.awaitsDelivery, made.isOpen]).toEqual([true, true]);
	});

	it("stays due when the subagent runs again before the parent has it, and is delivered once", () => {
		const { made, seen } = settled();
		const before = made.record();
		made.requeue(samplePlan({ report: "none" }));
		const due = made.dueResults();
		expect(due.map(({ run }) => [run.attempt, run.record()])).toEqual([[1, before]]);
		for (const result of due) result.notified();
		expect([made.dueResults(), seen.stored]).toEqual([[], [[1, "delivered"]]]);
	});

	it("keeps the figures of its own run when the subagent runs again", () => {
		const { made } = settled();
		made.requeue(samplePlan(BACKGROUND));
		made.start();
		made.onAgentEvent(messageEnd(reply()));
		expect([made.dueResults()[0]?.run.record().turns, made.record().turns]).toEqual([0, 1]);
	});

	it("is not lost when the subagent runs again while a tool call waits for it, and the call is interrupted", () => {
		const { made } = subagent(BACKGROUND);
		const release = made.claimDelivery();
		made.settle(DONE);
		made.requeue(samplePlan(BACKGROUND));
		const whileClaimed = made.dueResults();
		release();
		expect([whileClaimed, made.dueResults().map(({ run }) => run.attempt)]).toEqual([[], [1]]);
	});

	it("is not due when the parent had it before the subagent ran again", () => {
		const { made } = settled();
		made.deliveredVia("tool");
		made.requeue(samplePlan());
		expect(made.dueResults()).toEqual([]);
	});

	it.each(["parent", "shutdown"] as const)("is awaited when the run was stopped by the %s", (by) => {
		const { made } = settled({ status: "stopped", result: "", by });
		expect(made.awaitsDelivery).toBe(true);
	});

	it("is not awaited while a tool waits for the result", () => {
		const { made } = subagent(BACKGROUND);
		made.claimDelivery();
		made.settle(DONE);
		expect([made.record().delivery, made.awaitsDelivery, made.isOpen]).toEqual([{ state: "claimed" }, false, true]);
	});

	it("is awaited again when the last of the tools that wait has given up, however often one does", () => {
		const { made } = settled();
		const [first, second] = [made.claimDelivery(), made.claimDelivery()];
		first();
		first();
		const still = made.awaitsDelivery;
		second();
		expect([still, made.awaitsDelivery]).toEqual([false, true]);
	});

	it("is not taken back by a tool that gives up after the result came", () => {
		const { made, at } = settled();
		const giveUp = made.claimDelivery();
		at(400).deliveredVia("tool");
		giveUp();
		expect(made.record().delivery).toEqual({ state: "delivered", via: "tool", at: 400 });
	});
});

describe("a settled subagent that runs again", () => {
	it("is queued anew, under the limit and in the place of the new plan, and its figures continue", () => {
		const { made, at } = subagent();
		made.onAgentEvent(messageEnd(reply()));
		at(300).settle(DONE);
		at(400).requeue(samplePlan({ ...BACKGROUND, limits: { turns: 3 }, graceTurns: 1 }));
		expect([made.record(), made.spec.limits.turns]).toStrictEqual([
			{
				...QUEUED,
				runId: "id-1.2",
				attempt: 2,
				queuedAt: 400,
				startedAt: 400,
				isBackground: true,
				waiting: { for: "slot" },
				maxTurns: 3,
				limits: { turns: 3 },
				turns: 1,
				lifetimeUsage: { input: 1, output: 20, cacheWrite: 300 },
				cacheRead: 4000,
				cost: 0.5,
			},
			3,
		]);
	});

	it("gets its first task too when no session was there to hear it", () => {
		const { made } = subagent();
		made.settle({ status: "stopped", result: "", by: "user" });
		made.requeue(samplePlan({ prompt: "Go on." }));
		expect(made.hear("blank")).toBe("Do it.\n\nGo on.");
	});

	it("gets its first task again only from a session that does not remember it", () => {
		const told = (["blank", "remembers"] as const).map((memory) => {
			const { made } = subagent();
			made.hear("blank");
			made.attach(sessionThatSteers(true).session);
			made.settle({ status: "stopped", result: "", by: "user" });
			made.requeue(samplePlan({ prompt: "Go on." }));
			return made.hear(memory);
		});
		expect(told).toEqual(["Do it.\n\nGo on.", "Go on."]);
	});

	it("is not told again what it has replied to", () => {
		const { made } = subagent();
		made.hear("blank");
		made.onAgentEvent(messageEnd(reply()));
		made.settle(DONE);
		made.requeue(samplePlan());
		expect([made.hasReplied, made.spec.toolCallId]).toEqual([true, undefined]);
	});

	it("settles again, and its result is delivered again", () => {
		const { made, at } = subagent();
		at(300).settle(DONE);
		at(400).requeue(samplePlan(BACKGROUND));
		at(500).start();
		at(600).settle({ status: "completed", result: "again" });
		expect([made.record(), made.awaitsDelivery]).toMatchObject([
			{ status: "completed", result: "again", queuedAt: 400, startedAt: 500, completedAt: 600 },
			true,
		]);
	});
});

describe("a message for a subagent", () => {
	it("is held in order until there is a session, and handed over once", async () => {
		const { made } = subagent();
		const outcomes = [await made.steer("one"), await made.steer("two")];
		expect([outcomes, made.takeHeldMessages(), made.takeHeldMessages()]).toEqual([
			[{ kind: "held" }, { kind: "held" }],
			["one", "two"],
			[],
		]);
	});

	it("is delivered to the session", async () => {
		const { made } = subagent();
		const { session, heard } = sessionThatSteers(true);
		made.start();
		made.attach(session);
		expect([await made.steer("one"), heard]).toEqual([{ kind: "delivered" }, ["one"]]);
	});

	it("is refused by a session that has given its last answer", async () => {
		const { made } = subagent();
		made.start();
		made.attach(sessionThatSteers(false).session);
		expect(await made.steer("one")).toEqual({ kind: "refused", status: "running" });
	});

	it("is refused once it has settled, and what was held is gone", async () => {
		const { made } = subagent();
		await made.steer("held");
		made.settle({ status: "stopped", result: "", by: "user" });
		expect([await made.steer("late"), made.takeHeldMessages()]).toEqual([{ kind: "refused", status: "stopped" }, []]);
	});

	it("is held again for the next run: the session of the last one is not its", async () => {
		const { made } = subagent();
		const { session, heard } = sessionThatSteers(true);
		made.attach(session);
		made.settle(DONE);
		made.requeue(samplePlan());
		expect([await made.steer("next"), heard]).toEqual([{ kind: "held" }, []]);
	});
});

describe("how full the context is", () => {
	it("is unknown before the first reply, known after it, and unknown again after a compaction", () => {
		const { made } = subagent({ model: { ...model("x/y"), contextWindow: 10_000 } });
		const before = made.contextPercent;
		made.onAgentEvent(messageEnd(reply())); // 4321 tokens
		const after = made.contextPercent;
		made.onCompacted({ reason: "manual", tokensBefore: 4321 });
		expect([before, after, made.contextPercent]).toEqual([undefined, 43, undefined]);
	});

	it("is unknown where the model's context window is", () => {
		const { made } = subagent({ model: { ...model("x/y"), contextWindow: 0 } });
		made.onAgentEvent(messageEnd(reply()));
		expect(made.contextPercent).toBeUndefined();
	});
});

describe("the progress of a subagent", () => {
	it("is notified when there is something new to look at", () => {
		const { made, seen } = subagent();
		made.onAgentEvent(toolStart("1", "bash", { command: "ls" }));
		expect([made.currentActivity, seen.progress]).toEqual(["bash ls", 1]);
	});

	it("is not told for each streamed token", () => {
		const { made, seen } = subagent();
		made.onAgentEvent(streaming("text_delta"));
		expect(seen.progress).toBe(0);
	});

	it("tells of a compaction by its own name", () => {
		const { made, seen } = subagent();
		made.onCompacted({ reason: "threshold", tokensBefore: 9 });
		expect(seen).toEqual({ progress: 0, stored: [], compactions: [{ reason: "threshold", tokensBefore: 9 }] });
	});
});

describe("claims on a result", () => {
	it("do not outlive the wait they were made for", () => {
		const { made } = subagent(BACKGROUND);
		const release = made.claimDelivery();
		made.settle(DONE);
		release();
		made.deliveredVia("tool");
		made.requeue(samplePlan(BACKGROUND));
		const again = made.claimDelivery();
		again();
		made.settle(DONE);
		expect(made.awaitsDelivery).toBe(true);
	});
});

describe("what a later process has to know of", () => {
	const next = { pid: 1, hostname: "h" };

	it("is notified when a result has reached the parent, once", () => {
		const { made, seen } = subagent(BACKGROUND);
		made.start();
		made.settle(DONE);
		expect(seen.stored.length).toBe(0);
		made.deliveredVia("tool", "call-7");
		made.deliveredVia("notification");
		expect([seen.stored.length, made.stored(next).carrier]).toEqual([1, "call-7"]);
	});

	it("is notified when a message is held, which it would have to get, too", async () => {
		const { made, seen } = subagent(BACKGROUND);
		await made.steer("hello");
		expect([seen.stored.length, made.stored(next).prompts.unheard]).toEqual([1, ["Do it.", "hello"]]);
		const { session } = sessionThatSteers(true);
		made.start();
		made.attach(session);
		await made.steer("again");
		expect(seen.stored.length).toBe(1);
	});

	it("is notified when it works in a directory of its own, and when that becomes another one", () => {
		const { made, seen } = subagent({ cwd: "/project" });
		expect([made.workedIn, made.stored(next).workspace]).toEqual([undefined, undefined]);
		made.workIn("/project");
		expect([seen.stored.length, made.stored(next).workspace]).toEqual([0, undefined]);
		made.workIn("/workspaces/a");
		made.workIn("/workspaces/a");
		expect([seen.stored.length, made.workedIn, made.stored(next).workspace]).toEqual([
			1,
			"/workspaces/a",
			"/workspaces/a",
		]);
	});

	it("is notified when the person has finished with it, which is not while it runs", () => {
		const { made, seen } = subagent(BACKGROUND);
		made.start();
		made.dismiss();
		expect([seen.stored.length, made.isDismissed, made.stored(next).isDismissed]).toEqual([0, false, undefined]);
		made.settle(DONE);
		made.dismiss();
		expect([seen.stored.length, made.isDismissed, made.stored(next).isDismissed]).toEqual([1, true, true]);
	});

	it("is the call that asked for it, and no prompt that it has replied to", () => {
		const { made } = subagent({ toolCallId: "call-1" });
		made.start();
		made.hear("blank");
		expect(made.stored(next)).toMatchObject({
			spec: { toolCallId: "call-1", prompt: "Do it." },
			prompts: { unwritten: ["Do it."], unheard: [] },
		});
		made.onAgentEvent(messageEnd(reply()));
		made.settle(DONE);
		expect(made.stored(next).prompts).toEqual({ unwritten: [], unheard: [] });
		expect(subagent().made.stored(next).spec).not.toHaveProperty("toolCallId");
	});
});
