import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FolderSetting, unreadFolders } from "../../src/agents/additional-folders.ts";
import { AgentFolders } from "../../src/agents/agent-folders.ts";

let root: string;
let home: string;
let cwd: string;
let files: AgentFolders;
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), "pi-crew-more-"));
	home = join(root, "home");
	cwd = join(home, "repo", "packages", "app");
	mkdirSync(join(home, "repo", ".git"), { recursive: true });
	mkdirSync(cwd, { recursive: true });
	files = new AgentFolders(join(home, ".pi", "agent"), home);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, description = path): void {
	const file = join(home, path);
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, `---\ndescription: ${description}\n---\nbody`);
}

const setting = (entries: readonly string[], isOfProject = false): FolderSetting => ({ entries, isOfProject });
const load = (entries: readonly string[], { isTrusted = true, isOfProject = false } = {}) =>
	files.load({ cwd, isTrusted }, setting(entries, isOfProject));
const found = (type: string, ...how: Parameters<typeof load>) => {
	const lookup = load(...how).find(type);
	return lookup.kind === "found" ? [lookup.definition.description, lookup.definition.origin] : lookup.kind;
};

describe("folders that the setting names", () => {
	it("are read relative to the project, from the session's directory up to the root of the repository, the nearest first", () => {
		write("repo/.claude/agents/reviewer.md");
		write("repo/packages/app/.claude/agents/reviewer.md");
		write("repo/.claude/agents/deep/tester.md");
		write(".claude/agents/personal.md");
		expect(found("reviewer", [".claude/agents"])).toEqual(["repo/packages/app/.claude/agents/reviewer.md", "project"]);
		expect(found("tester", ["./.claude/agents/"])).toEqual(["repo/.claude/agents/deep/tester.md", "project"]);
		expect(found("personal", [".claude/agents"])).toBe("unknown");
		expect(found("reviewer", [])).toBe("unknown");
	});

	it("are read from the home directory and by absolute paths, as the person's own", () => {
		write(".claude/agents/mine.md");
		write("shared/agents/ours.md");
		const entries = ["~/.claude/agents", join(home, "shared/agents")];
		expect(found("mine", entries)).toEqual([".claude/agents/mine.md", "personal"]);
		expect(found("ours", entries)).toEqual(["shared/agents/ours.md", "personal"]);
	});

	it("come below pi's own folders and above the built-in types, and the first before the others", () => {
		for (const folder of [".claude/agents", "other/agents", ".pi/agent/agents"]) write(`${folder}/one.md`);
		for (const folder of [".claude/agents", "other/agents"]) write(`${folder}/two.md`);
		write(".claude/agents/explore.md");
		const entries = ["~/other/agents", "~/.claude/agents"];
		expect(found("one", entries)).toEqual([".pi/agent/agents/one.md", "personal"]);
		expect(found("two", entries)).toEqual(["other/agents/two.md", "personal"]);
		expect(found("two", [...entries].reverse())).toEqual([".claude/agents/two.md", "personal"]);
		expect(found("Explore", entries)).toEqual([".claude/agents/explore.md", "personal"]);
	});

	it("belong to the project where they lie in it, however they are written, and are left out where it is not trusted", () => {
		write("repo/.claude/agents/theirs.md");
		write(".claude/agents/mine.md");
		const entries = [".claude/agents", join(home, "repo/.claude/agents"), "~/repo/.claude/agents", "~/.claude/agents"];
		expect(found("theirs", entries.slice(1, 2))).toEqual(["repo/.claude/agents/theirs.md", "project"]);
		expect(found("theirs", entries, { isTrusted: false })).toBe("unknown");
		expect(found("mine", entries, { isTrusted: false })).toEqual([".claude/agents/mine.md", "personal"]);
		expect(load(entries, { isTrusted: false }).diagnostics).toEqual([]);
	});

	it("are the same catalog as long as neither files nor setting change, and another one when the setting does", () => {
		write(".claude/agents/mine.md");
		const catalog = load(["~/.claude/agents"]);
		expect(load(["~/.claude/agents"])).toBe(catalog);
		expect(load([]).find("mine").kind).toBe("unknown");
	});

	it("are read once where several entries mean one, also pi's own", () => {
		write(".pi/agent/agents/mine.md");
		write(".claude/agents/other.md");
		const catalog = load(["~/.pi/agent/agents", "~/.claude/agents", join(home, ".claude/agents/"), ".pi/agents"]);
		expect(catalog.list().map(({ name }) => name)).toEqual(["general-purpose", "Explore", "Plan", "other", "mine"]);
		expect(catalog.diagnostics).toEqual([]);
	});
});

