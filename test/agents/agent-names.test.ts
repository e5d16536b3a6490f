import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { AgentFolders } from "../../src/agents/agent-folders.ts";
import { cpuMs } from "../support/cpu-time.ts";

const root = mkdtempSync(join(tmpdir(), "pi-crew-names-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const FILES: Record<string, string> = {
	"reviewer.md": "name: code-reviewer\ndisplay_name: The Strict One",
	"re\u0301viseur.md": "tools: ls",
	"Straße.md": "tools: ls",
	"数据分析.md": "name: data-analyst",
	"team:lead.md": "tools: ls",
	"broken.md": "name: broken-one\ntools: [read",
	"closed.md": "name: closed-one\ndisplay_name: Closed One\ndenyTools: bash",
	"off.md": "enabled: false\nname: switched-off",
	"one.md": "name: twin\ndisplay_name: Shown Twice",
	"two.md": "name: twin\ndisplay_name: shown twice",
	"posing.md": "name: Explore\ndisplay_name: reviewer",
	"agent-smith.md": "tools: ls",
};
mkdirSync(join(root, ".pi", "agents"), { recursive: true });
for (const [name, keys] of Object.entries(FILES))
	writeFileSync(join(root, ".pi", "agents", name), `---\n${keys}\n---\nbody`);
const catalog = new AgentFolders(join(root, "agent"), root).load({ cwd: root, isTrusted: true });

function outcome(type: string): string {
	const found = catalog.find(type);
	switch (found.kind) {
		case "found":
			return found.definition.name.normalize("NFC");
		case "broken":
			return `broken ${found.name}:${found.problem?.line}`;
		case "near":
			return `near ${found.names[0]?.normalize("NFC")}`;
		default:
			return found.kind;
	}
}

describe("a type is found", () => {
	it.each([
		...["reviewer", "REVIEWER", " reviewer\n", "@reviewer", "@Reviewer", "reviewer.md", "Reviewer.MD", "@reviewer.md"],
		...["plugin:reviewer", "my-plugin:reviewer", "a:b:reviewer", "agents/reviewer", ".pi/agents/reviewer.md"],
		...["code-reviewer", "Code-Reviewer", "@code-reviewer", "team:code-reviewer", "the strict one", "@agent-reviewer"],
	])("however its name is written: %j", (type) => {
		expect(outcome(type)).toBe("reviewer");
	});

	it.each([
		["r\u00e9viseur", "r\u00e9viseur"],
		["RE\u0301VISEUR", "r\u00e9viseur"],
		["straße", "Straße"],
		["数据分析", "数据分析"],
		["Data-Analyst", "数据分析"],
		["team:lead", "team:lead"],
		["agent-smith", "agent-smith"],
		["@agent-agent-smith", "agent-smith"],
		["Explore", "Explore"],
		["explore.md", "Explore"],
		["general-purpose", "general-purpose"],
	])("in any script, form and letter case: %j", (type, name) => {
		expect(outcome(type)).toBe(name);
	});
});

describe("a near miss is refused and names the type that was probably meant", () => {
	it.each([
		...["explorer", "Explorer", "exploer", "code-explorer", "explore agent", "Explore-Agent", "exploring"].map(
			(type): [string, string] => [type, "Explore"],
		),
		...["code-reviewr", "code reviewer", "codeReviewer", "code_reviewer", "reviewers", "`reviewer`", '"reviewer"'].map(
			(type): [string, string] => [type, "reviewer"],
		),
		...["general_purpose", "generalPurpose", "general purpose agent", "genral-purpose"].map(
			(type): [string, string] => [type, "general-purpose"],
		),
		["planner", "Plan"],
		["reviseur", "r\u00e9viseur"],
		["reviewer\u200b", "reviewer"],
		["ｒｅｖｉｅｗｅｒ", "reviewer"],
	])("%j", (type, name) => {
		expect(outcome(type)).toBe(`near ${name}`);
	});
});

describe("a type that its file defines and that cannot be used is never replaced", () => {
	it.each([
		["broken", "broken broken:3"],
		["@Broken.md", "broken broken:3"],
		["closed", "broken closed:4"],
		["closed-one", "broken closed:4"],
		["Closed One", "broken closed:4"],
		["off", "disabled"],
		["switched-off", "disabled"],
	])("%j", (type, expected) => {
		expect(outcome(type)).toBe(expected);
	});
});

describe("a name that two types give themselves", () => {
	it("finds neither, and each keeps its own", () => {
		expect([outcome("twin"), outcome("one"), outcome("two")]).toEqual(["ambiguous", "one", "two"]);
		expect(outcome("Shown Twice")).toMatch(/^near (?:one|two)$/);
	});

	it("does not take a type's own name away", () => {
		expect([outcome("Explore"), outcome("reviewer"), outcome("posing")]).toEqual(["Explore", "reviewer", "posing"]);
	});

	it("is reported with file and line", () => {
		const told = catalog.diagnostics
			.filter(({ severity }) => severity === "warning")
			.map(({ file, line, message }) => `${file.split("/").pop()}:${line} ${message.split(",")[0]}`);
		expect(told.sort()).toEqual([
			'one.md:2 `name` is "twin"',
			'one.md:3 `display_name` is "Shown Twice"',
			'posing.md:2 `name` is "Explore"',
			'posing.md:3 `display_name` is "reviewer"',
			'two.md:2 `name` is "twin"',
			'two.md:3 `display_name` is "shown twice"',
		]);
	});
});

describe("what is no name of anybody", () => {
	it.each([
		...[
			"quantum-poet",
			"security-auditor",
			"x",
			"",
			" ",
			"@",
			".md",
			":",
			"/",
			"..",
			"../..",
			"__proto__",
			"constructor",
		],
		...[
			"toString",
			"\u0000",
			"\u202e",
			"🦀",
			"<script>",
			"a".repeat(100_000),
			"e\u0301".repeat(50_000),
			":".repeat(10_000),
		],
	])("is unknown, and found out at once: %#", (type) => {
		expect(outcome(type)).toBe("unknown");
		expect(cpuMs(() => catalog.find(type))).toBeLessThan(2000);
	});
});
