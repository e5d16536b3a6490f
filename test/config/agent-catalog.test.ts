import { describe, expect, it } from "vitest";
import { AgentCatalog } from "../../src/config/agent-catalog.ts";
import { BUILT_IN_AGENTS } from "../../src/config/built-in-agents.ts";
import type { AgentDefinition } from "../../src/domain/agent-definition.ts";

function agent(name: string, description: string): AgentDefinition {
	return { name, description, tools: ["read"], promptMode: "append", instructions: "" };
}

describe("the catalog", () => {
	it("lists the built-in agents when it is given no others", () => {
		expect(new AgentCatalog().list()).toEqual(BUILT_IN_AGENTS);
	});

	it.each(["Explore", "explore", "EXPLORE", " eXpLoRe\n"])("finds Explore by %j", (type) => {
		expect(new AgentCatalog().find(type)?.name).toBe("Explore");
	});

	it.each(["", " ", "Explor", "Explore2", "general purpose", "__proto__", "constructor"])("knows no %j", (type) => {
		expect(new AgentCatalog().find(type)).toBeUndefined();
	});

	it("finds the later of two definitions whose names differ in letter case only, and lists it alone", () => {
		const [own, theirs] = [agent("Review", "the first"), agent("review", "the second")];
		const catalog = new AgentCatalog([own, agent("Other", "another"), theirs]);
		expect(catalog.find("REVIEW")).toBe(theirs);
		expect(catalog.list().map(({ description }) => description)).toEqual(["the second", "another"]);
	});

	it("hands out a new list each time", () => {
		const catalog = new AgentCatalog();
		(catalog.list() as AgentDefinition[]).length = 0;
		expect(catalog.list()).toEqual(BUILT_IN_AGENTS);
	});
});
