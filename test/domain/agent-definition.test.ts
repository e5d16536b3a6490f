import { describe, expect, it } from "vitest";
import { BUILTIN_TOOLS, isSafeAgentName } from "../../src/domain/agent-definition.ts";

describe("an agent's name", () => {
	it.each(["Explore", "general-purpose", "code review", "v2.1_beta", "Prüfer", "日本語", "a/b", "x=y", "$1"])(
		"may be %j",
		(name) => {
			expect(isSafeAgentName(name)).toBe(true);
		},
	);

	it.each([
		"",
		" ",
		" a",
		"a ",
		"a\n",
		'a"b',
		"a'b",
		"a<b",
		"a>b",
		"a&b",
		"a\\b",
		"a\nb",
		"a\tb",
		"a\x00b",
		"a\x1bb",
		"a\x9bb",
	])("may not be %j", (name) => {
		expect(isSafeAgentName(name)).toBe(false);
	});
});

it("can be given the seven tools of the host", () => {
	expect(BUILTIN_TOOLS).toEqual(["read", "bash", "edit", "write", "grep", "find", "ls"]);
});
