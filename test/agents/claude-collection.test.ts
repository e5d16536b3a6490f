import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { AgentFolders } from "../../src/agents/agent-folders.ts";
import { BUILTIN_TOOLS } from "../../src/domain/agent-definition.ts";
import { typeList } from "../../src/format/catalog-text.ts";
import { mayHaveTool, selectTools } from "../../src/planning/tool-selection.ts";
import { loadedResources } from "../planning/parent-fake.ts";
import { claudeAgents } from "../support/claude-agents.ts";

const OTHERS = ["mcp__github__create_issue", "mcp__github__list", "mcp__slack__post_message", "WebSearch", "lookup"];
const ALL = [...BUILTIN_TOOLS, ...OTHERS];

const root = mkdtempSync(join(tmpdir(), "pi-crew-claude-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const agents = claudeAgents();
const folder = join(root, ".claude", "agents");
mkdirSync(folder, { recursive: true });
for (const [name, text] of Object.entries(agents)) writeFileSync(join(folder, name), text);
const catalog = new AgentFolders(join(root, "agent"), root).load(
	{ cwd: root, isTrusted: true },
	{ entries: [".claude/agents"], isOfProject: false },
);

/** The tools that a run of the type has at most, in a parent that has all. Nothing where the type is refused. */
function had(type: string): readonly string[] | undefined {
	const found = catalog.find(type);
	if (found.kind !== "found") return undefined;
	const choice = selectTools(found.definition, {
		loaded: loadedResources({ toolNames: ALL, callableTools: ALL }),
		permissionFolders: [],
	});
	return ALL.filter((tool) => mayHaveTool(choice, tool, "own extension"));
}

/**
 * The same as a person reads the keys: line by line and knowing nothing of how the loader does it. What a list of tools names is
 * the most; what is denied is never there; and an MCP or extension tool has to be named where any is.
 */
function written(text: string): readonly string[] {
	const lines = (/^\uFEFF?---\r?\n([\s\S]*?)\r?\n---/.exec(text)?.[1] ?? "").split(/\r?\n/);
	const tools = itemsOf(lines, "tools");
	const denied = itemsOf(lines, "disallowedTools") ?? itemsOf(lines, "disallowed_tools") ?? [];
	const off = (tools ?? []).filter((item) => /: *false$/.test(item)).map((item) => item.replace(/["']?: *false$/, ""));
	const isMap = off.length > 0;
	const listed = tools?.filter((item) => !/: *false$/.test(item)).map((item) => item.replace(/["']?: *true$/, ""));
	const isReadOnly = lines.some((line) => /^(?:permissionMode: plan|readonly: true)$/.test(line));
	const permission = lines.some((line) => /^ {2}edit: deny$/.test(line)) ? ["Edit", "Write", "Bash"] : [];
	return ALL.filter((tool) => {
		const isNamed = (names: readonly string[]) => names.some((name) => means(name, tool));
		if (isNamed([...denied, ...permission, ...off.filter((name) => name !== "*")])) return false;
		if (isReadOnly && ["edit", "write"].includes(tool)) return false;
		if (off.includes("*")) return isNamed(listed ?? []);
		if (listed === undefined || isMap || isNamed(["*"].filter((star) => listed.includes(star)))) return true;
		const namesOthers = listed.some((name) => !BUILTIN_TOOLS.some((builtin) => means(name, builtin)));
		return isNamed(listed) || (OTHERS.includes(tool) && !namesOthers);
	});
}

function itemsOf(lines: readonly string[], key: string): readonly string[] | undefined {
	const at = lines.findIndex((line) => line.startsWith(`${key}:`));
	if (at < 0) return undefined;
	const rest = lines.slice(at + 1);
	const end = rest.findIndex((line) => !/^\s/.test(line));
	const inner = end < 0 ? rest : rest.slice(0, end);
	return [lines[at]?.slice(key.length + 1) ?? "", ...inner]
		.flatMap((line) => line.replace(/\([^)]*\)/g, "").split(","))
		.map((item) => item.replace(/^[\s\-["'|]+|[\s\]"']+$/g, ""))
		.filter((item) => item !== "");
}

const CALLED: Readonly<Record<string, string>> = { glob: "find", multiedit: "edit" };

function means(name: string, tool: string): boolean {
	if (name === "*") return true;
	const word = CALLED[name.toLowerCase()] ?? name.toLowerCase();
	if (name.startsWith("mcp__")) return tool.startsWith(name.replace(/\*$/, ""));
	return word === tool.toLowerCase();
}

const REFUSED = ["open", "restricting"];
const shapeOf = (name: string) => /-(\w+)\.md$/.exec(name)?.[1] ?? "";
const names = Object.keys(agents);
const usable = names.filter((name) => !REFUSED.includes(shapeOf(name)));

describe("a collection of agent files for Claude Code", () => {
	it("has more than 150 of them, and all load but those that cannot be understood", () => {
		expect(names.length).toBeGreaterThan(150);
		expect(usable.filter((name) => had(basename(name, ".md")) === undefined)).toEqual([]);
		const refused = names.filter((name) => REFUSED.includes(shapeOf(name)));
		expect(refused.map((name) => catalog.find(name).kind)).toEqual(refused.map(() => "broken"));
	});

	it("gives no agent a tool that its file does not", () => {
		const wider = usable.flatMap((name) => {
			const most = written(agents[name] ?? "");
			const more = had(name)?.filter((tool) => !most.includes(tool)) ?? [];
			return more.length > 0 ? [`${name}: ${more.join(", ")}`] : [];
		});
		expect(wider).toEqual([]);
	});

	it("gives each agent what its file gives, so that the reading above says something", () => {
		const missing = usable.flatMap((name) => {
			const tools = had(name) ?? [];
			const less = written(agents[name] ?? "").filter((tool) => !tools.includes(tool));
			return less.length > 0 ? [`${shapeOf(name)}: ${less.join(", ")}`] : [];
		});
		expect(missing).toEqual([]);
	});

	it("is listed with every name in 4,000 characters", () => {
		const list = typeList(catalog.list());
		expect(list.length).toBeLessThanOrEqual(4000);
		expect(usable.filter((name) => !list.includes(basename(name, ".md")))).toEqual([]);
	});
});
