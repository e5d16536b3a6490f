import { describe, expect, it } from "vitest";
import { isNestedTooDeep, MOST_JSON_DEPTH } from "../../src/platform/json-depth.ts";

const nested = (levels: number, inside = "1") => `${'{"a": ['.repeat(levels / 2)}${inside}${"]}".repeat(levels / 2)}`;

describe("the nesting of a JSON text", () => {
	it.each([
		["as deep as is trusted", nested(MOST_JSON_DEPTH), false],
		["one level deeper", nested(MOST_JSON_DEPTH, "[]"), true],
		["much deeper", nested(500_000), true],
		["wide, not deep", `[${"[],".repeat(100_000)}{}]`, false],
		["of brackets in a string", `["${"[".repeat(500)}"]`, false],
		["of brackets behind an escaped quote", `["\\"${"[".repeat(500)}"]`, false],
		["of brackets in a string without an end", `["${"[".repeat(500)}`, false],
		["of brackets without an end", "[".repeat(500), true],
		["of nothing", "", false],
	])("%s", (_what, json, isTooDeep) => {
		expect(isNestedTooDeep(json)).toBe(isTooDeep);
	});
});
