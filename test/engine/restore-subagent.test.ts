import type { AgentMessage } from "@mariozechner/pi-agent-core";
import { fauxAssistantMessage, fauxText, fauxToolCall } from "@mariozechner/pi-ai";
import { describe, expect, it } from "vitest";
import type { StoredRun } from "../../src/domain/stored-run.ts";
import { type Circumstances, restoreSubagent } from "../../src/engine/restore-subagent.ts";
import { Subagent } from "../../src/engine/subagent.ts";
import { samplePlan } from "../planning/sample-plan.ts";
import { sampleStored } from "../store/sample-stored.ts";

const user = (content: string): AgentMessage => ({ role: "user", content, timestamp: 1 });
const says = (text: string): AgentMessage => fauxAssistantMessage(text);
const calls = (text: string): AgentMessage =>
	fauxAssistantMessage([fauxText(text), fauxToolCall("bash", { command: "x" })], { stopReason: "toolUse" });
const result: AgentMessage = {
	role: "toolResult",
	toolCallId: "t",
	toolName: "bash",
	content: [{ type: "text", text: "out" }],
	isError: false,
	timestamp: 1,
};

/** What a later process makes of these runs, the last of which is the latest. */
function restoredRuns(runs: readonly StoredRun[], circumstances: Partial<Circumstances> = {}) {
	const changes: unknown[] = [];
	const parts = restoreSubagent(
		{ latest: runs.at(-1) as StoredRun, earlier: runs.slice(0, -1) },
		{ isElsewhere: false, isAcknowledged: () => false, conversation: [], now: 9000, ...circumstances },
	);
	const made = new Subagent(parts, () => 9999, {
		onProgress: () => {},
		onCompacted: () => {},
		onDurableChange: (_subagent, run) => void changes.push(run.record().delivery),
	});
	return { made, record: made.record(), changes };
}

const restored = (stored: StoredRun, circumstances: Partial<Circumstances> = {}) =>
	restoredRuns([stored], circumstances);

const running = (changes: Parameters<typeof sampleStored>[0] = {}) =>
	sampleStored({
		...changes,
		record: { status: "running", result: undefined, completedAt: undefined, ...changes.record },
	});

describe("earlier runs of a subagent", () => {
	const run = (attempt: number, changes: Parameters<typeof sampleStored>[0] = {}) => {
		const record = { completedAt: attempt, result: `result ${attempt}`, ...changes.record };
		return { ...sampleStored({ ...changes, record }), attempt };
	};

	it("are still due when the parent does not have their results", () => {
		const isAcknowledged = ({ attempt }: StoredRun) => attempt === 1;
		const { made } = restoredRuns([run(1), run(2), running({ attempt: 3 })], { isAcknowledged });
		expect(made.dueResults().map(({ run: due }) => [due.attempt, due.record().result, due.wakesParent])).toEqual([
			[2, "result 2", false],
			[3, undefined, false],
		]);
	});

	it("are due when a resume in the foreground was to bring their results and was killed", () => {
		const brought = run(1, { carrier: "call-2", record: { delivery: { state: "delivered", via: "tool", at: 5 } } });
		const { made, changes } = restoredRuns([brought, running({ attempt: 2 })]);
		for (const { notified } of made.dueResults()) notified();
		expect(changes).toMatchObject([{ state: "delivered" }, { state: "delivered" }]);
	});

	it("are nobody's concern when they were withheld, belong to an extension, or to another session", () => {
		const quiet = [
			run(1, { record: { delivery: { state: "withheld" } } }),
			run(2, { plan: { report: "none" } }),
			run(3, { record: { delivery: { state: "delivered", via: "tool", at: 5 } } }),
		];
		const isAcknowledged = ({ attempt }: StoredRun) => attempt === 3;
		expect(restoredRuns(quiet, { isAcknowledged }).made.dueResults()).toEqual([]);
		expect(restoredRuns([run(1), run(2)], { isElsewhere: true }).made.dueResults()).toEqual([]);
	});
});

