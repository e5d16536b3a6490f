import { describe, expect, it } from "vitest";
import { AgentCatalog, aliasClashes } from "../../src/agents/agent-catalog.ts";
import { parseAgentFile } from "../../src/agents/agent-file.ts";
import { unknownTool } from "../../src/agents/agent-file-values.ts";
import { BUILT_IN_AGENTS } from "../../src/agents/built-in-agents.ts";
import type { AgentDefinition } from "../../src/domain/agent-definition.ts";
import type { Diagnostic } from "../../src/domain/diagnostic.ts";
import { asFile, sampleAgent } from "./sample-agent.ts";

const agent = (name: string, description: string) => sampleAgent({ name, description });
const found = (definition: AgentDefinition | undefined) => ({ kind: "found", definition });
const listed = (catalog: AgentCatalog) => catalog.list().map(({ name, description }) => `${name}: ${description}`);
const builtIn = BUILT_IN_AGENTS.map(({ name, description }) => `${name}: ${description}`);

describe("the catalog", () => {
	it("lists the built-in agents when it is given no others", () => {
		expect(new AgentCatalog().list()).toEqual(BUILT_IN_AGENTS);
	});

	it.each(["Explore", "explore", "EXPLORE", " eXpLoRe\n"])("finds Explore by %j", (type) => {
		expect(new AgentCatalog().find(type)).toEqual(found(BUILT_IN_AGENTS.find(({ name }) => name === "Explore")));
	});

	it.each([
		"",
		" ",
		"@",
		".md",
		"quantum-poet",
		"security-auditor",
		"play",
		"general",
		"__proto__",
		"constructor",
		"toString",
	])("knows no %j", (type) => {
		expect(new AgentCatalog().find(type)).toEqual({ kind: "unknown" });
	});

	it("hands out a new list each time", () => {
		const catalog = new AgentCatalog();
		(catalog.list() as AgentDefinition[]).length = 0;
		expect(catalog.list()).toEqual(BUILT_IN_AGENTS);
	});

	it("carries what was wrong with the files", () => {
		const diagnostics: Diagnostic[] = [{ severity: "error", file: "/a.md", message: "cannot be read" }];
		expect(new AgentCatalog([], diagnostics).diagnostics).toBe(diagnostics);
	});
});

describe("of agents with the same name", () => {
	it("the last layer's is found and listed alone, whatever the letter case, in the place of the first", () => {
		const [own, theirs] = [agent("Review", "the person's"), agent("rEVIEW", "the project's")];
		const catalog = new AgentCatalog([[asFile(own), asFile(agent("Other", "another"))], [asFile(theirs)]]);
		expect(catalog.find("REVIEW")).toEqual(found(theirs));
		expect(listed(catalog)).toEqual([...builtIn, "rEVIEW: the project's", "Other: another"]);
	});

	it("a file's goes before the built-in one", () => {
		const mine = agent("explore", "mine");
		const catalog = new AgentCatalog([[asFile(mine)]]);
		expect(catalog.find("Explore")).toEqual(found(mine));
		expect(listed(catalog)).toEqual([builtIn[0], "explore: mine", ...builtIn.slice(2)]);
	});

	it("a file's that cannot be used hides the one below, which may do more", () => {
		const problem: Diagnostic = { severity: "error", file: "/agents/Review.md", line: 2, message: "not valid YAML" };
		const broken = { ...asFile(agent("Review", "")), definition: undefined, diagnostics: [problem] };
		const layers = [[asFile(agent("Review", "the person's"))], [broken, { ...broken, name: "Plan", diagnostics: [] }]];
		const catalog = new AgentCatalog(layers);
		expect([catalog.find("review"), catalog.find("plan").kind]).toEqual([
			{ kind: "broken", name: "Review", problem },
			"broken",
		]);
		expect(listed(catalog)).toEqual([builtIn[0], builtIn[1], builtIn[3]]);
	});
});

describe("a disabled agent", () => {
	const catalog = new AgentCatalog([
		[asFile(agent("Review", "the person's"))],
		[asFile(agent("review", "off"), { isDisabled: true }), asFile(agent("Plan", "off"), { isDisabled: true })],
	]);

	it.each(["review", "REVIEW", "plan"])("is not found, and hides those below it: %s", (type) => {
		expect(catalog.find(type)).toMatchObject({ kind: "disabled", file: expect.stringMatching(/\.md$/) });
	});

	it("is not listed", () => {
		expect(listed(catalog)).toEqual([builtIn[0], builtIn[1], builtIn[3]]);
	});
});

describe("the tools that agents name", () => {
	const named = (name: string, ...extensionTools: string[]) =>
		sampleAgent({ name, file: `/agents/${name}.md`, extensionTools });
	const isKnown = (tool: string) => tool === "lookup";
	const unknown = (file: string, line: number, tool: string) => ({
		severity: "warning",
		file,
		line,
		message: unknownTool(tool),
	});

	it("are reported with file and line where nobody knows them", () => {
		const files = [
			asFile(named("A", "lookup", "raed", "Lookup"), { toolsLine: 4 }),
			asFile(named("B", "lookup"), { toolsLine: 2 }),
		];
		const theirs = [asFile(named("C", "toString"), { toolsLine: 3 })];
		expect(new AgentCatalog([files, theirs]).unknownTools(isKnown)).toEqual([
			unknown("/agents/A.md", 4, "raed"),
			unknown("/agents/A.md", 4, "Lookup"),
			unknown("/agents/C.md", 3, "toString"),
		]);
	});

	it("are not told of a file that another one takes the place of", () => {
		const catalog = new AgentCatalog([[asFile(named("A", "raed"), { toolsLine: 4 })], [asFile(named("a", "lookup"))]]);
		expect(catalog.unknownTools(isKnown)).toEqual([]);
	});

	it("are never those of the built-in agents", () => {
		expect(new AgentCatalog().unknownTools(() => false)).toEqual([]);
	});
});

