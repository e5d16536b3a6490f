import { describe, expect, it } from "vitest";
import { colorNamed } from "../../src/domain/agent-color.ts";

describe("a color in an agent file", () => {
	it.each([
		["#8B5CF6", [139, 92, 246]],
		["#f00", [255, 0, 0]],
		[" Blue ", [59, 130, 246]],
		["accent", [6, 182, 212]],
	])("is understood: %s", (text, rgb) => {
		expect(colorNamed(text)).toEqual(rgb);
	});

	it.each(["", "blu", "#12", "#12345", "#gggggg", "rgb(1,2,3)", "toString", "__proto__", "\u001b[31m"])(
		"is not: %j",
		(text) => {
			expect(colorNamed(text)).toBeUndefined();
		},
	);
});
