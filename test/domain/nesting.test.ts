import { describe, expect, it } from "vitest";
import { bothAllow, GREATEST_DEPTH, startableTypes } from "../../src/domain/nesting.ts";

describe("startableTypes", () => {
	it("follows the setting where the agent file says nothing", () => {
		expect(startableTypes({}, 0, 0)).toBeUndefined();
		expect(startableTypes({}, 0, 1)).toBe("all");
		expect(startableTypes({}, 1, 1)).toBeUndefined();
	});

	it("lets an agent file decide, but never beyond the greatest depth", () => {
		expect(startableTypes({ allowedSubagents: ["a"] }, 0, 0)).toEqual(["a"]);
		expect(startableTypes({ allowedSubagents: [] }, 0, 5)).toBeUndefined();
		expect(startableTypes({ allowedSubagents: "all" }, GREATEST_DEPTH - 1, 0)).toBe("all");
		expect(startableTypes({ allowedSubagents: "all" }, GREATEST_DEPTH, 5)).toBeUndefined();
	});

	it.each(["subagent", "Agent", "TASK", "*", "sub*"])("starts none where the tool %s is denied", (tool) => {
		expect(startableTypes({ allowedSubagents: "all", deniedTools: [tool] }, 0, 5)).toBeUndefined();
	});

	it("starts none by the setting alone where the file names other extension tools only", () => {
		expect(startableTypes({ extensionTools: ["mcp__a"] }, 0, 5)).toBeUndefined();
		expect(startableTypes({ extensionTools: [] }, 0, 5)).toBeUndefined();
		expect(startableTypes({ extensionTools: ["mcp__a", "Task"] }, 0, 5)).toBe("all");
	});
});

it("keeps what both lists of types allow", () => {
	expect(bothAllow("all", ["a"])).toEqual(["a"]);
	expect(bothAllow(["a", "B"], ["b", "c"])).toEqual(["B"]);
	expect(bothAllow(undefined, "all")).toBeUndefined();
});
