import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAgentFile } from "../../src/agents/agent-file.ts";
import { isSameName, problemWithAgentName } from "../../src/agents/agent-name.ts";
import { AWKWARD } from "../ui/drawing.ts";

describe("the name of a new agent", () => {
	it.each(["reviewer", "code reviewer", "a", "Prüfer-2", "日本語", "🦀", "a.b", "x".repeat(200), "console", "nul2"])(
		"may be %j",
		(name) => {
			expect(problemWithAgentName(name)).toBeUndefined();
		},
	);

	it.each([
		["", /needed/],
		[" \t", /needed/],
		[" a", /blanks/],
		["a/b", /expected one without \/ \\/],
		["..\\a", /without \/ \\/],
		["../../etc/passwd", /without \/ \\/],
		["a:b", /without/],
		["what?", /without/],
		["a|b*", /without/],
		['say "x"', /without/],
		["<b>", /without/],
		["R&D", /without/],
		["it's", /without/],
		[".", /dot/],
		["..", /dot/],
		[".hidden", /dot/],
		["a.", /dot/],
		["reviewer.MD", /\.md/],
		["CON", /Windows/],
		["nul.x", /Windows/],
		["com¹", /Windows/],
		["LPT9", /Windows/],
		["a\nb", /control characters/],
		["a\0b", /control characters/],
		["a\u202eb", /invisible/],
		["a\u200bb", /invisible/],
		["a\u2028b", /invisible/],
		["a\ud83d", /invisible/],
		["x".repeat(201), /201 bytes; expected at most 200/],
		["語".repeat(67), /201 bytes/],
		["x".repeat(1_000_000), /bytes/],
	])("cannot be %j", (name, reason) => {
		const said = problemWithAgentName(name);
		expect(said).toMatch(reason);
		expect(said?.length).toBeLessThan(200);
	});

	it("is accepted only where its file would load under this name", () => {
		const name = fc.oneof(fc.string({ unit: "binary", maxLength: 30 }), fc.constantFrom(...Object.values(AWKWARD)));
		fc.assert(
			fc.property(name, (typed) => {
				if (problemWithAgentName(typed) !== undefined) return true;
				const parsed = parseAgentFile(`/agents/${typed}.md`, "project", "body");
				return parsed.name === typed && parsed.definition !== undefined;
			}),
			{ numRuns: 3000, seed: 20_251_121, endOnFailure: false },
		);
	});
});

it.each([
	["Review", "rEVIEW", true],
	["caf\u00e9", "CAFE\u0301", true],
	["a", "b", false],
])("%s and %s are the same to some disk: %s", (one, other, same) => {
	expect(isSameName(one, other)).toBe(same);
});
