import { describe, expect, it } from "vitest";
import { formatCount, formatDuration, formatTokens } from "../../src/format/figures.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

describe("a duration", () => {
	it.each([
		[-5, "0ms"],
		[0, "0ms"],
		[1, "1ms"],
		[850, "850ms"],
		[999, "999ms"],
		[999.4, "999ms"],
		[999.5, "1.0s"],
		[SECOND, "1.0s"],
		[1049, "1.0s"],
		[1051, "1.1s"],
		[2345, "2.3s"],
		[59_949, "59.9s"],
		[59_950, "1m 00s"],
		[MINUTE, "1m 00s"],
		[MINUTE + 499, "1m 00s"],
		[MINUTE + 500, "1m 01s"],
		[4 * MINUTE + 7 * SECOND, "4m 07s"],
		[2 * MINUTE - 501, "1m 59s"],
		[2 * MINUTE - 500, "2m 00s"],
		[HOUR - 501, "59m 59s"],
		[HOUR - 500, "1h 00m"],
		[HOUR, "1h 00m"],
		[HOUR + 2 * MINUTE, "1h 02m"],
		[100 * HOUR + 59 * MINUTE, "100h 59m"],
	])("of %d milliseconds reads %s", (milliseconds, text) => {
		expect(formatDuration(milliseconds)).toBe(text);
	});

	it("never shows sixty seconds or sixty minutes", () => {
		const texts = Array.from({ length: 20_000 }, (_, index) => formatDuration(SECOND + index * 499));
		expect(texts.filter((text) => /60(\.0)?[sm]/.test(text))).toEqual([]);
	});
});

describe("a number of tokens", () => {
	it.each([
		[0, "0"],
		[950, "950"],
		[999, "999"],
		[1000, "1.0k"],
		[1234, "1.2k"],
		[9949, "9.9k"],
		[9950, "10k"],
		[34_200, "34k"],
		[999_499, "999k"],
		[999_500, "1.0M"],
		[1_000_000, "1.0M"],
		[1_540_000, "1.5M"],
		[123_456_789, "123.5M"],
	])("of %d reads %s", (count, text) => {
		expect(formatTokens(count)).toBe(text);
	});
});

describe("a count", () => {
	it("has its noun in the singular for one only", () => {
		expect([0, 1, 2].map((count) => formatCount(count, "tool use"))).toEqual([
			"0 tool uses",
			"1 tool use",
			"2 tool uses",
		]);
	});
});
