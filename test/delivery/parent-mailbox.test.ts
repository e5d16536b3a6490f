import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CompletionMessage } from "../../src/delivery/completion-message.ts";
import { ParentMailbox } from "../../src/delivery/parent-mailbox.ts";
import type { SubagentRecord } from "../../src/domain/subagent-record.ts";
import { sampleRecord } from "../domain/sample-record.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A parent whose subagents have these records, and what its mailbox sent it. */
function parent(parentId: string | undefined, records: readonly SubagentRecord[]) {
	const state = { isIdle: true, sent: [] as string[], delivered: new Set<string>() };
	const children = records.filter((record) => record.parentId === parentId);
	const waiting = () => children.filter(({ id }) => !state.delivered.has(id));
	const mailbox = new ParentMailbox({
		parent: {
			isIdle: () => state.isIdle,
			sendMessage: ({ content }: CompletionMessage) => {
				state.sent.push(...[...content.matchAll(/<task-id>(.+)<\/task-id>/g)].map(([, id = ""]) => id));
			},
		},
		subagents: {
			parentId,
			open: waiting,
			liveCount: () => 0,
			due: () =>
				waiting().map((record) => ({
					run: {
						record: () => record,
						...{ contextPercent: undefined, attempt: 1, spec: {}, wakesParent: true },
						figures: { tokens: { compactionCount: 0 } },
					},
					notified: () => void state.delivered.add(record.id),
				})),
		},
		clock: Date.now,
		newNonce: () => "nonce",
		bounds: () => ({ resultCharacters: 4000, context: undefined }),
	});
	return { mailbox, state };
}

const settled = (record: SubagentRecord) => ({ type: "settled", record, used: record.lifetimeUsage }) as const;

describe("two parents, one of which is a subagent of the other", () => {
	const child = sampleRecord({ id: "child000" });
	const grandchild = sampleRecord({ id: "grandch0", parentId: "child000", depth: 1 });
	const both = () => [parent(undefined, [child, grandchild]), parent("child000", [child, grandchild])] as const;

	it("each get the results of their own subagents, once", () => {
		const parents = both();
		for (const record of [child, grandchild, grandchild]) {
			for (const { mailbox } of parents) mailbox.hear(settled(record));
			vi.advanceTimersByTime(1000);
		}
		expect(parents.map(({ state }) => state.sent)).toEqual([["child000"], ["grandch0"]]);
	});

	it("do not wait for each other", () => {
		const [root, inner] = both();
		root.mailbox.activity.began();
		for (const { mailbox } of [root, inner]) for (const record of [child, grandchild]) mailbox.hear(settled(record));
		vi.advanceTimersByTime(1000);
		expect([root.state.sent, inner.state.sent]).toEqual([[], ["grandch0"]]);
		root.mailbox.activity.ended(false);
		vi.advanceTimersByTime(1000);
		expect(root.state.sent).toEqual(["child000"]);
	});

	it("each have a roster of their own subagents", () => {
		const rosters = both().map(({ mailbox }) => JSON.stringify(mailbox.withRoster([])));
		expect(rosters.map((text) => [text.includes("child000 "), text.includes("grandch0 ")])).toEqual([
			[true, false],
			[false, true],
		]);
	});
});

describe("a mailbox", () => {
	it("keeps what is due while it is closed, and sends it when it is opened again", () => {
		const { mailbox, state } = parent(undefined, [sampleRecord()]);
		mailbox.close();
		mailbox.hear(settled(sampleRecord()));
		mailbox.deliverNow();
		vi.advanceTimersByTime(10_000);
		expect(state.sent).toEqual([]);
		mailbox.open();
		vi.advanceTimersByTime(1000);
		expect(state.sent).toHaveLength(1);
	});
});
