import { describe, expect, it } from "vitest";
import { inspected, reasonOf } from "../../src/platform/reason-of.ts";
import { HOSTILE_VALUES } from "../support/hostile-values.ts";

describe("the reason in what was thrown", () => {
	it.each([
		["an error", new Error("the disk is full"), "the disk is full"],
		["an error without a message", new TypeError(), "TypeError"],
		["a string", "no room", "no room"],
		["an error of another realm", { name: "Error", message: "from a worker" }, "from a worker"],
		["a number", 7, "7"],
		["a symbol", Symbol("odd"), "Symbol(odd)"],
		["an object that says what it is", { toString: () => "broken pipe" }, "broken pipe"],
		["nothing", undefined, "no reason was given (undefined was thrown)"],
		["null", null, "no reason was given (null was thrown)"],
		["an empty text", "", "no reason was given (an empty text was thrown)"],
		["a plain object", { code: 7 }, "no reason was given (an object without a message was thrown)"],
		[
			"an object without a prototype",
			Object.create(null),
			"no reason was given (an object without a message was thrown)",
		],
	])("is read from %s", (_what, thrown, reason) => {
		expect(reasonOf(thrown)).toBe(reason);
	});

	it.each(HOSTILE_VALUES)("is some short text for %s", (_what, make) => {
		const reason = reasonOf(make());
		expect(reason).not.toBe("");
		expect(reason.length).toBeLessThanOrEqual(2001);
	});

	it("is not cut in the middle of a character", () => {
		for (const text of ["\u{1F600}".repeat(2000), `x${"\u{1F600}".repeat(2000)}`])
			expect(reasonOf(text)).not.toContain("\uFFFD");
	});
});

describe("a value that is shown in a message", () => {
	it.each([
		["relative", "'relative'"],
		[7n, "7n"],
		[undefined, "undefined"],
		[[["a"]], "[ [Array] ]"],
	])("is %s in one short line", (value, shown) => {
		expect(inspected(value)).toBe(shown);
	});

	it.each(HOSTILE_VALUES)("is some short text for %s", (_what, make) => {
		const shown = inspected(make());
		expect(shown).not.toBe("");
		expect(shown.length).toBeLessThanOrEqual(81);
	});
});
