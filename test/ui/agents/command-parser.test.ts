import { describe, expect, it } from "vitest";
import { DEFAULT_SETTINGS } from "../../../src/settings/settings-schema.ts";
import { AGENTS_WORDS, readAgentsWords } from "../../../src/ui/agents/command-parser.ts";

const keys = Object.keys(DEFAULT_SETTINGS).join(", ");

const words = Object.keys(AGENTS_WORDS).join(", ");

describe("the words after /agents", () => {
	it.each([
		["", { kind: "menu" }],
		["list", { kind: "list" }],
		["running", { kind: "running" }],
		["types", { kind: "types" }],
		["new", { kind: "new", name: "" }],
		["new  code reviewer ", { kind: "new", name: "code reviewer" }],
		["run Explore find  it\nall", { kind: "run", type: "Explore", task: "find  it\nall" }],
		["background", { kind: "background all" }],
		["Background ALL", { kind: "background all" }],
		["background a1", { kind: "one", word: "background", target: "a1", text: "" }],
		["stop all", { kind: "stop all" }],
		["STOP All", { kind: "stop all" }],
		["Steer a1 Look THERE", { kind: "one", word: "steer", target: "a1", text: "Look THERE" }],
		["stop", { kind: "one", word: "stop", target: "", text: "" }],
		["stop  a1", { kind: "one", word: "stop", target: "a1", text: "" }],
		["steer a1  look  there\nand here ", { kind: "one", word: "steer", target: "a1", text: "look  there\nand here" }],
		["steer", { kind: "one", word: "steer", target: "", text: "" }],
		["resume a1", { kind: "one", word: "resume", target: "a1", text: "" }],
		["resume latest continue", { kind: "one", word: "resume", target: "latest", text: "continue" }],
		["result a1", { kind: "one", word: "result", target: "a1", text: "" }],
		["transcript a1", { kind: "one", word: "transcript", target: "a1", text: "" }],
		["transcripts", { kind: "transcripts" }],
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
		["setings", `/agents does not know "setings"; did you mean settings? It takes ${words}, or nothing for the menu`],
		["frobnicate", `/agents does not know "frobnicate"; it takes ${words}, or nothing for the menu`],
		["constructor", `/agents does not know "constructor"; it takes ${words}, or nothing for the menu`],
		["stop a1 a2", "Usage: /agents stop <id>, or /agents stop all"],
		["stop all now", "Usage: /agents stop <id>, or /agents stop all"],
		["steer a1", "Usage: /agents steer <id> <message>"],
		["dismiss a1 a2", "Usage: /agents dismiss <id>"],
		["run", "Usage: /agents run <type> <task>"],
		["run Explore", "Usage: /agents run <type> <task>"],
		["background a1 a2", "Usage: /agents background [id]"],
		["list all", "/agents list takes no more words. Usage: /agents list"],
		["settings maxConcurrent", "/agents settings takes no more words. Usage: /agents settings"],
		["set", `/agents set takes a key and a value; keys are ${keys}`],
		["set maxConcurrent", "/agents set maxConcurrent takes a value; expected an integer 1..1024"],
		["set maxConcurent 5", `unknown setting "maxConcurent"; did you mean "maxConcurrent"? Known are ${keys}`],
		["set __proto__ 5", `unknown setting "__proto__"; known are ${keys}`],
		["unset", `/agents unset takes a key: ${keys}`],
		["unset models graceTurns", `/agents unset takes a key: ${keys}`],
		["unset constructor", `unknown setting "constructor"; known are ${keys}`],
	])("are answered with what would be understood: %j", (words, message) => {
		expect(readAgentsWords(words)).toEqual({ kind: "misunderstood", message });
	});
});
