import { describe, expect, it } from "vitest";
import { plainExcerpt, plainValue } from "../../../src/ui/viewer/block-component.ts";

describe("text in a conversation that is looked at", () => {
	it("has no line that takes the host long to wrap, and loses none of it", () => {
		const text = `short\n${"x".repeat(40_000)}\n${"語".repeat(5000)}😀 end`;
		const shown = plainExcerpt(text);
		expect(Math.max(...shown.split("\n").map((line) => [...line].length))).toBe(2000);
		expect(shown.replaceAll("\n", "")).toBe(text.replaceAll("\n", ""));
	});

	it("never breaks a character in two", () => {
		expect(plainExcerpt("😀".repeat(4001)).split("\n")).toEqual(["😀".repeat(2000), "😀".repeat(2000), "😀"]);
	});

	it("is left as it is when its lines are no longer than that", () => {
		expect(plainExcerpt(`one\n${"x".repeat(1999)}`)).toBe(`one\n${"x".repeat(1999)}`);
	});

	it("has no escape sequences, in keys and values of every depth", () => {
		expect(plainValue({ "a\x1b[31m": ["\x1b[2Jb", { c: "d\x00" }], n: 1, none: null })).toEqual({
			...{ a: ["b", { c: "d" }], n: 1, none: null },
		});
	});
});
