import { describe, expect, it, onTestFinished } from "vitest";
import { createWorkspace, runPi } from "../support/cli.ts";
import { callSubagent } from "../support/said.ts";
import { toolResults } from "../support/tool-results.ts";

const REFUSED = [
	{ call: { model: "no-such-model" }, names: ["no-such-model", "faux/faux-1", "faux/faux-haiku"] },
	{ call: { thinking: "huge" }, names: ["huge", "off, minimal, low, medium, high, xhigh"] },
	{ call: { max_turns: 0 }, names: ["max_turns", "integer >= 1"] },
	{ call: { max_turns: 1.5 }, names: ["max_turns", "integer >= 1"] },
	{ call: { prompt: "" }, names: ["prompt", "empty"] },
	{ call: { prompt: undefined }, names: ["prompt", "missing"] },
];

describe("a call with a bad parameter, in the real pi", () => {
	it("is a tool error that names what is accepted, and the next call works", async () => {
		const workspace = createWorkspace();
		onTestFinished(workspace.remove);
		const prompts = [...REFUSED.map(({ call }) => call), {}].map((call) => callSubagent({ prompt: "hello", ...call }));
		const run = await runPi({ workspace, mode: "json", prompt: prompts });
		const results = toolResults(run.events);
		const good = results.pop();
		for (const [index, { names }] of REFUSED.entries()) {
			const { isError, text } = results[index] ?? {};
			expect({ isError, text }).toEqual({ isError: true, text: expect.stringContaining("subagent was not started") });
			for (const name of names) expect(text).toContain(name);
		}
		expect(results).toHaveLength(REFUSED.length);
		expect(good).toMatchObject({ isError: false, text: expect.stringContaining("[user] hello") });
		expect(run).toMatchObject({ code: 0, stderr: "" });
	});
});
