import { describe, expect, it } from "vitest";
import type { SubagentRecord } from "../../src/domain/subagent-record.ts";
import { planResume } from "../../src/tools/plan-resume.ts";
import type { SubagentCall } from "../../src/tools/subagent-params.ts";
import { fakeManager, fakeSubagent } from "./manager-fake.ts";

const CALL = { prompt: "Go on.", description: "another", subagent_type: "Explore", resume: "a" };

/** A resume of the settled subagent `a`, an Explore on Haiku that thinks low and may take nine turns. */
function resume(call: Partial<SubagentCall> = {}, record: Partial<SubagentRecord> = {}) {
	const { subagent } = fakeSubagent({ id: "a", ...record }, { thinkingLevel: "low", turnLimit: 9 });
	return { subagent, planned: planResume({ ...CALL, ...call }, call.resume ?? "a", fakeManager([subagent]).manager) };
}

const remarks = (call: Partial<SubagentCall>) => resume(call).planned.remarks;

describe("a resume", () => {
	it("asks for a run of what the subagent is, with the prompt of the call", () => {
		const { subagent, planned } = resume();
		expect(planned).toMatchObject({
			request: {
				prompt: "Go on.",
				description: "find the parser",
				type: "Explore",
				previous: { model: "anthropic/claude-haiku-4-5", thinkingLevel: "low", maxTurns: 9 },
				door: "tool",
			},
			remarks: [],
		});
		expect(planned.subagent).toBe(subagent);
	});

	it("takes the call's turn limit and its wish for the background", () => {
		expect(resume({ max_turns: 2, run_in_background: true }).planned.request).toMatchObject({
			maxTurns: 2,
			background: true,
		});
	});

	it.each(["aborted", "steered", "stopped", "error"] as const)("is possible for one that is %s", (status) => {
		expect(resume({}, { status }).planned.remarks).toEqual([]);
	});

	it.each(["queued", "running"] as const)("is refused for one that is %s", (status) => {
		expect(() => resume({}, { status })).toThrow(
			`Subagent a is ${status} and cannot be resumed. Tell it something with steer_subagent instead.`,
		);
	});

	it("is refused for an unknown id, with those there are", () => {
		expect(() => resume({ resume: "b" })).toThrow('There is no subagent "b". There are: a (Explore, completed).');
	});
});

describe("what of the call does not fit a resume", () => {
	it.each([
		["another type", { subagent_type: "Plan" }, "it is of type Explore"],
		["a model", { model: "opus" }, "it goes on with its model anthropic/claude-haiku-4-5"],
		["a thinking level", { thinking: "high" }, "it goes on thinking at level low"],
		["some of the conversation", { context_turns: 2 }, "it has a conversation of its own and inherits none"],
		["the conversation", { inherit_context: true }, "it has a conversation of its own and inherits none"],
	])("is named: %s", (_what, call, reason) => {
		expect(remarks(call)).toEqual([`resumed as it was: ${reason}`]);
	});

	it("is nothing when the call says the same, or nothing of it", () => {
		expect(remarks({ subagent_type: " eXPLORE ", inherit_context: false })).toEqual([]);
	});

	it("is named all of it", () => {
		expect(remarks({ subagent_type: "Plan", model: "opus", thinking: "high", inherit_context: true })).toHaveLength(4);
	});
});
