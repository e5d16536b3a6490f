import { expect, it } from "vitest";
import { messageText } from "../../src/domain/message-text.ts";

it("takes a message that is one text as it is", () => {
	expect(messageText("hello")).toBe("hello");
});

it("joins the texts of a message in parts and leaves out everything else", () => {
	const parts = [{ type: "text", text: "a" }, { type: "thinking", text: "hm" }, { type: "text" }, { type: "image" }];
	expect(messageText([...parts, { type: "text", text: "b" }])).toBe("ab");
});
