import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAgentFile } from "../../src/agents/agent-file.ts";
import { disabledText, enabledText } from "../../src/agents/enabled-flag.ts";
import { wildAgents } from "../support/wild-agents.ts";

const parse = (text: string) => parseAgentFile("/agents/a.md", "project", text);
const withoutFlag = (text: string) => {
	const { definition } = parse(text);
	const { enabled: _enabled, ...fileKeys } = definition?.fileKeys ?? {};
	return { ...definition, fileKeys };
};

describe("a file that is disabled", () => {
	it.each([
		["has one more line", "---\ndescription: d\n---\nbody", "---\nenabled: false\ndescription: d\n---\nbody"],
		["gets front matter where it has none", "Just do it.\n", "---\nenabled: false\n---\nJust do it.\n"],
		["keeps comments", "---\n# why\ntools: read # few\n---\n", "---\nenabled: false\n# why\ntools: read # few\n---\n"],
		["keeps its line ends", "---\r\nmodel: x\r\n---\r\nb\r\n", "---\r\nenabled: false\r\nmodel: x\r\n---\r\nb\r\n"],
		["keeps its mark", "\uFEFF---\nmodel: x\n---\n", "\uFEFF---\nenabled: false\nmodel: x\n---\n"],
		["may be no YAML", "---\ndescription: Use when: x\n---\n", "---\nenabled: false\ndescription: Use when: x\n---\n"],
	])("%s", (_what, before, after) => {
		expect(disabledText(before)).toBe(after);
		expect(parse(after).isDisabled).toBe(true);
		expect(withoutFlag(after)).toEqual(withoutFlag(before));
		expect(enabledText(after)).toEqual({ kind: "text", text: before });
	});

	it.each([
		["keeps what stands behind the flag", "enabled: yes # for now\nmodel: x\n", "enabled: false # for now\nmodel: x\n"],
		["may be without keys", "", "enabled: false\n"],
	])("%s", (_what, before, after) => {
		expect(disabledText(`---\n${before}---\nbody`)).toBe(`---\n${after}---\nbody`);
	});

	it("is left alone when it is disabled already", () => {
		const text = "---\nenabled: 'no' # why\n---\n";
		expect(disabledText(text)).toBe(text);
	});

	it.each([
		["whose keys are in braces", "---\n{description: d}\n---\nbody"],
		["whose front matter is not closed", "---\ndescription: d\nbody"],
		["whose keys are a list", "---\n- a\n---\nbody"],
		["whose flag is a text of several lines", "---\nenabled: |\n  true\n---\nbody"],
		["whose flag is an alias", "---\nmodel: &a haiku\nenabled: *a\n---\nbody"],
	])("is none %s", (_what, text) => {
		expect(disabledText(text)).toBeUndefined();
	});
});

describe("a file that is enabled", () => {
	it.each([
		[
			"loses the line",
			"---\ndescription: d\nenabled: false\ntools: read\n---\nb",
			"---\ndescription: d\ntools: read\n---\nb",
		],
		["keeps a comment beside it", "---\nenabled: no # why\n---\nb", "---\nenabled: true # why\n---\nb"],
		["loses front matter that has nothing else", "---\r\nenabled: false\r\n---\r\nbody", "body"],
		["may have quoted its flag", '---\n"enabled": "false"\n---\nb', '---\n"enabled": true\n---\nb'],
	])("%s", (_what, before, after) => {
		expect(enabledText(before)).toEqual({ kind: "text", text: after });
		expect(parse(after).isDisabled).toBe(false);
	});

	it.each(["---\nenabled: false\n---\n", "---\nenabled: false\n---", "\uFEFF---\nenabled: false\n---\n\n\n"])(
		"held nothing else: %j",
		(text) => {
			expect(enabledText(text)).toEqual({ kind: "nothing" });
		},
	);

	it.each(["", "body", "---\ndescription: d\n---\n", "---\n{enabled: false}\n---\n", "---\nenabled: false\n"])(
		"is none of those that are not disabled, or in no form that can be changed: %j",
		(text) => {
			expect(enabledText(text)).toEqual({ kind: "unclear" });
		},
	);
});

describe("disabling and enabling", () => {
	const holdsNothingElse = (text: string) => {
		const { fileKeys, instructions } = withoutFlag(text);
		return Object.keys(fileKeys).length === 0 && (instructions ?? "").trim() === "";
	};
	/** Means the same again and, where the flag was not there before and front matter is left, is the same to the byte. */
	const goesBack = (text: string) => {
		const off = disabledText(text);
		if (off === undefined || off === text || !parse(text).definition) return true;
		if (!parse(off).isDisabled) return false;
		const on = enabledText(off);
		if (on.kind !== "text") return on.kind === "nothing" && holdsNothingElse(text);
		const isSame = isDeepStrictEqual(withoutFlag(on.text), withoutFlag(text)) && !parse(on.text).isDisabled;
		return isSame && (/enabled/.test(text) || !/^\uFEFF?---[ \t]*(?:[\r\n]|$)/.test(on.text) || on.text === text);
	};

	it.each(Object.entries(wildAgents()))("leaves a file as it was: %s", (_name, text) => {
		expect(goesBack(text)).toBe(true);
	});

	it("leaves any text as it was, or does not touch it", () => {
		const line = fc.constantFrom(
			...[
				"description: d",
				"# comment",
				"tools: [read]",
				"enabled: true",
				"enabled: on # yes",
				'enabled: "true"',
				"enabled:",
			],
			...[
				"enabled: maybe",
				"model:",
				"  - a",
				"- b",
				"'enabled': true",
				"x: |",
				"  enabled: true",
				"",
				"a: Use when: b",
				"---",
			],
		);
		const end = fc.constantFrom("\n", "\r\n", "\r");
		const fence = fc.constantFrom("---", "--- ", "", "\uFEFF---", "----");
		const file = fc
			.tuple(fence, fc.array(line, { maxLength: 5 }), end, fence, fc.constantFrom("", "body", "\nbody\n", "---\nx"))
			.map(([open, lines, eol, close, body]) => [open, ...lines, close, body].join(eol));
		fc.assert(fc.property(fc.oneof(file, fc.string({ unit: "binary" })), goesBack), {
			numRuns: 4000,
			seed: 20_251_121,
			endOnFailure: false,
		});
	});
});
