import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type CompletionMessage, completionMessage } from "../../src/delivery/completion-message.ts";
import { type DueResult, ResultDelivery } from "../../src/delivery/result-delivery.ts";
import type { DeliveryRecord } from "../../src/domain/delivery-state.ts";
import { isLive, type SubagentStatus } from "../../src/domain/subagent-state.ts";
import { sampleRecord } from "../domain/sample-record.ts";

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

const BOUNDS = { resultCharacters: 4000, context: undefined };

/** A run of a background subagent as delivery sees it, with its state in the open. */
class FakeRun {
	readonly contextPercent = 43;
	readonly spec = { toolCallId: "call-1" };
	readonly wakesParent: boolean = true;
	delivery: DeliveryRecord["state"] = "pending";

	constructor(
		readonly id: string,
		public status: SubagentStatus = "completed",
		readonly attempt = 1,
	) {}

	readonly figures = { tokens: { compactionCount: 0 } };

	get awaitsDelivery(): boolean {
		return !isLive(this.status) && this.delivery === "pending";
	}

	record() {
		return sampleRecord({ id: this.id, status: this.status });
	}

	/** As the supervisor hands it out. */
	get due(): DueResult[] {
		const notified = () => {
			this.delivery = "delivered";
		};
		return this.awaitsDelivery ? [{ run: this, notified }] : [];
	}
}

interface Sent {
	readonly ids: string[];
	readonly at: number;
	readonly wakeParent: boolean;
}

const idsIn = ({ content }: CompletionMessage) =>
	[...content.matchAll(/<task-id>(.+)<\/task-id>/g)].map(([, id]) => id);

/** Delivery to a parent that is as the test says: at rest, not interrupted and within reach unless it changes that. */
function delivery(...subjects: FakeRun[]) {
	const parent = { atRest: true, interrupted: false, reachable: true, isAtRest: () => parent.atRest };
	const sent: Sent[] = [];
	const messages: CompletionMessage[] = [];
	const made = new ResultDelivery({
		due: () => subjects.flatMap(({ due }) => due),
		liveCount: () => subjects.filter(({ status }) => isLive(status)).length,
		parent,
		newNonce: () => `nonce${messages.length}`,
		bounds: () => BOUNDS,
		send: (message, { wakeParent }) => {
			if (!parent.reachable) throw new Error("out of reach");
			messages.push(message);
			sent.push({ ids: idsIn(message) as string[], at: Date.now(), wakeParent });
		},
	});
	return { made, parent, sent, messages, subjects };
}

const pass = (milliseconds = 1000) => void vi.advanceTimersByTime(milliseconds);

