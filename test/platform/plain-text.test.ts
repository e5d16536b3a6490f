import { describe, expect, it } from "vitest";
import { plainLine, plainText } from "../../src/platform/plain-text.ts";

const CONTROL_CHARACTERS = [...Array(32).keys(), ...Array.from({ length: 33 }, (_, index) => 127 + index)]
	.map((code) => String.fromCharCode(code))
	.filter((character) => !"\n\r\t".includes(character));

describe("plain text", () => {
	it.each([
		["colours", "\x1b[31mred\x1b[0m and \x1b[38;2;1;2;3mmore\x1b[m", "red and more"],
		["cursor movement and erasing", "a\x1b[2J\x1b[1;1Hb\x1b[Kc", "abc"],
		["links", "\x1b]8;;https://example.com\x07here\x1b]8;;\x07", "here"],
		["window titles", "\x1b]0;title\x07text", "text"],
		["eight-bit sequences", "\x9b31mred", "red"],
	])("loses %s", (_what, raw, plain) => {
		expect(plainText(raw)).toBe(plain);
	});

	it("keeps words from right to left, and loses what would turn the rest of the line", () => {
		expect(plainText("مرحبا \u202eabc\u2066 שלום\u2069\u202c.")).toBe("مرحبا abc שלום.");
	});

	it.each(CONTROL_CHARACTERS)("loses the control character %j", (character) => {
		expect(plainText(`a${character} b`)).not.toContain(character);
	});

	it("contains no escape however sequences are nested or cut off", () => {
		for (const raw of ["\x1b\x1b[31m[31m", "\x1b[", "\x1b", "\x1b]8;;no end", "\x1b[\x1b[31m31m", "\x9b\x9b"]) {
			expect(plainText(raw)).not.toMatch(/[^\P{Cc}\n]/u);
		}
	});

	it("has one kind of line break", () => {
		expect(plainText("a\r\nb\rc\nd\r\n\r\ne")).toBe("a\nb\nc\nd\n\ne");
	});

	it("has four spaces for a tab", () => {
		expect(plainText("a\tb\t\tc")).toBe("a    b        c");
	});

	it("keeps everything else word for word", () => {
		const text = "  日本語 👩‍👩‍👧 é é <b> \\x1b[31m — “quoted”\n\n  indented  ";
		expect(plainText(text)).toBe(text);
	});
});

describe("a plain line", () => {
	it("is the same as one line, with single spaces and none around it", () => {
		expect(plainLine(" \t a\r\nb\n\n\x1b[1mc\x1b[0m\td ")).toBe("a b c d");
	});

	it("is empty when there is nothing to see", () => {
		expect(plainLine("\x1b[0m\r\n\t\x07")).toBe("");
	});
});
