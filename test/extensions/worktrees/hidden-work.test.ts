import { chmodSync, existsSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { until } from "../../support/condition.ts";
import { ID } from "./request.ts";
import { branches, changeEnvironment, changes, createSample, git, treesOf, write } from "./sample-repository.ts";

const BRANCH = `pi-agent-${ID}`;

function commitAll(folder: string, message: string): string {
	git(folder, "add", "--all");
	git(folder, "commit", "--quiet", `--message=${message}`);
	return git(folder, "rev-parse", "--short=12", "HEAD");
}

/** As somebody does who sets up a package with a generator. */
function makeRepositoryIn(folder: string): void {
	git(folder, "init", "--quiet");
	write(folder, { "own.txt": "own" });
	commitAll(folder, "own");
}

describe("a repository that the subagent made in its worktree", () => {
	it.each(["staged", "committed"])("keeps it also when the subagent %s it as if it were a submodule", async (how) => {
		const { repository, prepare } = createSample();
		const { cwd, dispose } = await prepare();
		write(cwd, { "nested/own.txt": "own" });
		makeRepositoryIn(join(cwd, "nested"));
		git(cwd, "add", "--all");
		if (how === "committed") git(cwd, "commit", "--quiet", "--message=all");
		expect(await dispose()).toContain("(the submodule nested has work of its own)");
		expect(git(join(cwd, "nested"), "log", "--format=%s")).toBe("own");
		expect(branches(repository)).toEqual(["main"]);
	});

	it("keeps it also in a folder whose files the repository around it has", async () => {
		const { prepare } = createSample();
		const { cwd, dispose } = await prepare();
		makeRepositoryIn(join(cwd, "sub"));
		expect(await dispose()).toContain("(sub was made a repository and has work of its own)");
		expect(git(join(cwd, "sub"), "log", "--format=%s")).toBe("own");
	});

	it.runIf(process.platform === "linux")("keeps it also when its name is not text", async () => {
		const { prepare } = createSample();
		const { cwd, dispose } = await prepare();
		write(cwd, { "nested/own.txt": "own" });
		makeRepositoryIn(join(cwd, "nested"));
		// Node itself cannot name the file.
		git(cwd, "-c", "alias.rename=!mv nested \"$(printf 'n\\377')\"", "rename");
		expect(await dispose()).toContain("has a name that is not UTF-8");
		expect(git(cwd, "status", "--porcelain")).toBe('?? "n\\377/"');
	});
});

describe("commits that the subagent left by checking out another", () => {
	it("keep the worktree, which says where they are; resuming the subagent can save them", async () => {
		const { repository, prepare } = createSample();
		const { cwd, dispose } = await prepare();
		write(cwd, { "one.txt": "1" });
		const commit = commitAll(cwd, "one");
		git(cwd, "checkout", "--quiet", "main~0");
		write(cwd, { "two.txt": "2" });
		const addendum = await dispose();
		expect(addendum).toContain(`on the branch \`${BRANCH}\``);
		expect(addendum).toContain(`(it has commits that no branch has, up to ${commit})`);
		expect(changes(repository, "main", BRANCH)).toEqual(["A two.txt"]);
		const resumed = await prepare({ isResume: true });
		git(cwd, "cherry-pick", commit);
		git(cwd, "branch", "saved", commit);
		expect(await resumed.dispose()).toContain("is gone");
		expect([treesOf(repository), changes(repository, "main", BRANCH)]).toEqual([1, ["A one.txt", "A two.txt"]]);
	});

	it("are on a branch when the directory was deleted too and the subagent is resumed", async () => {
		const { repository, prepare } = createSample();
		const { cwd, dispose } = await prepare();
		write(cwd, { "one.txt": "1" });
		commitAll(cwd, "one");
		git(cwd, "checkout", "--quiet", "main~0");
		rmSync(cwd, { recursive: true });
		await dispose();
		await prepare({ isResume: true });
		expect(changes(repository, "main", BRANCH)).toEqual(["A one.txt"]);
	});

	it("are nothing to keep where it came back to them, amended them, or gave them up by a reset", async () => {
		const { repository, prepare } = createSample();
		const { cwd, dispose } = await prepare();
		write(cwd, { "one.txt": "1" });
		commitAll(cwd, "one");
		git(cwd, "checkout", "--quiet", "main~0");
		git(cwd, "checkout", "--quiet", "-");
		git(cwd, "commit", "--quiet", "--amend", "--message=better");
		write(cwd, { "two.txt": "2" });
		commitAll(cwd, "two");
		git(cwd, "reset", "--quiet", "--hard", "HEAD~1");
		expect(await dispose()).toContain("is gone");
		expect(git(repository, "log", "--format=%s", `main..${BRANCH}`)).toBe("better");
	});
});

describe("changes in files that git was set to take for unchanged", () => {
	it("are on the branch", async () => {
		const { repository, prepare } = createSample();
		const { cwd, dispose } = await prepare();
		git(cwd, "update-index", "--assume-unchanged", "edited.txt");
		git(cwd, "update-index", "--skip-worktree", "sub/inner.txt");
		write(cwd, { "edited.txt": "after\n", "sub/inner.txt": "after\n" });
		expect(await dispose()).toContain("2 files changed");
		expect(changes(repository, "main", BRANCH)).toEqual(["M edited.txt", "M sub/inner.txt"]);
	});

	it("are on the branch where the configuration tells git so for all files", async () => {
		const { repository, prepare } = createSample();
		git(repository, "config", "core.ignoreStat", "true");
		const { cwd, dispose } = await prepare();
		write(cwd, { "edited.txt": "after\n" });
		await dispose();
		expect(changes(repository, "main", BRANCH)).toEqual(["M edited.txt"]);
	});
});

it("a worktree is removed also where git may not take a directory for a repository", async () => {
	const { repository, prepare } = createSample();
	changeEnvironment({
		GIT_CONFIG_COUNT: "1",
		GIT_CONFIG_KEY_0: "safe.bareRepository",
		GIT_CONFIG_VALUE_0: "explicit",
	});
	const { cwd, dispose } = await prepare();
	write(cwd, { "new.txt": "new" });
	expect(await dispose()).toContain("is gone");
	expect([existsSync(cwd), treesOf(repository)]).toEqual([false, 1]);
	expect(readFileSync(join(repository, "edited.txt"), "utf8")).toBe("before\n");
});

it("a worktree is removed also when the subagent made folders in it read-only", async () => {
	const { repository, prepare } = createSample();
	const { cwd, dispose } = await prepare();
	write(cwd, { "deep/in/it/new.txt": "new" });
	for (const folder of ["deep/in/it", "deep/in", "deep", "sub", "."]) chmodSync(join(cwd, folder), 0o500);
	expect(await dispose()).toContain("is gone");
	expect([existsSync(cwd), treesOf(repository)]).toEqual([false, 1]);
});

describe("a change in the second in which the worktree was made", () => {
	it("is saved also when it keeps the file's size", async () => {
		const { repository, prepare } = createSample();
		git(repository, "config", "core.trustctime", "false"); // this time cannot be set
		const { cwd, dispose } = await prepare();
		const second = Math.floor(statSync(join(cwd, "sub/inner.txt")).mtimeMs / 1000);
		write(cwd, { "sub/inner.txt": "other\n", "new.txt": "so that it is staged\n" });
		for (const file of ["sub/inner.txt", git(cwd, "rev-parse", "--git-path", "index")]) {
			utimesSync(resolve(cwd, file), second, second);
		}
		await until("the second to be over", () => Date.now() >= (second + 1) * 1000);
		await dispose();
		expect(changes(repository, "main", BRANCH)).toEqual(["A new.txt", "M sub/inner.txt"]);
	});
});