describe("a result", () => {
	it("is sent a moment after its run has settled, waking the parent, and counts as delivered then", () => {
		const subject = new FakeRun("a");
		const { made, sent } = delivery(subject);
		made.consider();
		expect([sent, subject.delivery]).toEqual([[], "pending"]);
		pass();
		expect([sent, subject.delivery]).toEqual([[{ ids: ["a"], at: 6, wakeParent: true }], "delivered"]);
	});

	it("is sent once, however often it is considered", () => {
		const { made, sent } = delivery(new FakeRun("a"));
		for (let time = 0; time < 5; time++) {
			made.consider();
			pass();
		}
		expect(sent).toHaveLength(1);
	});

	it("is sent with all that a renderer needs", () => {
		const { made, messages } = delivery(new FakeRun("a"), new FakeRun("b", "error"));
		made.consider();
		pass();
		const details = {
			id: "a",
			attempt: 1,
			type: "Explore",
			description: "find the parser",
			status: "completed",
			toolUses: 3,
			turns: 4,
			totalTokens: 1234,
			cost: 0.25,
			durationMs: 2300,
			transcriptFile: undefined,
			error: undefined,
			resultPreview: "It is in /src/parser.ts.",
		};
		expect(messages).toEqual([
			{
				customType: "subagent-notification",
				display: true,
				content: expect.stringMatching(/^\[subagent results nonce0: 2 subagents ended, .*<tool-use-id>call-1</s),
				details: { ...details, others: [{ ...details, id: "b", status: "error" }] },
			},
		]);
	});

	it("is said to leave others running where there are some", () => {
		const { made, messages } = delivery(new FakeRun("a"), new FakeRun("b", "running"), new FakeRun("c", "queued"));
		made.consider();
		pass();
		expect(messages.map(({ content }) => content.split("\n")[0])).toEqual([
			"[subagent results nonce0: 1 subagent ended, 1.2k tokens in all, 2 still running]",
		]);
	});
});

describe("results that come close together", () => {
	it("are one message, oldest first", () => {
		const { made, sent, subjects } = delivery();
		for (const id of ["a", "b", "c"]) {
			subjects.push(new FakeRun(id));
			made.consider();
			pass(5);
		}
		pass();
		expect(sent).toEqual([{ ids: ["a", "b", "c"], at: 16, wakeParent: true }]);
	});

	it("do not keep the first one waiting for more than a quarter of a second", () => {
		const { made, sent, subjects } = delivery();
		for (let count = 0; count < 120; count++) {
			subjects.push(new FakeRun(`${count}`));
			made.consider();
			pass(5);
		}
		pass();
		expect(sent.map(({ at }) => at)).toEqual([250, 500, 601]);
		expect(sent.flatMap(({ ids }) => ids)).toEqual(subjects.map(({ id }) => id));
	});

	it("are separate messages when there is a pause between them", () => {
		const { made, sent, subjects } = delivery(new FakeRun("a"));
		made.consider();
		pass();
		subjects.push(new FakeRun("b"));
		made.consider();
		pass();
		expect(sent.map(({ ids }) => ids)).toEqual([["a"], ["b"]]);
	});
});

describe("results that have no room in one message", () => {
	it("are several, each within its bound, and each result is in one of them", () => {
		const subjects = Array.from({ length: 400 }, (_, index) => new FakeRun(`${index}`));
		const { made, sent, messages } = delivery(...subjects);
		made.consider();
		pass();
		expect(sent.flatMap(({ ids }) => ids)).toEqual(subjects.map(({ id }) => id));
		expect(messages.filter(({ content }) => content.length > 50_000)).toEqual([]);
		expect(messages.length).toBeGreaterThan(1);
	});
});

describe("what is not sent", () => {
	it.each(["claimed", "withheld", "delivered"] as const)("is a result that is %s", (state) => {
		const subject = new FakeRun("a");
		subject.delivery = state;
		const { made, sent } = delivery(subject, new FakeRun("b"));
		made.consider();
		pass();
		expect([sent.map(({ ids }) => ids), subject.delivery]).toEqual([[["b"]], state]);
	});

	it("is an empty message", () => {
		const { made, sent } = delivery(new FakeRun("a", "running"));
		made.consider();
		pass();
		expect(sent).toEqual([]);
	});

	it("is a result that a tool brought in the moment between", () => {
		const subject = new FakeRun("a");
		const { made, sent } = delivery(subject);
		made.consider();
		pass(5);
		subject.delivery = "delivered";
		pass();
		expect(sent).toEqual([]);
	});
});

describe("a parent that is busy", () => {
	it("is notified of nothing until it becomes idle, and then at once of all that has ended meanwhile", () => {
		const { made, parent, sent, subjects } = delivery(new FakeRun("a"));
		parent.atRest = false;
		made.consider();
		pass();
		subjects.push(new FakeRun("b"));
		made.consider();
		pass();
		expect(sent).toEqual([]);
		parent.atRest = true;
		made.consider();
		pass();
		expect(sent).toMatchObject([{ ids: ["a", "b"] }]);
	});

	it("is left alone when it became busy in the moment between", () => {
		const { made, parent, sent } = delivery(new FakeRun("a"));
		made.consider();
		pass(5);
		parent.atRest = false;
		pass();
		expect(sent).toEqual([]);
	});

	it("is not woken when the user has interrupted it", () => {
		const { made, parent, sent } = delivery(new FakeRun("a"));
		parent.interrupted = true;
		made.consider();
		pass();
		expect(sent).toMatchObject([{ ids: ["a"], wakeParent: false }]);
	});
});

describe("a parent that cannot be reached", () => {
	it("gets its results the next time, and then once", () => {
		const { made, parent, sent, subjects } = delivery(new FakeRun("a"), new FakeRun("b"));
		parent.reachable = false;
		made.consider();
		swallow(pass);
		expect(subjects.map((subject) => subject.delivery)).toEqual(["pending", "pending"]);
		parent.reachable = true;
		made.consider();
		pass();
		made.consider();
		pass();
		expect(sent).toMatchObject([{ ids: ["a", "b"] }]);
	});

	/** Where the failure ends up is not this test's affair. */
	function swallow(work: () => void): void {
		try {
			work();
		} catch (error) {
			expect(error).toEqual(new Error("out of reach"));
		}
	}
});

describe("silence", () => {
	it("keeps back what is to be delivered, whatever settles, and leaves no timer", () => {
		const { made, sent, subjects } = delivery(new FakeRun("a"));
		made.consider();
		made.silence();
		made.consider();
		expect(vi.getTimerCount()).toBe(0);
		pass();
		expect([sent, subjects[0]?.delivery]).toEqual([[], "pending"]);
	});

	it("is broken by speaking, and what was kept back is delivered", () => {
		const { made, sent, subjects } = delivery(new FakeRun("a"));
		made.silence();
		subjects.push(new FakeRun("b"));
		made.consider();
		made.speak();
		pass();
		expect(sent).toMatchObject([{ ids: ["a", "b"] }]);
	});
});

describe("the results of two runs of a subagent", () => {
	it("are both sent, each with the number of its run", () => {
		const { made, sent, messages } = delivery(new FakeRun("a", "completed", 1), new FakeRun("a", "completed", 2));
		made.consider();
		pass();
		expect(sent).toMatchObject([{ ids: ["a", "a"] }]);
		expect(messages[0]?.details).toMatchObject({ attempt: 1, others: [{ attempt: 2 }] });
	});
});

describe("the timers of delivery", () => {
	it("are gone when it has spoken", () => {
		const { made } = delivery(new FakeRun("a"));
		made.consider();
		pass(6);
		expect(vi.getTimerCount()).toBe(0);
	});
});

describe("a message of several results", () => {
	it("wakes the parent when one of them does", () => {
		const [quiet, waking] = [new FakeRun("a"), new FakeRun("b")];
		Object.assign(quiet, { wakesParent: false });
		const { made, sent } = delivery(quiet, waking);
		made.consider();
		pass();
		expect(sent).toEqual([{ ids: ["a", "b"], at: 6, wakeParent: true }]);
	});
});

it("does not make a message of no results", () => {
	expect(() => completionMessage([], { ...BOUNDS, stillLive: 0, nonce: "nonce" })).toThrow(
		"at least one completion, got none",
	);
});
