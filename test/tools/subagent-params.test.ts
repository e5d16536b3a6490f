import { describe, expect, it } from "vitest";
import { readSubagentCall, SubagentParams } from "../../src/tools/subagent-tool.ts";

const CALL = { prompt: "Do it.", description: "a task", subagent_type: "Explore" };
const FULL = {
	...CALL,
	model: "haiku",
	thinking: "high",
	max_turns: 5,
	run_in_background: true,
	resume: "0123456789abcdef0123",
	inherit_context: true,
	context_turns: 2,
};

/** What the model reads when its call is refused. */
function complaint(call: unknown): string {
	try {
		readSubagentCall(call);
	} catch (error) {
		return (error as Error).message;
	}
	return "accepted";
}

describe("the parameters", () => {
	it("are those of the contract, three of them required", () => {
		expect([Object.keys(SubagentParams.properties), SubagentParams.required]).toEqual([
			[
				"prompt",
				"description",
				"subagent_type",
				"model",
				"thinking",
				"max_turns",
				"output_schema",
				"run_in_background",
				"resume",
				"inherit_context",
				"context_turns",
			],
			["prompt", "description", "subagent_type"],
		]);
	});

	it("all say what they mean", () => {
		const properties = Object.values(SubagentParams.properties) as { description?: string }[];
		expect(properties.filter(({ description }) => !description)).toEqual([]);
	});
});

describe("a call", () => {
	it.each([
		["with the required parameters", CALL],
		["with all parameters", FULL],
	])("%s is taken as it is", (_what, call) => {
		expect(readSubagentCall(call)).toStrictEqual(call);
	});

	it("may leave parameters undefined", () => {
		expect(readSubagentCall({ ...CALL, model: undefined, max_turns: undefined })).toStrictEqual(CALL);
	});

	it("may have null for parameters that are not given, as some providers send them", () => {
		expect(readSubagentCall({ ...CALL, model: null, resume: null, run_in_background: null })).toStrictEqual(CALL);
	});

	it("may have parameters that nobody knows", () => {
		expect(readSubagentCall({ ...CALL, colour: "red" })).toStrictEqual({ ...CALL, colour: "red" });
	});

	it("is not changed by being read", () => {
		const call = Object.freeze({ ...CALL, max_turns: "5" });
		readSubagentCall(call);
		expect(call).toStrictEqual({ ...CALL, max_turns: "5" });
	});

	it.each([
		["max_turns", "5", 5],
		["max_turns", " 12 ", 12],
		["max_turns", "5.0", 5],
		["max_turns", "-3", -3],
		["run_in_background", "True", true],
		["inherit_context", "true", true],
		["inherit_context", " FALSE ", false],
	])("may write %s as the text %j", (name, text, value) => {
		expect(readSubagentCall({ ...CALL, [name]: text })).toStrictEqual({ ...CALL, [name]: value });
	});

	it.each(["true", "5", " x "])("keeps %j in a parameter that is a text anyway", (text) => {
		const call = { ...CALL, prompt: text, model: text };
		expect(readSubagentCall(call)).toStrictEqual(call);
	});
});

describe("a call that is wrong", () => {
	const accepted = {
		prompt: "a non-empty string: the task",
		description: "a string: the task in 3 to 5 words",
		subagent_type: "a string: the name of an agent type",
		model: 'a string: "provider/id" or a part of a model\'s name',
		thinking: "one of off, minimal, low, medium, high, xhigh",
		max_turns: "an integer >= 1",
		run_in_background: "true or false",
		resume: "a string: the id of a settled subagent",
		inherit_context: "true or false",
		context_turns: "an integer >= 1",
	};

	const wrong: [keyof typeof accepted, unknown][] = [
		["prompt", 5],
		["description", false],
		["subagent_type", { name: "Explore" }],
		["model", ["haiku"]],
		["thinking", 3],
		["max_turns", 1.5],
		["max_turns", "many"],
		["max_turns", "0x10"],
		["max_turns", "1e3"],
		["max_turns", ""],
		["max_turns", true],
		["run_in_background", "yes"],
		["resume", 17],
		["inherit_context", "perhaps"],
		["inherit_context", 1],
		["context_turns", 0.5],
	];

	it.each(wrong)("gets what was passed as %s (%j) and what is expected", (name, value) => {
		expect(complaint({ ...CALL, [name]: value })).toBe(
			`subagent was not started. \`${name}\` is ${JSON.stringify(value)}; expected ${accepted[name]}.`,
		);
	});

	it("never has its number rounded", () => {
		expect(complaint({ ...CALL, max_turns: "1.5" })).toBe(
			"subagent was not started. `max_turns` is 1.5; expected an integer >= 1.",
		);
	});

	it.each([{}, undefined, null, "text", 5, []])(
		"gets the name of every required parameter that is missing: %j",
		(call) => {
			const missing = (["prompt", "description", "subagent_type"] as const).map(
				(name) => `\`${name}\` is missing; expected ${accepted[name]}.`,
			);
			expect(complaint(call)).toBe(`subagent was not started. ${missing.join(" ")}`);
		},
	);

	it("learns of all its mistakes at once, and nothing else", () => {
		expect(complaint({ prompt: "Do it.", subagent_type: 1, max_turns: "x", thinking: "high" })).toBe(
			[
				"subagent was not started.",
				"`description` is missing; expected a string: the task in 3 to 5 words.",
				"`subagent_type` is 1; expected a string: the name of an agent type.",
				'`max_turns` is "x"; expected an integer >= 1.',
			].join(" "),
		);
	});
});