describe("two files of one folder whose names differ by letter case", () => {
	const [upper, lower] = [agent("Review", "the first"), agent("review", "the second")];
	const catalog = new AgentCatalog([[asFile(upper), asFile(lower)]]);

	it("are each found by their own name", () => {
		expect([catalog.find("Review"), catalog.find(" review ")]).toEqual([found(upper), found(lower)]);
	});

	it("are ambiguous in any other letter case", () => {
		expect(catalog.find("REVIEW")).toEqual({ kind: "ambiguous", names: ["Review", "review"] });
	});

	it("are both listed", () => {
		expect(listed(catalog)).toEqual([...builtIn, "Review: the first", "review: the second"]);
	});

	it("both go when a higher layer has the name", () => {
		const theirs = agent("REVIEW", "the project's");
		const layered = new AgentCatalog([[asFile(upper), asFile(lower)], [asFile(theirs)]]);
		expect(layered.find("review")).toEqual(found(theirs));
	});
});

describe("the overview of all agents", () => {
	const overview = (catalog: AgentCatalog) =>
		catalog.overview(() => true).map(({ name, origin, state }) => [name, origin, ...Object.values(state)].join(" "));
	const broken = (name: string) => ({ ...asFile(agent(name, "")), definition: undefined });
	const personal = (name: string) => asFile(sampleAgent({ name, origin: "personal" }));

	it("has the built-in ones in use when there are no others", () => {
		expect(overview(new AgentCatalog())).toEqual([
			"general-purpose built-in in use",
			"Explore built-in in use",
			"Plan built-in in use",
			"reviewer built-in in use",
		]);
	});

	it("has every one with what became of it, those of a name together, the one that counts first", () => {
		const off = asFile(agent("explore", "off"), { isDisabled: true });
		const layers = [
			[personal("Review"), personal("Explore"), personal("Plan")],
			[broken("review"), off, asFile(agent("Other", "another"))],
		];
		expect(overview(new AgentCatalog(layers))).toEqual([
			"general-purpose built-in in use",
			"explore project disabled",
			"Explore personal overridden project",
			"Explore built-in overridden project",
			"Plan personal in use",
			"Plan built-in overridden personal",
			"reviewer built-in in use",
			"review project broken",
			"Review personal overridden project",
			"Other project in use",
		]);
	});

	it("takes both of two files that differ by letter case, and the first of two of one name", () => {
		const layers = [[personal("A"), personal("a"), personal("A")]];
		expect(overview(new AgentCatalog(layers)).slice(BUILT_IN_AGENTS.length)).toEqual([
			"A personal in use",
			"a personal in use",
			"A personal overridden personal",
		]);
	});

	it("has with each what was wrong with its file, unknown tools included", () => {
		const [fine, other] = [
			sampleAgent({ name: "Fine", file: "/p/Fine.md", extensionTools: ["raed"] }),
			broken("Other"),
		];
		const said: Diagnostic[] = [
			{ severity: "error", file: other.file, message: "cannot be read" },
			{ severity: "error", file: "/somewhere/else.md", message: "neither" },
		];
		const all = new AgentCatalog([[asFile(fine), other]], said).overview((tool) => tool === "read");
		expect(all.slice(BUILT_IN_AGENTS.length).map(({ diagnostics }) => diagnostics)).toEqual([
			[{ severity: "warning", file: "/p/Fine.md", message: unknownTool("raed") }],
			[said[0]],
		]);
	});
});

describe("the built-in reviewer", () => {
	const named = (keys: string) => parseAgentFile("/agents/mine.md", "personal", `---\n${keys}\n---\nbody`);

	it("is there where no file has its name", () => {
		expect(new AgentCatalog([[named("name: other")]]).list().map(({ name }) => name)).toContain("reviewer");
	});

	it.each([false, true])("is off where a file is called reviewer, disabled: %s", (isDisabled) => {
		const catalog = new AgentCatalog([[asFile(agent("Reviewer", "mine"), { isDisabled })]]);
		expect(catalog.overview(() => true).filter(({ name }) => /^reviewer$/i.test(name))).toMatchObject([
			{ name: "Reviewer", state: { kind: isDisabled ? "disabled" : "in use" } },
		]);
		expect(catalog.find("reviewer").kind).toBe(isDisabled ? "disabled" : "found");
	});

	it.each(["name: reviewer", "name: Reviewer", "display_name: REVIEWER"])("is off where a file has `%s`", (keys) => {
		const layers = [[named(keys)]];
		const catalog = new AgentCatalog(layers);
		expect(catalog.find("reviewer")).toMatchObject({ kind: "found", definition: { name: "mine" } });
		expect(catalog.list().map(({ name }) => name)).toEqual(["general-purpose", "Explore", "Plan", "mine"]);
		expect(aliasClashes(layers)).toEqual([]);
	});
});
