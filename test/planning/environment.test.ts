import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { environmentBlock, readEnvironment } from "../../src/planning/system-prompt.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

let root: string;
beforeEach(() => {
	root = realpathSync(mkdtempSync(join(tmpdir(), "pi-crew-environment-")));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): void {
	mkdirSync(dirname(join(root, path)), { recursive: true });
	writeFileSync(join(root, path), text);
}

function folder(path: string): string {
	mkdirSync(join(root, path), { recursive: true });
	return join(root, path);
}

describe("the environment", () => {
	it("has no git head outside a repository", () => {
		expect(readEnvironment(root, "linux")).toEqual({ cwd: root, platform: "linux" });
	});

	it("has the branch that is checked out", () => {
		write(".git/HEAD", "ref: refs/heads/main\n");
		expect(readEnvironment(root, "darwin")).toEqual({
			cwd: root,
			gitHead: { kind: "branch", name: "main" },
			platform: "darwin",
		});
	});

	it("keeps the slashes of a branch's name", () => {
		write(".git/HEAD", "ref: refs/heads/feature/a-b/c\r\n");
		expect(readEnvironment(root, "linux").gitHead).toEqual({ kind: "branch", name: "feature/a-b/c" });
	});

	it("has the short commit where no branch is checked out", () => {
		write(".git/HEAD", `${COMMIT}\n`);
		expect(readEnvironment(root, "linux").gitHead).toEqual({ kind: "detached", name: "0123456789ab" });
	});

	it("has the reference where something else than a branch is checked out", () => {
		write(".git/HEAD", "ref: refs/remotes/origin/main\n");
		expect(readEnvironment(root, "linux").gitHead).toEqual({ kind: "branch", name: "refs/remotes/origin/main" });
	});

	it("knows a repository that keeps its branch in a table, and not the branch", () => {
		write(".git/HEAD", "ref: refs/heads/.invalid\n");
		expect(readEnvironment(root, "linux").gitHead).toEqual({ kind: "branch", name: "unknown" });
	});

	it("looks further up past links that go in a circle", () => {
		write(".git/HEAD", "ref: refs/heads/main\n");
		symlinkSync(".git", join(folder("inner"), ".git"));
		expect(readEnvironment(join(root, "inner"), "linux").gitHead).toEqual({ kind: "branch", name: "main" });
	});

	it("finds the repository above the working directory, and keeps the directory as it is", () => {
		write(".git/HEAD", "ref: refs/heads/main\n");
		const cwd = folder("packages/one/src");
		expect(readEnvironment(cwd, "linux")).toEqual({
			cwd,
			gitHead: { kind: "branch", name: "main" },
			platform: "linux",
		});
	});

	it("takes the nearest of two repositories", () => {
		write(".git/HEAD", "ref: refs/heads/outer\n");
		write("inner/.git/HEAD", "ref: refs/heads/inner\n");
		expect(readEnvironment(folder("inner/src"), "linux").gitHead).toEqual({ kind: "branch", name: "inner" });
	});

	it.each([
		["an absolute path", () => join(root, "main/.git/worktrees/w")],
		["a relative path", () => "../main/.git/worktrees/w"],
	])("follows a worktree's file .git with %s", (_what, target) => {
		write("main/.git/HEAD", "ref: refs/heads/main\n");
		write("main/.git/worktrees/w/HEAD", "ref: refs/heads/topic\n");
		write("tree/.git", `gitdir: ${target()}\n`);
		expect(readEnvironment(folder("tree/src"), "linux").gitHead).toEqual({ kind: "branch", name: "topic" });
	});

	it("looks further up past a file .git that leads nowhere by its words", () => {
		write(".git/HEAD", "ref: refs/heads/main\n");
		write("inner/.git", "nothing to see\n");
		expect(readEnvironment(join(root, "inner"), "linux").gitHead).toEqual({ kind: "branch", name: "main" });
	});

	it.each([
		["is missing", () => folder(".git")],
		["is empty", () => write(".git/HEAD", "")],
		["cannot be read", () => folder(".git/HEAD")],
		["of a linked repository is gone", () => write(".git", "gitdir: /nowhere/at/all\n")],
	])("has no git head when HEAD %s", (_what, arrange) => {
		arrange();
		expect(readEnvironment(root, "linux")).toEqual({ cwd: root, platform: "linux" });
	});

	it("has no git head in a directory that does not exist", () => {
		const cwd = join(root, "gone");
		expect(readEnvironment(cwd, "linux")).toEqual({ cwd, platform: "linux" });
	});
});

describe("the environment block", () => {
	it.each([
		["not a repository", undefined],
		["branch main", { kind: "branch", name: "main" }],
		["detached HEAD at 0123456789ab", { kind: "detached", name: "0123456789ab" }],
	] as const)("says %s, and that it overrides what was said before", (git, gitHead) => {
		expect(environmentBlock({ cwd: "/project", platform: "linux", ...(gitHead && { gitHead }) })).toBe(
			[
				"# Environment",
				"",
				"This is where you work; it overrides anything said earlier about directories, branches or platform.",
				"- Working directory: /project",
				`- Git: ${git}`,
				"- Platform: linux",
			].join("\n"),
		);
	});
});

describe("tools that a subagent does not have", () => {
	const place = { cwd: "/work", platform: "linux" };

	it("are named at the end of its environment, and not at all where there are none", () => {
		const block = environmentBlock(place);
		expect(environmentBlock(place, [])).toBe(block);
		expect(environmentBlock(place, ["codemode", "mcp__tiny__*"])).toBe(
			`${block}\n- Tools that you do not have, whatever is said earlier: codemode, mcp__tiny__*`,
		);
	});

	it("are not listed without end", () => {
		const block = environmentBlock(
			place,
			Array.from({ length: 1000 }, (_, index) => `tool_${index}`),
		);
		expect(block).toContain("tool_39 and 960 more; only the declared ones can be called");
		expect(block).not.toContain("tool_40,");
	});
});
