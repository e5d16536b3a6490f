import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forEditor, fromEditor } from "../../../src/ui/agents/edit-agent-file.ts";

describe("a text that went through the host's editor", () => {
	it("is as it was when nothing was changed, whatever the editor cannot hold", () => {
		const line = fc.constantFrom("a", "\tb", "c  ", "", "    d", "\t\te\t");
		const text = fc
			.tuple(fc.constantFrom("", "\uFEFF", "\n\n"), fc.array(line), fc.constantFrom("\n", "\r\n", "\r"))
			.map(([lead, lines, end]) => lead + lines.join(end));
		fc.assert(fc.property(text, (before) => fromEditor(before, forEditor(before)) === before));
	});

	it.each([
		["keeps the line ends it had", "a\r\nb\r\n", "a\nc", "a\r\nc\r\n"],
		["keeps the tabs of lines that were left alone", "a\n\tb\n", "x\n    b", "x\n\tb\n"],
		["ends with a line end", "a", "b", "b\n"],
		["keeps its mark", "\uFEFFa\n", "b", "\uFEFFb\n"],
		["may be emptied", "a\n", "", "\n"],
	])("%s", (_what, before, edited, after) => {
		expect(fromEditor(before, edited)).toBe(after);
	});
});
