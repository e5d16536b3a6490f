import { describe, expect, it } from "vitest";
import { BUILT_IN_AGENTS } from "../../src/agents/built-in-agents.ts";
import { isSafeAgentName } from "../../src/domain/agent-definition.ts";
import { neutralizeAgentTags } from "../../src/planning/system-prompt.ts";

const ALL_TOOLS = ["read", "bash", "edit", "write", "grep", "find", "ls"];
const READ_ONLY_TOOLS = ["read", "bash", "grep", "find", "ls"];

const policies = BUILT_IN_AGENTS.map(({ description, instructions, ...policy }) => policy);

describe("the built-in agents", () => {
	it("are general-purpose with every tool, and Explore, Plan and reviewer, which only read", () => {
		expect(policies).toEqual([
			{ name: "general-purpose", origin: "built-in", tools: ALL_TOOLS, promptMode: "append" },
			{
				name: "Explore",
				origin: "built-in",
				tools: READ_ONLY_TOOLS,
				model: { queries: ["haiku"], strength: "preferred" },
				promptMode: "replace",
			},
			{ name: "Plan", origin: "built-in", tools: READ_ONLY_TOOLS, promptMode: "replace" },
			{ name: "reviewer", origin: "built-in", tools: READ_ONLY_TOOLS, promptMode: "replace" },
		]);
	});

	it("add nothing to the prompt of general-purpose", () => {
		expect(BUILT_IN_AGENTS.find(({ name }) => name === "general-purpose")?.instructions).toBe("");
	});

	it.each(["Explore", "Plan", "reviewer"])("tell %s that it works read-only", (name) => {
		expect(BUILT_IN_AGENTS.find((definition) => definition.name === name)?.instructions).toContain(
			"You work read-only. Do not create, change, move or delete files",
		);
	});

	it.each(BUILT_IN_AGENTS.map((definition) => [definition.name, definition] as const))(
		"describe %s in one line, under a name that is safe in a tag",
		(name, { description, instructions }) => {
			expect(description).toMatch(/^\S.*\S$/);
			expect(isSafeAgentName(name)).toBe(true);
			expect(neutralizeAgentTags(instructions)).toBe(instructions);
		},
	);
});
