import { describe, expect, it } from "vitest";
import { DEFAULT_SETTINGS } from "../../../src/config/settings.ts";
import { readAgentsWords } from "../../../src/ui/agents/agents-words.ts";

const keys = Object.keys(DEFAULT_SETTINGS).join(", ");

describe("the words after /agents", () => {
	it.each([
		["", { kind: "overview" }],
		["  settings ", { kind: "settings" }],
		["diagnostics", { kind: "diagnostics" }],
		["unset models", { kind: "change", change: { key: "models", value: undefined } }],
		["set maxConcurrent 8", { kind: "change", change: { key: "maxConcurrent", value: 8 } }],
		["set  maxConcurrent   many ", { kind: "change", change: { key: "maxConcurrent", value: "many" } }],
		["set onInterrupt stop-all", { kind: "change", change: { key: "onInterrupt", value: "stop-all" } }],
		['set onInterrupt "stop-all"', { kind: "change", change: { key: "onInterrupt", value: "stop-all" } }],
		["set fallbackAgent null", { kind: "change", change: { key: "fallbackAgent", value: null } }],
		['set models ["a/*", "b"]', { kind: "change", change: { key: "models", value: ["a/*", "b"] } }],
		["set models a/*, *haiku*", { kind: "change", change: { key: "models", value: ["a/*", "*haiku*"] } }],
		["set models *", { kind: "change", change: { key: "models", value: ["*"] } }],
		['set models "a,b"', { kind: "change", change: { key: "models", value: ["a", "b"] } }],
		["set models []", { kind: "change", change: { key: "models", value: [] } }],
		["set models 5", { kind: "change", change: { key: "models", value: 5 } }],
	])("ask for what they say: %j", (words, request) => {
		expect(readAgentsWords(words)).toEqual(request);
	});

	it.each([
		[
			"setings",
			'/agents does not know "setings"; did you mean settings? It takes settings, set, unset, diagnostics, transcripts, or nothing for the agent types',
		],
		[
			"frobnicate",
			'/agents does not know "frobnicate"; it takes settings, set, unset, diagnostics, transcripts, or nothing for the agent types',
		],
		["settings maxConcurrent", "/agents settings takes no more words"],
		["set", `/agents set takes a key and a value; keys are ${keys}`],
		["set maxConcurrent", "/agents set maxConcurrent takes a value; accepted is an integer 1..1024"],
		["set maxConcurent 5", `unknown setting "maxConcurent"; did you mean "maxConcurrent"? Known are ${keys}`],
		["set __proto__ 5", `unknown setting "__proto__"; known are ${keys}`],
		["unset", `/agents unset takes a key: ${keys}`],
		["unset models graceTurns", `/agents unset takes a key: ${keys}`],
		["unset constructor", `unknown setting "constructor"; known are ${keys}`],
	])("are answered with what would be understood: %j", (words, message) => {
		expect(readAgentsWords(words)).toEqual({ kind: "misunderstood", message });
	});
});
