import type { AgentEvent } from "@mariozechner/pi-agent-core";
import { describe, expect, it } from "vitest";
import { UsageTracker } from "../../src/engine/usage-tracker.ts";
import { agentEnd, messageEnd, reply, streaming, toolEnd, toolStart, turnStart } from "./agent-events.ts";

const NOTHING = {
	turns: 0,
	toolUses: 0,
	lifetimeUsage: { input: 0, output: 0, cacheWrite: 0 },
	cacheRead: 0,
	cost: 0,
	compactionCount: 0,
};
const ONE_REPLY = {
	...NOTHING,
	turns: 1,
	lifetimeUsage: { input: 1, output: 20, cacheWrite: 300 },
	cacheRead: 4000,
	cost: 0.5,
};

function observed(...events: AgentEvent[]): UsageTracker {
	const activity = new UsageTracker();
	for (const event of events) activity.observe(event);
	return activity;
}

describe("the figures", () => {
	it("are all zero at first", () => {
		expect(new UsageTracker().figures()).toEqual(NOTHING);
	});

	it("count a reply's turn, tokens and cost", () => {
		expect(observed(messageEnd(reply())).figures()).toEqual(ONE_REPLY);
	});

	it.each(["stop", "toolUse", "length"] as const)("count a reply that ended with %s as a turn", (stopReason) => {
		expect(observed(messageEnd(reply(stopReason))).figures()).toEqual(ONE_REPLY);
	});

	it.each(["error", "aborted"] as const)("count what a reply that ended with %s cost, but no turn", (stopReason) => {
		expect(observed(messageEnd(reply(stopReason))).figures()).toEqual({ ...ONE_REPLY, turns: 0 });
	});

	it("add up over replies and runs", () => {
		const activity = observed(messageEnd(reply("toolUse")), messageEnd(reply("error")), messageEnd(reply()), agentEnd);
		activity.observe(messageEnd(reply()));
		expect(activity.figures()).toEqual({
			...NOTHING,
			turns: 3,
			lifetimeUsage: { input: 4, output: 80, cacheWrite: 1200 },
			cacheRead: 16_000,
			cost: 2,
		});
	});

	it("count nothing for messages of other roles", () => {
		expect(observed(messageEnd({ role: "user", content: "hello", timestamp: 1 })).figures()).toEqual(NOTHING);
	});

	it("count a reply once, when it ends, however it was streamed", () => {
		const message = reply();
		const activity = observed(
			turnStart,
			{ type: "message_start", message },
			streaming("text_start"),
			streaming("text_delta"),
			messageEnd(message),
			{ type: "turn_end", message, toolResults: [] },
			{ type: "agent_end", messages: [message] },
		);
		expect(activity.figures()).toEqual(ONE_REPLY);
	});

	it("count a tool when it starts, the parallel ones too", () => {
		expect(observed(toolStart("1", "read", {}), toolStart("2", "read", {}), toolEnd("1")).figures()).toEqual({
			...NOTHING,
			toolUses: 2,
		});
	});

	it("count compactions", () => {
		const activity = new UsageTracker();
		activity.compacted();
		activity.compacted();
		expect(activity.figures()).toEqual({ ...NOTHING, compactionCount: 2 });
	});

	it("cannot be changed by whoever reads them", () => {
		expect(Object.isFrozen(new UsageTracker().figures().lifetimeUsage)).toBe(true);
	});

	it("stay as they were when they were read", () => {
		const activity = new UsageTracker();
		const before = activity.figures();
		activity.observe(messageEnd(reply()));
		expect(before).toEqual(NOTHING);
	});
});