describe("an entry that cannot be used", () => {
	const problems = (...how: Parameters<typeof load>) =>
		load(...how).diagnostics.map(({ severity, file, message }) => `${severity} ${file} ${message}`);

	it("is a warning where it names a folder that is not there, unless it may be in other projects", () => {
		expect(problems(["~/.claude/agents"])).toEqual([
			`warning ${join(home, ".claude/agents")} there is no such folder (setting \`agentFolders\`)`,
		]);
		expect(problems([".claude/agents"])).toEqual([]);
		expect(problems([".claude/agents"], { isOfProject: true })).toEqual([expect.stringContaining("no such folder")]);
	});

	it.each([
		["the whole project", ".", "it contains the project"],
		["what is above it", "../..", "it contains the project"],
		["the home directory", "~/", "it contains the project"],
		["everything", "/", "it contains the project"],
		["the agent directory", "~/.pi", "it contains pi's agent directory"],
	])("is refused where it would make agents of everything: %s", (_what, entry, message) => {
		write("repo/packages/app/NOTES.md");
		mkdirSync(join(home, ".pi", "agent"), { recursive: true });
		const catalog = load([entry]);
		expect(catalog.list()).toHaveLength(3);
		expect(catalog.diagnostics).toMatchObject([{ severity: "error", message: expect.stringContaining(message) }]);
	});

	it("is refused where the agents are in a folder below it, and the error names that", () => {
		write("repo/.claude/agents/reviewer.md");
		write("repo/.claude/commands/deploy.md");
		const catalog = load([".claude"]);
		expect([catalog.find("deploy").kind, catalog.find("reviewer").kind]).toEqual(["unknown", "unknown"]);
		expect(catalog.diagnostics[0]?.message).toContain('expected "…/.claude/agents"');
	});

	it("is an error where it is a file", () => {
		write("shared/agents");
		expect(problems(["~/shared/agents"])).toEqual([expect.stringContaining("it is a file; expected a folder")]);
	});
});

describe("folders of other programs that are not read", () => {
	const unread = (entries: readonly string[] = [], isTrusted = true) =>
		unreadFolders(setting(entries), { place: { cwd, isTrusted }, agentDir: join(home, ".pi/agent"), home }).map(
			({ entry }) => entry,
		);

	it("are found in the project and at home, where there are agents in them", () => {
		write("repo/.claude/agents/a.md");
		write("repo/packages/app/.opencode/agent/a.md");
		write("repo/.codex/agents/a.toml");
		write(".claude/agents/a.md");
		mkdirSync(join(cwd, ".cursor/agents"), { recursive: true });
		expect(unread().sort()).toEqual([".claude/agents", ".codex/agents", ".opencode/agent", "~/.claude/agents"]);
	});

	it("are not those that the setting names, nor those of a project that is not trusted", () => {
		write("repo/.claude/agents/a.md");
		write("repo/.agents/agents/a.md");
		write(".claude/agents/a.md");
		expect(unread(["./.claude/agents/"])).toEqual([".agents/agents", "~/.claude/agents"]);
		expect(unread([], false)).toEqual(["~/.claude/agents"]);
	});
});
