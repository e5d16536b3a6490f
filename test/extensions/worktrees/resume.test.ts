import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ID } from "./request.ts";
import {
	branches,
	changes,
	createRepository,
	createSample,
	git,
	type Sample,
	treesOf,
	write,
} from "./sample-repository.ts";

const BRANCH = `pi-agent-${ID}`;

async function firstRun({ prepare }: Sample, files: Record<string, string> = { "one.txt": "1" }) {
	const { cwd, dispose } = await prepare();
	write(cwd, files);
	await dispose();
}

describe("a subagent that is resumed", () => {
	it("continues from its branch, which gets the next commit", async () => {
		const sample = createSample();
		await firstRun(sample);
		const { cwd, dispose } = await sample.prepare({ isResume: true });
		expect(readFileSync(join(cwd, "one.txt"), "utf8")).toBe("1");
		write(cwd, { "two.txt": "2" });
		expect(await dispose()).toContain(`\`${BRANCH}\` (1 file changed`);
		expect(changes(sample.repository, "main", BRANCH)).toEqual(["A one.txt", "A two.txt"]);
		expect(git(sample.repository, "rev-list", "--count", `main..${BRANCH}`)).toBe("2");
		expect(branches(sample.repository)).toEqual(["main", BRANCH]);
	});

	it("says nothing and keeps the branch when nothing was added", async () => {
		const sample = createSample();
		await firstRun(sample);
		const tip = git(sample.repository, "rev-parse", BRANCH);
		const { dispose } = await sample.prepare({ isResume: true });
		expect(await dispose()).toBeUndefined();
		expect(git(sample.repository, "rev-parse", BRANCH)).toBe(tip);
	});

	it("begins at HEAD when its branch was deleted, and when it was merged", async () => {
		const sample = createSample();
		await firstRun(sample);
		git(sample.repository, "merge", "--quiet", "--no-ff", BRANCH);
		const merged = await sample.prepare({ isResume: true });
		expect(git(merged.cwd, "rev-parse", "HEAD")).toBe(git(sample.repository, "rev-parse", "main"));
		write(merged.cwd, { "two.txt": "2" });
		expect(await merged.dispose()).toContain(`\`git merge ${BRANCH}\``);
		expect(git(sample.repository, "rev-list", "--count", `main..${BRANCH}`)).toBe("1");
		git(sample.repository, "branch", "--quiet", "-D", BRANCH);
		const deleted = await sample.prepare({ isResume: true });
		expect(git(deleted.cwd, "rev-parse", "HEAD")).toBe(git(sample.repository, "rev-parse", "main"));
	});

	it("gets a second branch when the first is checked out or has continued, and continues from the second then", async () => {
		const sample = createSample();
		await firstRun(sample);
		git(sample.repository, "switch", "--quiet", "--create", "mine");
		write(sample.repository, { "mine.txt": "mine" });
		git(sample.repository, "add", ".");
		git(sample.repository, "commit", "--quiet", "--message=mine");
		const second = await sample.prepare({ isResume: true });
		git(sample.repository, "switch", "--quiet", BRANCH);
		write(second.cwd, { "two.txt": "2" });
		expect(await second.dispose()).toContain(`\`${BRANCH}-2\``);
		expect(git(sample.repository, "status", "--porcelain")).toBe("");
		git(sample.repository, "switch", "--quiet", "main");
		const third = await sample.prepare({ isResume: true });
		expect(readFileSync(join(third.cwd, "two.txt"), "utf8")).toBe("2");
		write(third.cwd, { "three.txt": "3" });
		expect(await third.dispose()).toContain(`\`${BRANCH}-2\``);
	});

	it("may switch to its branch itself", async () => {
		const sample = createSample();
		await firstRun(sample);
		const { cwd, dispose } = await sample.prepare({ isResume: true });
		git(cwd, "switch", "--quiet", BRANCH);
		write(cwd, { "two.txt": "2" });
		expect(await dispose()).toContain(`\`${BRANCH}\` (1 file changed`);
		expect(branches(sample.repository)).toEqual(["main", BRANCH]);
	});

	it("is still known by its branch when its new worktree cannot be made", async () => {
		const sample = createSample();
		const { cwd, dispose } = await sample.prepare();
		write(cwd, { "one.txt": "1" });
		await dispose({ status: "stopped", description: "tidy" });
		const owner = readFileSync(`${cwd}.json`, "utf8");
		git(sample.repository, "config", "filter.broken.smudge", "false");
		git(sample.repository, "config", "filter.broken.required", "true");
		write(sample.repository, { ".git/info/attributes": "one.txt filter=broken\n" });
		await expect(sample.prepare({ isResume: true })).rejects.toThrow("it could not be made: git reset failed");
		expect([readFileSync(`${cwd}.json`, "utf8"), treesOf(sample.repository)]).toEqual([owner, 1]);
	});

	it("is distinguished from the parent's uncommitted changes, also where an earlier run had them", async () => {
		const sample = createSample({ includeUncommitted: true });
		write(sample.repository, { "edited.txt": "dirty\n" });
		await firstRun(sample);
		const { cwd, dispose } = await sample.prepare({ isResume: true });
		write(cwd, { "two.txt": "2" });
		const addendum = await dispose();
		const copy = git(sample.repository, "rev-parse", "--short=12", `${BRANCH}~2`);
		expect(addendum).toContain(`\`git cherry-pick ${copy}..${BRANCH}\``);
		expect(addendum).toContain(`continued from the branch \`${BRANCH}\` and did not see the 1 uncommitted path in`);
	});

	it("continues in its worktree when that was left in place, and clears it when it can", async () => {
		const sample = createSample();
		const first = await sample.prepare();
		write(first.cwd, { "new.txt": "new" });
		const lock = join(sample.repository, ".git/refs/heads", `${BRANCH}.lock`);
		writeFileSync(lock, "");
		expect(await first.dispose()).toContain("left in place");
		rmSync(lock);
		const second = await sample.prepare({ isResume: true });
		expect([second.cwd, readFileSync(join(second.cwd, "new.txt"), "utf8")]).toEqual([first.cwd, "new"]);
		write(second.cwd, { "two.txt": "2" });
		const addendum = await second.dispose();
		expect(addendum).toContain("2 files changed");
		expect(addendum).toContain("continued in the worktree of its last run");
		expect([existsSync(second.cwd), treesOf(sample.repository)]).toEqual([false, 1]);
	});

	it("finds the repository that made its worktree stay", async () => {
		const sample = createSample();
		const first = await sample.prepare();
		createRepository(join(first.cwd, "nested"), { "a.txt": "a" });
		write(first.cwd, { "one.txt": "1" });
		await first.dispose();
		const second = await sample.prepare({ isResume: true });
		expect(existsSync(join(second.cwd, "nested/a.txt"))).toBe(true);
		rmSync(join(second.cwd, "nested"), { recursive: true });
		expect(await second.dispose()).not.toContain("left in place");
		expect([existsSync(second.cwd), branches(sample.repository)]).toEqual([false, ["main", BRANCH]]);
	});

	it("gets the commits of a kept worktree back whose directory somebody deleted", async () => {
		const sample = createSample();
		const first = await sample.prepare();
		write(first.cwd, { "one.txt": "1" });
		git(first.cwd, "add", ".");
		git(first.cwd, "commit", "--quiet", "--message=one");
		write(join(git(first.cwd, "rev-parse", "--absolute-git-dir")), {
			MERGE_HEAD: `${git(first.cwd, "rev-parse", "HEAD")}\n`,
		});
		expect(await first.dispose()).toContain("left in place");
		rmSync(first.cwd, { recursive: true });
		const second = await sample.prepare({ isResume: true });
		expect(readFileSync(join(second.cwd, "one.txt"), "utf8")).toBe("1");
	});
});
