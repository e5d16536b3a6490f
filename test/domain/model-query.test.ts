import { describe, expect, it } from "vitest";
import { meansParentsModel, readModelQuery } from "../../src/domain/model-query.ts";

describe("a model as people write it", () => {
	it.each([
		["haiku", { name: "haiku" }],
		["haiku:low", { name: "haiku", level: "low" }],
		["openai/gpt-5:MAX", { name: "openai/gpt-5", level: "max" }],
		["sonnet[1m]", { name: "sonnet", context: 1_000_000 }],
		["sonnet [200K]:off", { name: "sonnet", context: 200_000, level: "off" }],
		["inherit:high", { name: "inherit", level: "high" }],
		["a/b:free", { name: "a/b:free" }],
		[":high", { name: ":high" }],
		["", { name: "" }],
		["a:low:high", { name: "a", level: "high" }],
	])("is taken apart: %s", (query, expected) => {
		expect(readModelQuery(query)).toEqual(expected);
	});

	it("means the parent's own where it says so", () => {
		expect(["inherit", " Default ", "inherits"].map(meansParentsModel)).toEqual([true, true, false]);
	});
});
