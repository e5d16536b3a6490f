import type { AgentMessage } from "@mariozechner/pi-agent-core";
import { fauxAssistantMessage, fauxText, fauxToolCall } from "@mariozechner/pi-ai";
import { describe, expect, it } from "vitest";
import type { StoredSubagent } from "../../src/domain/stored-subagent.ts";
import { type Circumstances, restoredSubagent } from "../../src/lifecycle/restored-subagent.ts";
import { Subagent } from "../../src/lifecycle/subagent.ts";
import { samplePlan } from "../session/sample-plan.ts";
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

/** What a later process has of it. */
function restored(stored: StoredSubagent, circumstances: Partial<Circumstances> = {}) {
	const changes: unknown[] = [];
	const parts = restoredSubagent(stored, {
		isElsewhere: false,
		isAcknowledged: false,
		isNotified: () => false,
		conversation: [],
		now: 9000,
		...circumstances,
	});
	const made = new Subagent(parts, () => 9999, {
		onProgress: () => {},
		onCompacted: () => {},
		onDurableChange: (subagent) => void changes.push(subagent.record().delivery),
	});
	return { made, record: made.record(), changes };
}

const running = (changes: Parameters<typeof sampleStored>[0] = {}) =>
	sampleStored({
		...changes,
		record: { status: "running", result: undefined, completedAt: undefined, ...changes.record },
	});

it("still owes what its earlier runs came to, as far as it was not told", () => {
	const owed = [1, 2].map((attempt) => ({ record: sampleStored().record, attempt }));
	const { made } = restored({ ...sampleStored(), owed, attempt: 3 }, { isNotified: (attempt) => attempt === 1 });
	expect(made.owed).toEqual([{ ...owed[1], toolCallId: undefined, contextPercent: undefined }]);
	expect(made.stored({ pid: 1, hostname: "h" }).owed).toEqual([owed[1]]);
});

describe("a subagent that the person has done with", () => {
	it("does not wake the parent once it is discarded, also when it was dismissed before", () => {
		const { made, changes } = restored(running());
		made.dismiss();
		made.discard();
		expect([made.run.isDismissed, made.awaitsDelivery]).toEqual([true, false]);
		expect(changes.at(-1)).toEqual({ state: "withheld" });
	});

	it("leaves the list without a word in the session's file where another pi looks after it", () => {
		const { made, changes } = restored(sampleStored(), { isElsewhere: true });
		made.dismiss();
		expect([made.run.isDismissed, changes]).toEqual([true, []]);
	});

	it("stays dismissed in later processes, until it is resumed", () => {
		const before = restored(sampleStored()).made;
		before.dismiss();
		const { made } = restored(before.stored({ pid: 1, hostname: "h" }));
		expect(made.run.isDismissed).toBe(true);
		made.requeue(samplePlan());
		expect(made.run.isDismissed).toBe(false);
	});
});

describe("a subagent that ran when its process died", () => {
	it("is interrupted, with what it said last, its work counted again, and told without starting the model", () => {
		const conversation = [user("do"), calls("first words"), result, calls("last words"), result];
		const { made, record } = restored(running({ record: { turns: 0, toolUses: 0 } }), { conversation });
		expect(record).toMatchObject({
			status: "interrupted",
			result: "last words",
			error: "Interrupted: pi ended while it ran. A resume goes on with it.",
			turns: 2,
			toolUses: 2,
			startedAt: 2000,
			completedAt: 9000,
			delivery: { state: "pending" },
		});
		expect([made.awaitsDelivery, made.run.wakesParent, made.standing]).toEqual([true, false, "here"]);
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
		expect(made.run.attempt).toBe(2);
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

	it("in the foreground is told by a notification: nobody waits for it any more", () => {
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

	it("stays queued and is held", () => {
		const { made, record } = restored(stored);
		expect([record.status, made.standing, made.awaitsDelivery, made.isOpen]).toEqual(["queued", "held", false, true]);
	});

	it("is stopped and told when it is dropped", () => {
		const { made } = restored(stored);
		made.settle({ status: "stopped", by: "extension", result: "" });
		expect([made.status, made.standing, made.awaitsDelivery]).toEqual(["stopped", "here", true]);
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
		const { record } = restored(sampleStored({ record: { delivery } }), { isAcknowledged });
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
