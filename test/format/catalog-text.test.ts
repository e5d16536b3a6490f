import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../src/domain/diagnostic.ts";
import { diagnosticText } from "../../src/domain/diagnostic.ts";
import { catalogText, diagnosticsText, startText } from "../../src/format/catalog-text.ts";
import { sampleAgent } from "../config/sample-agent.ts";

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
