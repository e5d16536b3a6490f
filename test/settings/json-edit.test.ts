import { describe, expect, it } from "vitest";
import type { SettingKey } from "../../src/domain/settings.ts";
import { placeOfSetting, withSetting } from "../../src/settings/json-edit.ts";

const lines = (...text: string[]) => `${text.join("\n")}\n`;

describe("a text with one setting changed", () => {
	it.each([
		["an empty object", "{}", lines("{", '\t"graceTurns": 2', "}")],
		["tabs", lines("{", '\t"a": 1', "}"), lines("{", '\t"a": 1,', '\t"graceTurns": 2', "}")],
		["four spaces", lines("{", '    "a": 1', "}"), lines("{", '    "a": 1,', '    "graceTurns": 2', "}")],
		["no newline at the end", '{\n\t"a": 1\n}', lines("{", '\t"a": 1,', '\t"graceTurns": 2', "}")],
		["CRLF", '{\r\n  "a": 1\r\n}\r\n', '{\r\n  "a": 1,\r\n  "graceTurns": 2\r\n}\r\n'],
		["a byte order mark", '\uFEFF{\n\t"a": 1\n}\n', `\uFEFF${lines("{", '\t"a": 1,', '\t"graceTurns": 2', "}")}`],
		[
			"the key amid others",
			lines("{", '  "graceTurns": "x",', '  "a": 1', "}"),
			lines("{", '  "graceTurns": 2,', '  "a": 1', "}"),
		],
		[
			"a value of many lines",
			lines("{", '\t"graceTurns": {', '\t\t"x": []', "\t}", "}"),
			lines("{", '\t"graceTurns": 2', "}"),
		],
	])("keeps the style of the file: %s", (_what, before, after) => {
		expect(withSetting(before, "graceTurns", 2)).toBe(after);
	});

	it("keeps every other key in its order and word for word, also what JavaScript would spoil", () => {
		const others = [
			'\t"2": 12345678901234567890,',
			'\t"1": 1e999,',
			'\t"__proto__": {"a": 1.0},',
			'\t"maxConcurrent": "many",',
		];
		const before = lines("{", ...others, '\t"graceTurns": 1', "}");
		expect(withSetting(before, "graceTurns", 2)).toBe(lines("{", ...others, '\t"graceTurns": 2', "}"));
	});

	it("writes a list with an item in each line", () => {
		expect(withSetting("{}", "models", ["a/*", "*b*"])).toBe(
			lines("{", '\t"models": [', '\t\t"a/*",', '\t\t"*b*"', "\t]", "}"),
		);
	});

	it("has the key once where it was there more than once, for the last one holds", () => {
		expect(JSON.parse(withSetting('{"graceTurns": 1, "a": 1, "graceTurns": 3}', "graceTurns", 2) ?? "")).toEqual({
			a: 1,
			graceTurns: 2,
		});
		expect(withSetting('{"graceTurns": 1, "graceTurns": 3}', "graceTurns", undefined)).toBe("{\n}\n");
	});

	it("has the key no more when it is taken out", () => {
		const before = lines("{", '\t"a": 1,', '\t"graceTurns": 2,', '\t"b": 2', "}");
		expect(withSetting(before, "graceTurns", undefined)).toBe(lines("{", '\t"a": 1,', '\t"b": 2', "}"));
		expect(withSetting(before, "models", undefined)).toBe(before);
	});

	it("is not made where the text is too deep or repeats the key too often", () => {
		const deep = `{"a": ${"[".repeat(50_000)}${"]".repeat(50_000)}}`;
		const repeated = `{${Array(5000).fill('"graceTurns": 1').join()}}`;
		expect([deep, repeated].map((text) => withSetting(text, "graceTurns", 2))).toEqual([undefined, undefined]);
	});
});

describe("the place of a setting", () => {
	it.each<[string, SettingKey, object | undefined]>([
		['{\n\t"a": 1,\n\t"graceTurns": 2}', "graceTurns", { line: 3, column: 2 }],
		['{"graceTurns": 1,\n "graceTurns": 2}', "graceTurns", { line: 2, column: 2 }],
		['{"a": {"graceTurns": 1}}', "graceTurns", undefined],
	])("is that of the last such key: %j", (text, key, place) => {
		expect(placeOfSetting(text, key)).toEqual(place);
	});
});