describe("the current activity", () => {
	const cases: [string, AgentEvent[], string][] = [
		["is starting at first", [], "starting"],
		["is thinking when a turn has begun", [turnStart], "thinking"],
		["is thinking until text comes", [turnStart, streaming("start"), streaming("thinking_start")], "thinking"],
		["is writing when text comes", [turnStart, streaming("text_start")], "writing"],
		["is thinking again in the next turn", [turnStart, streaming("text_start"), turnStart], "thinking"],
		["is the running tool with what it was given", [toolStart("1", "bash", { command: "sleep 60" })], "bash sleep 60"],
		[
			"is every running tool, in the order of their start",
			[toolStart("1", "read", { path: "a.ts" }), toolStart("2", "bash", { command: "ls" })],
			"read a.ts, bash ls",
		],
		[
			"is the other tool when one of two has ended",
			[toolStart("1", "read", { path: "a.ts" }), toolStart("2", "bash", { command: "ls" }), toolEnd("1")],
			"bash ls",
		],
		["is the turn's again when all tools have ended", [turnStart, toolStart("1", "ls", {}), toolEnd("1")], "thinking"],
		["is no tool that the end of the run cut off", [turnStart, toolStart("1", "ls", {}), agentEnd], "thinking"],
		["is not disturbed by a tool that nobody saw start", [turnStart, toolEnd("9")], "thinking"],
		["is the bare tool when it was given no text", [toolStart("1", "wait", { seconds: 5, why: " " })], "wait"],
		["is the bare tool when it was given nothing", [toolStart("1", "wait", undefined)], "wait"],
		["has the first text a tool was given", [toolStart("1", "grep", { limit: 5, pattern: "x", path: "y" })], "grep x"],
		["has a tool's text in one line", [toolStart("1", "bash", { command: "  a \\\n\n\tb " })], "bash a \\ b"],
		[
			"has 60 characters of a tool's text in full",
			[toolStart("1", "bash", { command: "x".repeat(60) })],
			`bash ${"x".repeat(60)}`,
		],
		[
			"has longer text cut to 60 characters",
			[toolStart("1", "bash", { command: "x".repeat(61) })],
			`bash ${"x".repeat(59)}…`,
		],
		[
			"is never cut within a character of two halves",
			[toolStart("1", "bash", { command: `${"x".repeat(58)}😀😀😀` })],
			`bash ${"x".repeat(58)}😀…`,
		],
		[
			"has sixty characters of two halves in full",
			[toolStart("1", "bash", { command: "😀".repeat(60) })],
			`bash ${"😀".repeat(60)}`,
		],
	];

	it.each(cases)("%s", (_what, events, current) => {
		expect(observed(...events).current()).toBe(current);
	});
});

describe("an event", () => {
	const shown: [string, AgentEvent][] = [
		["a turn's start", turnStart],
		["the first text", streaming("text_start")],
		["a message's end", messageEnd(reply())],
		["a tool's start", toolStart("1", "ls", {})],
		["a tool's end", toolEnd("1")],
		["the run's end", agentEnd],
	];
	const silent: [string, AgentEvent][] = [
		["each streamed token", streaming("text_delta")],
		["the first thought", streaming("thinking_start")],
		["the run's start", { type: "agent_start" }],
		["a turn's end", { type: "turn_end", message: reply(), toolResults: [] }],
		["a message's start", { type: "message_start", message: reply() }],
		[
			"what a tool tells meanwhile",
			{ type: "tool_execution_update", toolCallId: "1", toolName: "ls", args: {}, partialResult: "" },
		],
	];

	it.each(shown)("is worth showing: %s", (_what, event) => {
		expect(new UsageTracker().observe(event)).toBe(true);
	});

	it.each(silent)("is not worth showing: %s", (_what, event) => {
		expect(new UsageTracker().observe(event)).toBe(false);
	});
});

it("measures how full the context is by all tokens of the last reply", () => {
	const { lifetimeUsage, cacheRead } = ONE_REPLY;
	const window = lifetimeUsage.input + lifetimeUsage.output + lifetimeUsage.cacheWrite + cacheRead;
	expect(observed(messageEnd(reply())).contextPercent(window)).toBe(100);
});

it("continues counting from what was counted in a process before", () => {
	const before = { ...ONE_REPLY, toolUses: 7, compactionCount: 2 };
	const activity = new UsageTracker(before);
	expect(activity.figures()).toEqual(before);
	activity.observe(messageEnd(reply()));
	expect(activity.figures()).toEqual({
		turns: 2,
		toolUses: 7,
		lifetimeUsage: { input: 2, output: 40, cacheWrite: 600 },
		cacheRead: 8000,
		cost: 1,
		compactionCount: 2,
	});
});

it("says what it waits for until that is over or the next turn begins", () => {
	const activity = observed(turnStart);
	activity.paused("retrying 1/3 at 12:03: overloaded");
	expect(activity.current()).toBe("retrying 1/3 at 12:03: overloaded");
	activity.paused(undefined);
	expect(activity.current()).toBe("thinking");
	activity.paused("compacting its conversation");
	activity.observe(turnStart);
	expect(activity.current()).toBe("thinking");
});
