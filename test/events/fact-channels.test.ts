import { describe, expect, it } from "vitest";
import { SUBAGENT_EVENTS, toChannel } from "../../src/events/fact-channels.ts";
import type { SubagentEvent } from "../../src/events/subagent-events.ts";
import type {
	SubagentCompacted,
	SubagentCreated,
	SubagentResumed,
	SubagentSettled,
	SubagentStarted,
	SubagentSteered,
} from "../../src/service/subagents-service.ts";
import { sampleRecord } from "../domain/sample-record.ts";

const record = sampleRecord({ isBackground: true });
const started = { id: "0123456789abcdef0123", type: "Explore", description: "find the parser" };
const settled = {
	...started,
	status: "completed",
	result: "It is in /src/parser.ts.",
	error: undefined,
	toolUses: 3,
	durationMs: 2300,
	tokens: { input: 1000, output: 200, total: 1234 },
};

/** What another extension may rely on: a payload type for every channel there is. */
interface Payloads {
	"subagents:created": SubagentCreated;
	"subagents:started": SubagentStarted;
	"subagents:completed": SubagentSettled;
	"subagents:failed": SubagentSettled;
	"subagents:steered": SubagentSteered;
	"subagents:compacted": SubagentCompacted;
	"subagents:resumed": SubagentResumed;
}

const facts: [SubagentEvent, string, object][] = [
	[{ type: "created", record }, "subagents:created", { ...started, isBackground: true }],
	[{ type: "resumed", record }, "subagents:resumed", started],
	[{ type: "started", record }, "subagents:started", started],
	[
		{ type: "steered", record, message: "turn left" },
		"subagents:steered",
		{ id: "0123456789abcdef0123", message: "turn left" },
	],
	[
		{
			type: "compacted",
			record: sampleRecord({ compactionCount: 2 }),
			compaction: { reason: "threshold", tokensBefore: 9 },
		},
		"subagents:compacted",
		{ ...started, reason: "threshold", tokensBefore: 9, compactionCount: 2 },
	],
	[{ type: "settled", record, used: sampleRecord().lifetimeUsage }, "subagents:completed", settled],
];

describe("the channels", () => {
	it("have the names that other extensions listen to", () => {
		expect(SUBAGENT_EVENTS).toEqual({
			CREATED: "subagents:created",
			STARTED: "subagents:started",
			COMPLETED: "subagents:completed",
			FAILED: "subagents:failed",
			STEERED: "subagents:steered",
			COMPACTED: "subagents:compacted",
			RESUMED: "subagents:resumed",
		});
	});

	it.each(facts)("tell %j", (event, channel, payload) => {
		expect(toChannel(event)).toStrictEqual({ channel, payload });
	});

	it.each(facts)("tell it in a frozen payload that can be cloned: %j", (event) => {
		const { payload } = toChannel(event);
		expect(structuredClone(payload)).toStrictEqual(payload);
		expect([payload, ...Object.values(payload)].filter((value) => !Object.isFrozen(value))).toEqual([]);
	});
});

describe("the payload types", () => {
	it("cover every channel, with all that is emitted there and nothing else", () => {
		const name = { id: "0123456789abcdef0123", type: "Explore", description: "find the parser" };
		const figures = { toolUses: 3, durationMs: 2300, tokens: { input: 1000, output: 200, total: 1234 } };
		const result = "It is in /src/parser.ts.";
		const typed: { [Channel in (typeof SUBAGENT_EVENTS)[keyof typeof SUBAGENT_EVENTS]]: Payloads[Channel] } = {
			"subagents:created": { ...name, isBackground: true },
			"subagents:resumed": name,
			"subagents:started": name,
			"subagents:steered": { id: name.id, message: "turn left" },
			"subagents:compacted": { ...name, reason: "threshold", tokensBefore: 9, compactionCount: 2 },
			"subagents:completed": { ...name, ...figures, status: "completed", result, error: undefined },
			"subagents:failed": { ...name, ...figures, status: "error", result, error: "no credit" },
		};
		const failure: SubagentEvent = {
			type: "settled",
			record: sampleRecord({ status: "error", error: "no credit" }),
			used: sampleRecord().lifetimeUsage,
		};
		const told = [...facts.map(([event]) => event), failure].map(toChannel);
		expect(Object.fromEntries(told.map(({ channel, payload }) => [channel, payload]))).toStrictEqual(typed);
	});
});

describe("the end of a run", () => {
	it.each([
		["completed", "subagents:completed"],
		["steered", "subagents:completed"],
		["aborted", "subagents:failed"],
		["stopped", "subagents:failed"],
		["error", "subagents:failed"],
	] as const)("as %s is emitted on %s", (status, channel) => {
		const ended = sampleRecord({ status, error: "why", result: undefined });
		expect(toChannel({ type: "settled", record: ended, used: sampleRecord().lifetimeUsage })).toStrictEqual({
			channel,
			payload: { ...settled, status, error: "why", result: undefined },
		});
	});

	it("in the queue took no time", () => {
		const ended = sampleRecord({ status: "stopped", startedAt: 1000, completedAt: 1000 });
		expect(toChannel({ type: "settled", record: ended, used: sampleRecord().lifetimeUsage }).payload).toMatchObject({
			durationMs: 0,
		});
	});

	it("never waits for a figure that is not there", () => {
		const unfinished = sampleRecord({ completedAt: undefined });
		expect(
			toChannel({ type: "settled", record: unfinished, used: sampleRecord().lifetimeUsage }).payload,
		).toMatchObject({ durationMs: 0 });
	});
});

it("says where a nested subagent stands, and a call's wish for a directory of its own", () => {
	const place = { parentId: "abcdef0123456789abcd", rootSessionId: "session", depth: 1 };
	const nested = sampleRecord({ ...place, isolation: "worktree" });
	const payloads = (["created", "resumed", "started"] as const).map(
		(type) => toChannel({ type, record: nested }).payload,
	);
	expect(payloads).toEqual([
		{ ...started, ...place, isolation: "worktree", isBackground: false },
		{ ...started, ...place, isolation: "worktree" },
		{ ...started, ...place },
	]);
});
