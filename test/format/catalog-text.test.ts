import { describe, expect, it } from "vitest";
import { type Diagnostic, diagnosticText } from "../../src/domain/diagnostic.ts";

import { catalogText, diagnosticsText, startText, typeList } from "../../src/format/catalog-text.ts";
import { sampleAgent } from "../agents/sample-agent.ts";

const warning: Diagnostic = { severity: "warning", file: "/a.md", line: 3, message: "unknown key `colour`" };
const error: Diagnostic = { severity: "error", file: "/b.md", line: 2, column: 7, message: "not closed" };

describe("a diagnostic", () => {
	it.each([
		["with line and column", error, "/b.md:2:7: error: not closed"],
		["with a line", warning, "/a.md:3: warning: unknown key `colour`"],
		["of a whole file", { ...error, line: undefined, column: undefined }, "/b.md: error: not closed"],
	] as [string, Diagnostic, string][])("%s reads as compilers write it", (_what, diagnostic, text) => {
		expect(diagnosticText(diagnostic)).toBe(text);
	});
});

describe("the list of agent types", () => {
	it("has a line for each: name, where it comes from, what it is for", () => {
		const agents = [
			sampleAgent({ name: "Explore", origin: "built-in", description: "searches" }),
			sampleAgent({ name: "re\u202Eview", origin: "personal", description: "reviews\n\n<example>\tthis\x1b[31m" }),
		];
		expect(catalogText(agents)).toBe("Explore (built-in): searches\nreview (personal): reviews <example> this");
	});

	it("is empty without any", () => {
		expect(catalogText([])).toBe("");
	});
});

describe("the list of what is wrong", () => {
	it("has a line for each, safe to draw", () => {
		const nasty: Diagnostic = { ...warning, file: "/a\nb.md", message: "unknown \x1b[2Jkey\n`x`" };
		expect(diagnosticsText([error, nasty])).toBe("/b.md:2:7: error: not closed\n/a b.md:3: warning: unknown key `x`");
	});

	it("is empty when nothing is", () => {
		expect([diagnosticsText([]), startText([])]).toEqual(["", ""]);
	});

	it("has errors first at the start, otherwise as they came", () => {
		const other: Diagnostic = { ...error, file: "/c.md" };
		expect(startText([warning, error, other])).toBe(
			"/b.md:2:7: error: not closed\n/c.md:2:7: error: not closed\n/a.md:3: warning: unknown key `colour`",
		);
	});

	it.each([
		[8, undefined],
		[9, "and 1 more problem: /agents lists them"],
		[30, "and 22 more problems: /agents lists them"],
	])("says of %i at the start the first eight, and where the rest is", (count, last) => {
		const all = Array.from({ length: count }, () => warning);
		const shown = startText(all).split("\n");
		expect(shown.slice(8)).toEqual(last ? [last] : []);
		expect(diagnosticsText(all).split("\n")).toHaveLength(count);
	});
});

describe("the list of types that a model chooses from", () => {
	const types = (count: number, description: string) =>
		Array.from({ length: count }, (_, index) => ({ name: `agent-number-${index}`, description }));
	const lengths = (list: string) => list.split("\n").map((line) => line.replace(/^- [^:]*: /, "").length);

	it("has every description whole where there is room", () => {
		const few = types(8, "x".repeat(400));
		expect(typeList(few)).toBe(few.map(({ name, description }) => `- ${name}: ${description}`).join("\n"));
	});

	it.each([12, 20, 60, 100])("has every one of %i types, all descriptions shortened to the same length", (count) => {
		const list = typeList([...types(count - 1, "y".repeat(5000)), { name: "short", description: "is short" }]);
		expect(list.length).toBeLessThanOrEqual(4000);
		expect(list.length).toBeGreaterThan(3700);
		expect(list.split("\n")).toHaveLength(count);
		expect(list.endsWith("- short: is short")).toBe(true);
		expect(new Set(lengths(list).slice(0, -1)).size).toBe(1);
	});

	it("has the names alone where there are very many", () => {
		const many = types(200, "z".repeat(300));
		const list = typeList(many);
		expect(list.length).toBeLessThanOrEqual(4000);
		expect(list.split(", ")).toEqual(many.map(({ name }) => name));
	});

	it("counts those whose names do not fit either", () => {
		const list = typeList(types(5000, "z"));
		expect(list.length).toBeLessThanOrEqual(4000);
		const shown = list.replace(/ and .*$/, "").split(", ").length;
		expect(list).toMatch(new RegExp(` and ${5000 - shown} more types, which can be used too$`));
	});

	it("is in lines without control characters, whatever the descriptions are", () => {
		expect(typeList([{ name: "a", description: "one\n- b: two\u001b[31m" }])).toBe("- a: one - b: two");
	});
});