describe("a subagent that the person has done with", () => {
	it("does not wake the parent once it is discarded, also when it was dismissed before", () => {
		const { made, changes } = restored(running());
		made.dismiss();
		made.discard();
		expect([made.isDismissed, made.awaitsDelivery]).toEqual([true, false]);
		expect(changes.at(-1)).toEqual({ state: "withheld" });
	});

	it("leaves the list without a word in the session's file where another pi looks after it", () => {
		const { made, changes } = restored(sampleStored(), { isElsewhere: true });
		made.dismiss();
		expect([made.isDismissed, changes]).toEqual([true, []]);
	});

	it("stays dismissed in later processes, until it is resumed", () => {
		const before = restored(sampleStored()).made;
		before.dismiss();
		const { made } = restored(before.stored({ pid: 1, hostname: "h" }));
		expect(made.isDismissed).toBe(true);
		made.requeue(samplePlan());
		expect(made.isDismissed).toBe(false);
	});
});

describe("a subagent that ran when its process died", () => {
	it("is interrupted, with what it said last, its work counted again, and told without starting the model", () => {
		const conversation = [user("do"), calls("first words"), result, calls("last words"), result];
		const { made, record } = restored(running({ record: { turns: 0, toolUses: 0 } }), { conversation });
		expect(record).toMatchObject({
			status: "interrupted",
			result: "last words",
			error: "Interrupted: pi ended while it ran. Resume it to continue.",
			turns: 2,
			toolUses: 2,
			startedAt: 2000,
			completedAt: 9000,
			delivery: { state: "pending" },
		});
		expect([made.awaitsDelivery, made.dueResults()[0]?.run.wakesParent, made.condition.kind]).toEqual([
			true,
			false,
			"settled",
		]);
	});

	it("has for a result what it said in that run, and not what it had answered before", () => {
		const resumed = { ...running({ plan: { prompts: { unheard: ["and now?"], unwritten: [] } } }), attempt: 2 };
		const before = [user("do"), says("done")];
		const resultOf = (...messages: AgentMessage[]) =>
			restored(resumed, { conversation: [...before, ...messages] }).record.result;
		expect([resultOf(), resultOf(user("and now?")), resultOf(user("and now?"), calls("well"), result)]).toEqual([
			undefined,
			undefined,
			"well",
		]);
	});

	it("has no result when it said nothing, and keeps its prompt for a resume", () => {
		const stored = running({ plan: { prompts: { unheard: ["the task"], unwritten: [] } } });
		const { made, record } = restored(stored);
		expect(record.result).toBeUndefined();
		made.requeue(samplePlan({ prompt: "go on" }));
		expect(made.hear("blank")).toBe("the task\n\ngo on");
		expect(made.attempt).toBe(2);
	});

	it("is not told again what its conversation shows it to have heard", () => {
		const stored = running({ plan: { prompts: { unheard: ["the task"], unwritten: ["an earlier one"] } } });
		const { made } = restored(stored, { conversation: [user("an earlier one\n\nthe task"), says("yes")] });
		made.requeue(samplePlan({ prompt: "go on" }));
		expect(made.hear("remembers")).toBe("go on");
	});

	it("did not end before it began, also when the clock was set back", () => {
		const { record } = restored(running(), { now: 5 });
		expect([record.startedAt, record.completedAt]).toEqual([2000, 2000]);
	});

	it("in the foreground is delivered by a notification: nobody waits for it any more", () => {
		const { made, record } = restored(running({ record: { isBackground: false } }));
		expect([made.awaitsDelivery, record.isBackground]).toEqual([true, true]);
	});

	it("for the service is not told to the parent", () => {
		const stored = running({ record: { delivery: { state: "withheld" } }, plan: { report: "none" } });
		const { made, record } = restored(stored);
		expect([record.status, made.awaitsDelivery, record.delivery.state]).toEqual(["interrupted", false, "withheld"]);
	});
});

describe("a subagent that was queued when its process died", () => {
	const stored = sampleStored({ record: { status: "queued", result: undefined, completedAt: undefined } });

	it("stays queued and is suspended", () => {
		const { made, record } = restored(stored);
		expect([record.status, made.condition.kind, made.awaitsDelivery, made.isOpen]).toEqual([
			"queued",
			"suspended",
			false,
			true,
		]);
	});

	it("is stopped and told when it is dropped", () => {
		const { made } = restored(stored);
		made.settle({ status: "stopped", by: "extension", result: "" });
		expect([made.condition, made.awaitsDelivery]).toEqual([{ kind: "settled", status: "stopped" }, true]);
	});
});

