import { describe, expect, it } from "vitest";
import {
	readContextTurns,
	readFlag,
	readModels,
	readPromptMode,
	readText,
	readThinking,
	readTools,
	readTurns,
	unknownTool,
} from "../../src/agents/agent-file-values.ts";

const ALL = ["read", "bash", "edit", "write", "grep", "find", "ls"];
const bad = (accepted: unknown) => ({ kind: "bad", accepted });

/** The result of a reading: the value, or what was expected. */
function outcome(reading: { kind: "value"; value: unknown } | { kind: "bad"; accepted: string }): unknown {
	return reading.kind === "value" ? reading.value : reading;
}

describe("tools", () => {
	const lists: [string, unknown, string[], string[]][] = [
		["a comma list", "read, grep", ["read", "grep"], []],
		["a comma list without blanks, ending in a comma", "read,grep,", ["read", "grep"], []],
		["a YAML list", ["read", "grep"], ["read", "grep"], []],
		["a YAML list with blanks and blank entries", [" read ", "", "grep"], ["read", "grep"], []],
		["one name", "read", ["read"], []],
		["the host's order, each once", "ls, read, ls, READ", ["read", "ls"], []],
		["Claude Code's names", "Read, Bash, Edit, Write, Grep, Glob, LS", ALL, []],
		["Claude Code's names as a list", ["Read", "Glob", "MultiEdit"], ["read", "edit", "find"], []],
		["allowed commands", "Bash(git:*), Read(./src/**), Grep", ["read", "bash", "grep"], []],
		["commands with commas", "Bash(git log, git diff), Edit", ["bash", "edit"], []],
		["commands whose parenthesis is open", "Read, Bash(git", ["read", "bash"], []],
		["commands in a YAML list", ["Bash(npm run test:*, npm ci)", "Read"], ["read", "bash"], []],
		["none", "none", [], []],
		["none in any letter case, or in a list", ["None"], [], []],
		["an empty list", [], [], []],
		["none beside others", "none, read", ["read"], []],
		["all", "all", ALL, []],
		["a star", "*", ALL, []],
		["a star in a list, with more", ["*", "lookup"], ALL, ["lookup"]],
		["a list with blanks alone", "read grep  ls", ["read", "grep", "ls"], []],
		["a list with a name in each line", "read\ngrep,\n\tls\n", ["read", "grep", "ls"], []],
		["commands after a blank", "Bash (git log, git diff) Edit", ["bash", "edit"], []],
		["all in Claude Code's words", " All tools\n", ALL, []],
		[
			"what Claude Code has and perhaps an extension",
			"Read, Task, mcp__github__x",
			["read"],
			["Task", "mcp__github__x"],
		],
		["names in the quotes of a word processor", "“Read”, ‘Grep’", ["read", "grep"], []],
		["names in quotes that the list has kept", `"Read", 'Grep'`, ["read", "grep"], []],
		["extension tools", "Read, lookup, web_search", ["read"], ["lookup", "web_search"]],
		["extension tools alone", ["lookup"], [], ["lookup"]],
		["an extension tool in its own letter case", "LookUp", [], ["LookUp"]],
	];

	it.each(lists)("may be %s", (_what, raw, tools, extensionTools) => {
		expect(readTools(raw)).toEqual({ kind: "value", value: { tools, extensionTools } });
	});

	it.each([
		[{ write: false, Edit: false }, ["read", "bash", "grep", "find", "ls"], []],
		[{ Read: true, notes: true, write: false }, ["read"], ["notes"]],
		[{ "*": false, Grep: true }, ["grep"], []],
		[{ "*": false }, [], []],
		[{ "*": true, bash: false, Glob: false }, ["read", "edit", "write", "grep", "ls"], []],
		[{ "*": true, notes: true, Write: "no" }, ["read", "bash", "edit", "grep", "find", "ls"], ["notes"]],
		[{ read: "Yes", bash: "off" }, ["read"], []],
		[{ "github_*": false, constructor: false }, ALL, []],
		[{}, ALL, []],
	])("may be switched on and off: %j", (raw, tools, extensionTools) => {
		expect(readTools(raw)).toMatchObject({ value: { tools, extensionTools } });
	});

	it("may be extension tools with names that every object has", () => {
		const extensionTools = ["constructor", "__proto__", "toString"];
		expect(readTools(extensionTools)).toMatchObject({ value: { tools: [], extensionTools } });
	});

	it("are reported by name when they are unknown, with those that are known", () => {
		expect(unknownTool("Task")).toBe(
			'unknown tool "Task"; known are read, bash, edit, write, grep, find, ls and the tools of your extensions',
		);
	});

	it.each([null, "", " \n", 5, true, { write: "ask" }, { "*": null }, [["read"]], [null], [{ name: "read" }]])(
		"may not be %j",
		(raw) => {
			expect(readTools(raw)).toEqual(bad("none, or a list of read, bash, edit, write, grep, find, ls"));
		},
	);
});

