import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { AgentFolders } from "../../src/agents/agent-folders.ts";
import { BUILTIN_TOOLS } from "../../src/domain/agent-definition.ts";
import { BROKEN_STYLES, wildAgents } from "../support/wild-agents.ts";

const root = mkdtempSync(join(tmpdir(), "pi-crew-wild-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
mkdirSync(join(root, ".pi", "agents"), { recursive: true });
const agents = wildAgents();
for (const [name, text] of Object.entries(agents)) writeFileSync(join(root, ".pi", "agents", name), text);
const catalog = new AgentFolders(join(root, "agent")).load({ cwd: root, isTrusted: true });

const names = Object.keys(agents).map((name) => basename(name, ".md"));
const styleOf = (name: string) => name.split(".")[1] as string;
const ofStyle = (style: string) => {
	const lookup = catalog.find(names.find((name) => styleOf(name) === style) as string);
	return lookup.kind === "found" ? lookup.definition : undefined;
};
const told = (name: string) =>
	catalog.diagnostics.filter(({ file }) => basename(file) === `${name}.md`).map(({ message }) => message);

describe("a folder of agent files as people write them", () => {
	it("has more than a hundred of them, in every style", () => {
		expect(names.length).toBeGreaterThan(100);
		expect(new Set(names.map(styleOf)).size).toBe(20);
	});

	it("yields an agent for every file, or to an error with its name and a reason", () => {
		const kinds = names.map((name) => [
			name,
			catalog.find(name).kind,
			catalog.diagnostics.some(({ file, severity }) => severity === "error" && basename(file) === `${name}.md`),
		]);
		const expected = names.map((name) => {
			const broken = BROKEN_STYLES.includes(styleOf(name));
			return [name, broken ? "broken" : styleOf(name) === "nothing" ? "disabled" : "found", broken];
		});
		expect(kinds).toEqual(expected);
	});

	it("has a place and a reason in everything it reports", () => {
		const bad = catalog.diagnostics.filter(
			({ file, line, message }) => !names.includes(basename(file, ".md")) || !line || message === "",
		);
		expect(bad).toEqual([]);
	});

	it.each(["plain", "quoted", "bare", "pinned"])("takes the style %s without a word", (style) => {
		expect(
			names
				.filter((name) => styleOf(name) === style)
				.flatMap(told)
				.filter((message) => !message.includes("call each by its own name")),
		).toEqual([]);
	});

	it("understands them", () => {
		expect(ofStyle("plain")).toMatchObject({
			tools: ["read", "bash", "grep", "find"],
			model: { queries: ["sonnet"] },
			color: "blue",
		});
		expect(ofStyle("unquoted")?.description).toMatch(/^Use this agent when you need help: .*<\/example>$/);
		expect(ofStyle("unquoted")).not.toHaveProperty("model");
		expect(ofStyle("escapes")).toMatchObject({ tools: BUILTIN_TOOLS, model: { queries: ["opus"] } });
		expect(ofStyle("windows")?.instructions).toMatch(/^You are [\s\S]*\n## When invoked\n/);
		expect(ofStyle("emoji")).toMatchObject({ color: "#8B5CF6", description: expect.stringMatching(/^🔍 .* ✅$/) });
		expect(ofStyle("bare")?.description).toMatch(/\.bare$/);
		expect(ofStyle("arguments")?.tools).toEqual(["read", "bash", "grep"]);
		expect(ofStyle("pinned")).toMatchObject({
			model: { queries: ["anthropic/claude-opus-4-6"] },
			thinking: "high",
			maxTurns: 30,
			promptMode: "replace",
		});
		expect(ofStyle("everything")).toMatchObject({ tools: BUILTIN_TOOLS, maxTurns: 0, runInBackground: true });
		expect(ofStyle("everything")?.fileKeys).toMatchObject({ isolation: "worktree", memory: "project" });
		expect(ofStyle("preferences")).toMatchObject({
			model: { queries: ["anthropic/claude-sonnet-4-5", "openai/gpt-5.2"] },
			tools: BUILTIN_TOOLS,
			thinking: "off",
		});
	});
});