describe("the result of one that had ended", () => {
	const delivered = { state: "delivered", via: "notification", at: 5 } as const;

	it.each([
		["was not told", { state: "pending" }, false, { state: "pending" }],
		["waited for a tool that never answered", { state: "claimed" }, false, { state: "pending" }],
		["is noted as told, but the parent does not have it", delivered, false, { state: "pending" }],
		["is noted as told, and the parent has it", delivered, true, delivered],
		[
			"the parent has, though it was not noted",
			{ state: "pending" },
			true,
			{ state: "delivered", via: "notification", at: 9000 },
		],
		["is withheld", { state: "withheld" }, false, { state: "withheld" }],
	] as const)("%s", (_what, delivery, isAcknowledged, expected) => {
		const { record } = restored(sampleStored({ record: { delivery } }), { isAcknowledged: () => isAcknowledged });
		expect(record.delivery).toEqual(expected);
	});

	it("that was too large for the file is whole again when its transcript is there, and what there is of it when not", () => {
		const stored = sampleStored({ resultIsCut: true, record: { result: "the begi [cut]" } });
		expect(restored(stored, { conversation: [says("the beginning and the end")] }).record.result).toBe(
			"the beginning and the end",
		);
		expect(restored(stored).record.result).toBe("the begi [cut]");
	});

	it("that was too large for the file keeps what a workspace added, after the transcript's text", () => {
		const record = { result: "the begi [cut]\n\nadded", addendumLength: "added".length };
		const stored = sampleStored({ resultIsCut: true, record });
		const conversation = [says("the beginning and the end")];
		const { result, addendumLength } = restored(stored, { conversation }).record;
		expect([result, addendumLength]).toEqual(["the beginning and the end\n\nadded", 5]);
	});

	it("that is data and was too large for the file is whole again from the call that submitted it", () => {
		const structured = { status: "valid", attempts: 2, errors: [], repaired: true } as const;
		const stored = sampleStored({ resultIsCut: true, record: { result: '{"files":["a [cut]', structured } });
		const submitted = (files: string[]) => fauxAssistantMessage([fauxToolCall("submit_result", { value: { files } })]);
		const conversation = [submitted([]), submitted(["a", "b"])];
		const { record } = restored(stored, { conversation });
		expect(record.structured).toEqual({ ...structured, value: { files: ["a", "b"] } });
		expect(record.result).toBe('{"files":["a","b"]}');
		expect(restored(stored).record.structured).toEqual(structured);
	});

	it("says how its last reply ended, as it was stored", () => {
		const lastReply = { finishReason: "stop", heldOnly: "thinking", earlierText: "Let me look." } as const;
		const stored = sampleStored({ record: { result: undefined, lastReply } });
		expect(restored(stored).record).toMatchObject({ lastReply });
	});

	it.each([
		["stopped", { by: "user" }, "Stopped by the user."],
		["stopped", undefined, "Stopped because the session it belonged to ended."],
		["error", { code: "model" }, "overloaded"],
		["error", undefined, "overloaded"],
		["aborted", undefined, undefined],
		["steered", undefined, undefined],
	] as const)("comes with why it ended: %s, %j", (status, ending, error) => {
		const stored = sampleStored({ ...(ending && { ending }), record: { status, error: "overloaded" } });
		const { record } = restored(stored);
		expect([record.status, record.error, record.result]).toEqual([status, error, "It is in /src/parser.ts."]);
	});

	it("did not end before it began, also when the clock was set back", () => {
		const { record } = restored(sampleStored({ record: { startedAt: 2000, completedAt: 1000 } }));
		expect([record.startedAt, record.completedAt]).toEqual([2000, 2000]);
	});
});

describe("a subagent that somebody else looks after", () => {
	it.each([
		["running", running()],
		["queued", sampleStored({ record: { status: "queued" } })],
		["completed", sampleStored()],
	])("can be read and nothing else: %s", async (status, stored) => {
		const { made, record, changes } = restored(stored, { isElsewhere: true });
		expect([record.status, made.awaitsDelivery, made.isOpen]).toEqual([status, false, false]);
		made.deliveredVia("tool", "call-9");
		expect(await made.steer("hello")).toEqual({ kind: "refused", status });
		expect(changes).toEqual([]);
		expect(made.record().delivery).toEqual({ state: "pending" });
	});
});