describe("models", () => {
	it.each([
		["one", "haiku", ["haiku"]],
		["one with a provider", " anthropic/claude-haiku-4-5 ", ["anthropic/claude-haiku-4-5"]],
		["one with a size or a tag", "ollama/qwen3:30b", ["ollama/qwen3:30b"]],
		["words", "sonnet 4.5", ["sonnet 4.5"]],
		["several in order of preference", "opus, sonnet,haiku", ["opus", "sonnet", "haiku"]],
		["a YAML list", ["opus", "openai/gpt-5.2"], ["opus", "openai/gpt-5.2"]],
		["a number in a list", ["gpt", 4.5], ["gpt", "4.5"]],
		["inherit, which asks for none", "inherit", []],
		["default, which asks for none", "Default", []],
		["inherit at the end of a list", ["opus", "Inherit"], ["opus"]],
		["one with a level and a size of context", "sonnet[1m]:high", ["sonnet[1m]:high"]],
		["several of which one has a size of context", "opus[1m], sonnet", ["opus[1m]", "sonnet"]],
	])("may be %s", (_what, raw, queries) => {
		expect(readModels(raw)).toEqual({ kind: "value", value: { queries, level: undefined } });
	});

	it("may be inherit with a thinking level", () => {
		expect(readModels("inherit:low")).toEqual({ kind: "value", value: { queries: [], level: "low" } });
		expect(readModels(["opus", "inherit:low"])).toEqual({
			kind: "value",
			value: { queries: ["opus"], level: undefined },
		});
	});

	it.each(["", " ", ",", [], 5, true, null, { id: "x" }, [["x"]]])("may not be %j", (raw) => {
		expect(readModels(raw)).toEqual(bad('"provider/id", a part of a model\'s name, or a list of these'));
	});
});

describe("turns", () => {
	it.each([
		[0, 0],
		[1, 1],
		["12", 12],
		[" 12 ", 12],
		[10_000, 10_000],
	])("may be %j", (raw, value) => {
		expect(readTurns(raw)).toEqual({ kind: "value", value });
	});

	it.each([
		-1,
		1.5,
		"-1",
		"1.5",
		"many",
		"",
		"5 turns",
		"9".repeat(400),
		2 ** 53,
		Number.NaN,
		1 / 0,
		true,
		null,
		[1],
		{},
	])("may not be %j", (raw) => {
		expect(readTurns(raw)).toEqual(bad("an integer >= 0; 0 is unlimited"));
	});

	it("of the conversation are at least one", () => {
		expect([1, "3", 0, "0", -1, "all"].map((raw) => outcome(readContextTurns(raw)))).toEqual([
			1,
			3,
			...Array(4).fill(bad("an integer >= 1")),
		]);
	});
});

describe("a flag", () => {
	it.each([
		[true, true],
		[false, false],
		["true", true],
		["false", false],
	])("may be %j", (raw, value) => {
		expect(readFlag(raw)).toEqual({ kind: "value", value });
	});

	it.each(["maybe", "", 0, 1, null, [], {}])("may not be %j", (raw) => {
		expect(readFlag(raw)).toEqual(bad("true or false"));
	});
});

describe("thinking", () => {
	const levels = "off, minimal, low, medium, high, xhigh, max";

	it.each(levels.split(", "))("may be %s", (level) => {
		expect(readThinking(level)).toEqual({ kind: "value", value: level });
	});

	it.each([
		[" High ", "high"],
		["XHIGH", "xhigh"],
		[false, "off"],
	])("may be written %j", (raw, value) => {
		expect(readThinking(raw)).toEqual({ kind: "value", value });
	});

	it.each(["huge", "", "none", true, 3, null, {}])("may not be %j", (raw) => {
		expect(readThinking(raw)).toEqual(bad(levels));
	});

	it("may not be an object that says how it is to be written", () => {
		expect(readThinking({ toString: 1, valueOf: 2 })).toEqual(bad(levels));
	});
});

describe("a prompt mode", () => {
	it.each(["append", "replace"])("may be %s", (mode) => {
		expect(readPromptMode(mode)).toEqual({ kind: "value", value: mode });
	});

	it.each(["Append ", "prepend", "", null, true, ["append"]])("may not be %j", (raw) => {
		expect(readPromptMode(raw)).toEqual(bad("append or replace"));
	});
});

describe("a text", () => {
	it.each([
		[" Reviews code. \n", "Reviews code."],
		[5, "5"],
		[true, "true"],
	])("may be %j", (raw, value) => {
		expect(readText(raw)).toEqual({ kind: "value", value });
	});

	it.each(["", " \n", null, [], ["a"], {}])("may not be %j", (raw) => {
		expect(readText(raw)).toEqual(bad("a text"));
	});
});
