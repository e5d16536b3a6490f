import { describe, expect, it } from "vitest";
import { replay, type SessionEntryLike } from "../../src/store/replay.ts";
import { recordEntry, sampleStored } from "./sample-stored.ts";

const A = "aaaaaaaaaaaaaaaaaaaa";
const B = "bbbbbbbbbbbbbbbbbbbb";
const told = (details: unknown): SessionEntryLike => ({
	type: "custom_message",
	customType: "subagent-notification",
	details,
});
const answer = (toolCallId: string): SessionEntryLike => ({
	type: "message",
	message: { role: "toolResult", toolCallId },
});

describe("the replay of a session's entries", () => {
	it("keeps the last entry of each run, subagents oldest first", () => {
		const queued = sampleStored({ record: { id: A, status: "queued" } });
		const running = sampleStored({ record: { id: A, status: "running" } });
		const other = sampleStored({ record: { id: B } });
		const { stored, troubles } = replay([queued, other, running].map(recordEntry));
		expect(stored.map(({ latest }) => latest)).toEqual([running, other]);
		expect(troubles).toEqual([]);
	});

	it("keeps the last entry of each run of a subagent, also when it was written after the next run began", () => {
		const run = (attempt: number, state: "pending" | "delivered") =>
			sampleStored({ attempt, record: { id: A, delivery: { state } } });
		const [first, told, second] = [run(1, "pending"), run(1, "delivered"), run(2, "pending")];
		const { stored, troubles } = replay([first, second, told].map(recordEntry));
		expect([stored, troubles]).toEqual([[{ latest: second, earlier: [told] }], []]);
	});

	it("takes the whole spec of a run from the entry that has it", () => {
		const whole = sampleStored({ record: { id: A }, plan: { prompt: "Find it." } });
		const later = sampleStored({ record: { id: A, status: "completed" } });
		const [found] = replay([whole, later].map(recordEntry)).stored;
		expect([found?.latest.spec, found?.latest.record.status]).toEqual([whole.spec, "completed"]);
	});

	it("has no use for a run that never ended and was replaced by the next", () => {
		const held = sampleStored({ attempt: 1, record: { id: A, status: "queued" } });
		const resumed = sampleStored({ attempt: 2, record: { id: A } });
		expect(replay([held, resumed].map(recordEntry)).stored).toEqual([{ latest: resumed, earlier: [] }]);
	});

	it("leaves out what cannot be used, says which entry and why, and continues", () => {
		const good = recordEntry(sampleStored({ record: { id: A } }));
		const later = { ...recordEntry(sampleStored()), id: "e2", data: { v: 7 } };
		const { stored, troubles } = replay([
			{ id: "e1", type: "custom", customType: "subagents:record", data: "garbage" },
			later,
			{ type: "custom", customType: "subagents:record" },
			{ id: "e3", type: "custom", customType: "somebody's", data: { v: 1 } },
			{ id: "e4", type: "not known", data: null },
			good,
		]);
		expect(stored.map(({ latest }) => latest.record.id)).toEqual([A]);
		expect(troubles).toEqual([
			expect.stringMatching(/^the entry e1 was left out: ./),
			"the entry e2 was left out: it is of version 7, this is version 3",
			expect.stringMatching(/^the entry without an id was left out: ./),
		]);
	});

	it("does not let an entry with a known id make the subagent another session's, or take back a resume", () => {
		const ours = sampleStored({ attempt: 2, record: { id: A } });
		const foreign = recordEntry(sampleStored({ attempt: 2, record: { id: A, parentSessionId: "another" } }));
		const old = recordEntry(sampleStored({ attempt: 1, record: { id: A, status: "running" } }));
		const { stored, troubles } = replay([recordEntry(ours), foreign, old]);
		expect(stored).toEqual([{ latest: ours, earlier: [] }]);
		expect(troubles).toEqual([
			`the entry ${foreign.id} was left out: ${A} belongs to another session`,
			`the entry ${old.id} was left out: ${A} has been resumed since`,
		]);
	});

	it("takes a run for told when a notification names it, alone or among others, and its next run not", () => {
		const { isAcknowledged } = replay([told({ id: A, attempt: 1, others: [{ id: B, attempt: 2 }] })]);
		expect(isAcknowledged(sampleStored({ record: { id: A } }))).toBe(true);
		expect(isAcknowledged(sampleStored({ record: { id: A }, attempt: 2 }))).toBe(false);
		expect(isAcknowledged(sampleStored({ record: { id: B }, attempt: 2 }))).toBe(true);
		expect(isAcknowledged(sampleStored({ record: { id: B } }))).toBe(false);
	});

	it("takes a run for told when the call that brought it has its result in the file", () => {
		const { isAcknowledged } = replay([answer("call-1"), answer("read-1")]);
		expect(isAcknowledged(sampleStored({ carrier: "read-1" }))).toBe(true);
		expect(isAcknowledged(sampleStored({ carrier: "read-2" }))).toBe(false);
		expect(isAcknowledged(sampleStored())).toBe(false); // the call of a background run says only that it began
	});

	it("takes the answer of a foreground call for the result, also when the last record could not be written", () => {
		const { isAcknowledged } = replay([answer("call-1")]);
		expect(isAcknowledged(sampleStored({ record: { isBackground: false, status: "running" } }))).toBe(true);
	});

	it("takes the answer of the call that made the call for the result, at any depth, and no other one's", () => {
		const isAcknowledged = (carrier: string, ...answered: string[]) =>
			replay([recordEntry(sampleStored({ carrier })), ...answered.map(answer)]).isAcknowledged(
				sampleStored({ carrier }),
			);
		expect(isAcknowledged("outer-1/3", "outer-1")).toBe(true);
		expect(isAcknowledged("outer-1/3/12", "outer-1")).toBe(true);
		expect(isAcknowledged("outer-1/3", "outer-1/3")).toBe(true); // some provider's own id
		expect(isAcknowledged("outer-1/3", "outer-1/4", "outer-2", "outer")).toBe(false);
		expect(isAcknowledged("outer-1/third", "outer-1")).toBe(false);
		const stored = sampleStored({ carrier: "outer-1/3" });
		expect(replay([answer("outer-1"), recordEntry(stored)]).isAcknowledged(stored)).toBe(false);
	});

	it("takes what a resume's call carries for delivered when that call was answered after it, or a notification names the run", () => {
		const first = sampleStored({ record: { id: A }, carrier: "resume-1" });
		const entries = [
			recordEntry(first),
			recordEntry(sampleStored({ record: { id: A, status: "running" }, attempt: 2 })),
		];
		const isDelivered = (...all: SessionEntryLike[]) => replay(all).isAcknowledged(first);
		expect(isDelivered(...entries)).toBe(false);
		expect(isDelivered(answer("resume-1"), ...entries)).toBe(false);
		expect(isDelivered(...entries, answer("resume-1"))).toBe(true);
		expect(isDelivered(...entries, told({ id: A, attempt: 1 }))).toBe(true);
		expect(isDelivered(...entries, told({ id: A, attempt: 2 }))).toBe(false);
	});

	it("does not take an earlier answer to a call of the same id for the result", () => {
		const waitedFor = sampleStored({ record: { isBackground: false, status: "running" } });
		const [before, after] = [
			replay([answer("call-1"), recordEntry(waitedFor)]),
			replay([recordEntry(waitedFor), answer("call-1")]),
		];
		expect([before, after].map(({ isAcknowledged }) => isAcknowledged(waitedFor))).toEqual([false, true]);
		const read = sampleStored({ carrier: "call-1" });
		const { isAcknowledged } = replay([recordEntry(sampleStored()), answer("call-1"), recordEntry(read)]);
		expect(isAcknowledged(read)).toBe(false);
	});

	it("takes what a tool brought for told where nobody noted which call, and what a notification brought not", () => {
		const { isAcknowledged } = replay([]);
		const by = (delivery: ReturnType<typeof sampleStored>["record"]["delivery"]) =>
			isAcknowledged(sampleStored({ plan: { toolCallId: undefined }, record: { delivery } }));
		expect([
			by({ state: "delivered", via: "tool" }),
			by({ state: "delivered", via: "foreground" }),
			by({ state: "delivered", via: "notification" }),
			by({ state: "claimed" }),
		]).toEqual([true, true, false, false]);
	});

	it("looks for the answer after the entry that first named the call, of this run alone", () => {
		const read = sampleStored({ record: { id: A }, carrier: "call-1" });
		const other = sampleStored({ record: { id: B }, carrier: "call-1" });
		const { isAcknowledged } = replay([recordEntry(read), answer("call-1"), recordEntry(read), recordEntry(other)]);
		expect([isAcknowledged(read), isAcknowledged(other)]).toEqual([true, false]);
	});

	it("takes the answer to a call whose entry stands first in the file", () => {
		const read = sampleStored({ carrier: "call-1" });
		expect(replay([recordEntry(read)]).isAcknowledged(read)).toBe(false);
		expect(replay([answer("call-1")]).isAcknowledged(read)).toBe(true);
	});

	it("takes nothing but our notifications and the results of calls for a word to the parent", () => {
		const details = { id: A, attempt: 1 };
		const stored = sampleStored({ record: { id: A }, carrier: "call-1" });
		const strangers: SessionEntryLike[] = [
			{ type: "custom_message", customType: "somebody's", details },
			{ type: "custom", customType: "subagent-notification", details },
			{ type: "message", message: { role: "assistant", toolCallId: "call-1" } },
			{ type: "custom_message", message: { role: "toolResult", toolCallId: "call-1" } },
			{ type: "message", message: { role: "toolResult" } },
			{ type: "message" },
		];
		expect(strangers.map((entry) => replay([entry]).isAcknowledged(stored))).toEqual(strangers.map(() => false));
	});

	it.each([undefined, null, 7, "text", { others: 3 }, { others: [null, 1, { id: 4 }] }, { id: A }])(
		"does not trust the details of a notification: %j",
		(details) => {
			const { isAcknowledged } = replay([told(details)]);
			expect(isAcknowledged(sampleStored({ record: { id: A } }))).toBe(false);
		},
	);
});