describe("what a process stores", () => {
	const next = { pid: 4, hostname: "h" };
	const ended = (changes: Parameters<typeof sampleStored>[0]) => sampleStored({ owner: next, ...changes });

	it.each([
		["completed", ended({})],
		["steered", ended({ record: { status: "steered" } })],
		["aborted", ended({ record: { status: "aborted", maxTurns: 3 } })],
		["without a result", ended({ record: { result: undefined } })],
		["dismissed", ended({ isDismissed: true })],
		["a failure of the model", ended({ ending: { code: "model" }, record: { status: "error", error: "no credit" } })],
		["a failure of the workspace", ended({ ending: { code: "workspace" }, record: { status: "error", error: "no" } })],
		[
			"stopped by the parent",
			ended({
				ending: { by: "parent" },
				record: { status: "stopped", error: "Stopped because the turn that asked for it was interrupted." },
			}),
		],
		["in a workspace of its own", ended({ plan: { workspace: "/workspaces/a" } })],
		["for the service", ended({ plan: { report: "none" }, record: { delivery: { state: "withheld" } } })],
		["told by its next prompts", ended({ plan: { prompts: { unwritten: ["one"], unheard: ["two"] } } })],
	])("is stored by the next one as it was: %s", (_what, stored) => {
		const { made } = restored(stored);
		const again = made.stored(next);
		const { counted, ...rest } = again;
		expect(JSON.parse(JSON.stringify(rest))).toEqual(JSON.parse(JSON.stringify(stored)));
		expect(counted).toMatchObject({ output: stored.record.lifetimeUsage.output, cost: stored.record.cost });
	});

	it("is shown as it was where somebody else looks after it, in whatever state it is", () => {
		const delivery = { state: "claimed" } as const;
		for (const stored of [ended({ record: { delivery } }), running({ record: { isBackground: false, delivery } })]) {
			const { made } = restored(stored, { isElsewhere: true, isAcknowledged: () => true });
			const { run, ...record } = made.record();
			const { run: storedRun, ...storedRecord } = stored.record;
			expect(JSON.parse(JSON.stringify(record))).toEqual(JSON.parse(JSON.stringify(storedRecord)));
			expect(run).toEqual({ ...storedRun, durationMs: expect.any(Number) });
			expect([made.spec.report, made.condition.kind, made.dueResults()]).toEqual([
				stored.spec.report,
				"owned-elsewhere",
				[],
			]);
		}
	});

	it("that was for the service in the foreground stays so, and in the parent's foreground becomes a notification", () => {
		const reports = (["none", "return"] as const).map((report) => {
			const { made } = restored(running({ plan: { report }, record: { isBackground: false } }));
			return [made.spec.report, made.spec.isBackground];
		});
		expect(reports).toEqual([
			["none", false],
			["notification", true],
		]);
	});
});

describe("the last words of a subagent whose process died", () => {
	it("are those of the run that heard any of its prompts", () => {
		const prompts = { unwritten: ["first"], unheard: ["second"] };
		const stored = { ...running({ plan: { prompts } }), attempt: 2 };
		const conversation = [user("do"), says("old"), user("first"), says("new")];
		expect(restored(stored, { conversation }).record.result).toBe("new");
	});

	it("are no blanks, and none of what a tool or the parent said", () => {
		const conversation = [user("do"), says("  words \n"), says("  "), user("and?"), result];
		expect(restored(running(), { conversation }).record.result).toBe("words");
	});

	it("do not make its figures anew where nothing was written", () => {
		const { record } = restored(running({ record: { turns: 4, toolUses: 3 } }));
		expect([record.turns, record.toolUses]).toEqual([4, 3]);
	});

	it("leave the figures of one that had ended alone", () => {
		const { record } = restored(sampleStored(), { conversation: [user("do"), says("one reply")] });
		expect(record.turns).toBe(4);
	});

	it("do not bring back what was written of its prompts", () => {
		const prompts = { unwritten: ["an earlier one"], unheard: [] };
		const { made } = restored(running({ plan: { prompts } }), { conversation: [user("hello"), says("yes")] });
		made.requeue(samplePlan({ prompt: "go on" }));
		expect(made.hear("remembers")).toBe("go on");
	});
});
