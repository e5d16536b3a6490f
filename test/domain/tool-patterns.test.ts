import { describe, expect, it } from "vitest";
import { matchesToolPattern } from "../../src/domain/tool-patterns.ts";

describe("a pattern of tools", () => {
	it.each([
		["read", "read"],
		["mcp__x__a", "mcp__x__*"],
		["mcp__x__", "mcp__x__*"],
		["anything", "*"],
		["", "*"],
		["mcp__x__get_item", "mcp__*__get_*"],
		["aXbXc", "a*b*c"],
		["a.b", "a.b"],
	])("means %s: %s", (name, pattern) => {
		expect(matchesToolPattern(name, pattern)).toBe(true);
	});

	it.each([
		["reading", "read"],
		["thread", "read"],
		["mcp__xy__a", "mcp__x__*"],
		["axb", "a.b"],
		["aba", "ab*ba"],
		["ac", "a*b*c"],
		["Read", "read"],
		["read", ""],
	])("does not mean %s: %s", (name, pattern) => {
		expect(matchesToolPattern(name, pattern)).toBe(false);
	});
});
