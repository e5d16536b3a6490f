import { describe, expect, it } from "vitest";
import { isToolDenied, matchesToolPattern } from "../../src/domain/tool-patterns.ts";

describe("a tool pattern", () => {
	const cases: [pattern: string, name: string, matches: boolean][] = [
		["read", "read", true],
		["read", "reader", false],
		["re*", "read", true],
		["*", "anything", true],
		["*_search", "web_search", true],
		["*_search", "web_search_2", false],
		["a*b*c", "a-b-b-c", true],
		["a*b*c", "a-c-b", false],
		["ab*ba", "aba", false],
		["mcp__tiny__*", "mcp__tiny__echo", true],
		["mcp__tiny__*", "mcp__tinier__echo", false],
		["mcp__tiny", "mcp__tiny__echo", true],
		["mcp__tiny", "mcp__tinier__echo", false],
		["mcp__tiny", "mcp__tiny", false],
		["mcp__tiny__echo", "mcp__tiny__echo", true],
		["mcp__tiny__echo", "mcp__tiny__echo__twice", false],
		["mcp__dev-radius__*", "mcp__dev_radius__find", true],
		["mcp__dev.radius", "mcp__dev_radius__find", true],
		["mcp__*", "mcp__tiny__echo", true],
		["mcp__*", "read", false],
		["r.ad", "read", false],
		["(", "(", true],
	];

	it.each(cases)("%s compared with %s: %s", (pattern, name, matches) => {
		expect(matchesToolPattern(name, pattern)).toBe(matches);
	});

	it("with many stars is compared in no time", () => {
		expect(matchesToolPattern("a".repeat(50_000), `${"a*".repeat(5_000)}b`)).toBe(false);
	});
});

describe("a list of denied tools", () => {
	it("denies what any of its patterns means, and nothing when it is absent", () => {
		expect(isToolDenied("write", ["edit", "wr*"])).toBe(true);
		expect(isToolDenied("mcp__Tiny__echo", ["MCP__tiny__*"])).toBe(true);
		expect(isToolDenied("read", ["edit", "wr*"])).toBe(false);
		expect(isToolDenied("read", undefined)).toBe(false);
	});
});
