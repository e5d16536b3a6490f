import { expect, it } from "vitest";
import { DEFAULT_SETTINGS } from "../../../src/config/settings.ts";
import { completeAgentsWords } from "../../../src/ui/agents/agents-completions.ts";

const keys = Object.keys(DEFAULT_SETTINGS);

it.each<[string, string[] | undefined]>([
	["", ["settings", "set ", "unset ", "diagnostics", "transcripts"]],
	["se", ["settings", "set "]],
	["DIA", ["diagnostics"]],
	["set ", keys.map((key) => `set ${key} `)],
	["set max", ["set maxConcurrent "]],
	["unset MO", ["unset modelFallback", "unset models"]],
	["set onInterrupt ", ["set onInterrupt stop-foreground", "set onInterrupt stop-all"]],
	["set onInterrupt stop-a", ["set onInterrupt stop-all"]],
	["set  onInterrupt  stop-a", ["set onInterrupt stop-all"]],
	["set maxConcurrent ", undefined],
	["set models ", undefined],
	["set onInterrupt stop-all ", undefined],
	["unset onInterrupt ", undefined],
	["set toString ", undefined],
	["settings ", undefined],
	["unknown ", undefined],
])("%j may become %j", (typed, values) => {
	expect(completeAgentsWords(typed)?.map(({ value }) => value)).toEqual(values);
});

it("says what each is for", () => {
	expect(completeAgentsWords("set")).toContainEqual({
		value: "set ",
		label: "set",
		description: "change a setting of this project: set <key> <value>",
	});
	expect(completeAgentsWords("unset grace")).toEqual([
		{
			value: "unset graceTurns",
			label: "graceTurns",
			description: "turns a run gets to wrap up after its limit, before it is cut off",
		},
	]);
});
