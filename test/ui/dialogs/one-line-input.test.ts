import { describe, expect, it } from "vitest";
import { OneLineInput } from "../../../src/ui/dialogs/question-screen.ts";

const pasted = (text: string) => `\x1b[200~${text}\x1b[201~`;

describe("a line to type into", () => {
	it.each([
		["one\ntwo\r\n  three", "one two three"],
		["one line\n", "one line"],
		[" with blanks ", " with blanks "],
		["\x1b[31mred\x1b[0m\x07 and\tthis", "red and    this"],
		["", ""],
	])("makes one line of the pasted %j", (text, line) => {
		const input = new OneLineInput("");
		input.handleInput(pasted(text));
		expect(input.getValue()).toBe(line);
	});

	it("puts the pasted where the cursor is, and continues with what is typed after it", () => {
		const input = new OneLineInput("begin ");
		input.handleInput(`${pasted("a\nb")}!`);
		expect(input.getValue()).toBe("begin a b!");
	});
});
