import { expect, it } from "vitest";
import { problemWithSetting } from "../../../src/settings/settings-schema.ts";
import { settingValueIn } from "../../../src/ui/agents/command-parser.ts";

it.each([
	["models", "a/*, b", ["a/*", "b"]],
	["models", '["a/*"]', ["a/*"]],
	["models", "", []],
	["sessionLimits", "usd=5 tokens=1000", { usd: 5, tokens: 1000 }],
	["sessionLimits", "usd: 5, tokens: 1000", { usd: 5, tokens: 1000 }],
	["limits", '{"usd": 0.5}', { usd: 0.5 }],
	["limits", "{}", {}],
	["maxConcurrent", "8", 8],
	["widget", "off", "off"],
] as const)("of %s means %j as %j", (key, typed, value) => {
	expect(settingValueIn(key, typed)).toEqual(value);
});

it("does not take a list that is not finished for a pattern", () => {
	expect(problemWithSetting("models", settingValueIn("models", '["a/*"'))).toContain("expected a list");
});
