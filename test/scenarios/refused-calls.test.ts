import { afterEach, expect, it } from "vitest";
import { isChild, parentAndChild, say } from "../support/script.ts";
import { type ScriptedHost, startHost, type ToolResult } from "../support/scripted-host.ts";

let host: ScriptedHost;
afterEach(() => host.stop());

async function call(args: Record<string, unknown>): Promise<ToolResult | undefined> {
	const spawned: unknown[] = [];
	host = await startHost({ script: parentAndChild({ prompt: "x", ...args }, () => say("done")) });
	host.bus.on("subagents:child:spawning", (payload) => void spawned.push(payload));
	const [result] = await host.prompt("go");
	expect(host.calls.filter(isChild)).toHaveLength(spawned.length);
	return result;
}

const refused: [string, Record<string, unknown>, string[]][] = [
	["an unknown model", { model: "gpt-99" }, ['"gpt-99"', "faux/faux-1"]],
	["a blank model", { model: " " }, ["faux/faux-1"]],
	["an unknown thinking level", { thinking: "huge" }, ['"huge"', "off, minimal, low, medium, high, xhigh"]],
	["a thinking level of the wrong type", { thinking: ["high"] }, ['["high"]', "one of off, minimal"]],
	["max_turns 0", { max_turns: 0 }, ["`max_turns` is 0", "integer >= 1"]],
	["max_turns that is no number", { max_turns: "many" }, ['"many"', "integer >= 1"]],
	["max_turns with a fraction", { max_turns: 1.5 }, ["1.5", "integer >= 1"]],
	["an empty prompt", { prompt: "  \n" }, ["`prompt` is empty"]],
	["a missing prompt", { prompt: undefined }, ["`prompt` is missing", "non-empty string"]],
	[
		"several mistakes",
		{ description: undefined, inherit_context: "perhaps" },
		["`description` is missing", '"perhaps"', "true or false"],
	],
];

it.each(refused)("refuses %s before anything is spent and says what would be accepted", async (_what, args, words) => {
	const result = await call(args);

	expect(result?.isError).toBe(true);
	for (const word of words) expect(result?.text).toContain(word);
	expect(host.calls.filter(isChild)).toEqual([]);
});

it("takes a number given as text, as the host does", async () => {
	const result = await call({ max_turns: "3", inherit_context: "true" });

	expect(result?.details).toMatchObject({ status: "completed", maxTurns: 3 });
});

it("knows a type in any letter case", async () => {
	expect((await call({ subagent_type: "EXPLORE" }))?.details).toMatchObject({ type: "Explore", status: "completed" });
});

it("runs general-purpose in place of an unknown type and says so in the first line", async () => {
	const result = await call({ subagent_type: "nope" });

	expect(result?.details).toMatchObject({ type: "general-purpose", status: "completed" });
	expect(result?.text.split("\n")[0]).toContain('unknown agent type "nope", general-purpose ran instead');
});
