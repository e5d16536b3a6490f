import { execSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ID } from "./request.ts";
import { branches, changes, createRepository, createSample, git, write } from "./sample-repository.ts";

const BRANCH = `pi-agent-${ID}`;

/** An edit, a staged edit, a staged new file, a deletion, an untracked and an ignored file. */
function makeDirty(repository: string): void {
	write(repository, { "edited.txt": "dirty\n", "sub/inner.txt": "staged\n", "added.txt": "added\n" });
	git(repository, "add", "added.txt", "sub/inner.txt");
	rmSync(join(repository, "kept.txt"));
	write(repository, { "untracked.txt": "untracked\n", "debug.log": "ignored\n" });
}

/** All that must not change: files, index, stashes, branches. */
function stateOf(repository: string): string[] {
	return [
		git(repository, "status", "--porcelain", "--untracked-files=all"),
		git(repository, "ls-files", "--stage"),
		git(repository, "stash", "list"),
		git(repository, "rev-parse", "HEAD"),
	];
}

describe("a parent with uncommitted changes", () => {
	it("learns that HEAD is what the subagent saw, with and without a change by it", async () => {
		const { repository, prepare } = createSample();
		makeDirty(repository);
		const head = git(repository, "rev-parse", "--short=12", "HEAD");
		const saw = `The subagent saw HEAD (${head}), not the 5 uncommitted paths in ${repository}.`;
		const idle = await prepare();
		expect(readFileSync(join(idle.cwd, "edited.txt"), "utf8")).toBe("before\n");
		expect(await idle.dispose()).toBe(`${saw}`);
		const busy = await prepare();
		write(busy.cwd, { "new.txt": "new" });
		expect(await busy.dispose()).toMatch(new RegExp(`is gone\\. ${saw.replace(/[()]/g, "\\$&")}$`));
	});

	it("has its changes carried over with includeUncommitted, and keeps files, index and stashes as they are", async () => {
		const { repository, prepare } = createSample({ includeUncommitted: true });
		makeDirty(repository);
		const before = stateOf(repository);
		const { cwd, dispose } = await prepare();
		expect(readFileSync(join(cwd, "edited.txt"), "utf8")).toBe("dirty\n");
		expect(readFileSync(join(cwd, "sub/inner.txt"), "utf8")).toBe("staged\n");
		expect(["added.txt", "untracked.txt", "kept.txt", "debug.log"].map((name) => existsSync(join(cwd, name)))).toEqual([
			true,
			true,
			false,
			false,
		]);
		expect(git(cwd, "status", "--porcelain")).toBe("");
		write(cwd, { "edited.txt": "dirty\nand more\n" });
		const addendum = await dispose();
		expect(stateOf(repository)).toEqual(before);
		expect(git(repository, "rev-list", "--count", `main..${BRANCH}`)).toBe("2");
		expect(changes(repository, `${BRANCH}~1`, BRANCH)).toEqual(["M edited.txt"]);
		const copy = git(repository, "rev-parse", "--short=12", `${BRANCH}~1`);
		expect(addendum).toContain(`(1 file changed, 1 insertion(+), 1 commit). Below it, ${copy} is a copy`);
		expect(addendum).toContain(`\`git cherry-pick ${copy}..${BRANCH}\``);
		expect(addendum).toContain(`\`git diff-tree -p --binary ${copy} ${BRANCH} | git -C`);
	});

	it("can put the subagent's part over its own changes as the result says, in a subfolder and whatever is configured", async () => {
		const { repository, prepare } = createSample({ includeUncommitted: true });
		write(repository, { "edited.txt": "dirty\n" });
		for (const setting of ["diff.noprefix=true", "diff.relative=true", "diff.external=false", "color.ui=always"]) {
			git(repository, "config", ...setting.split("="));
		}
		const baseCwd = join(repository, "sub");
		const { cwd, dispose } = await prepare({ baseCwd });
		write(cwd, { "../edited.txt": "dirty\nand more\n", "inner.txt": "after\n" });
		const [, command = ""] = /`(git diff-tree [^`]*)`/.exec((await dispose()) ?? "") ?? [];
		execSync(command, { cwd: baseCwd });
		expect(readFileSync(join(repository, "edited.txt"), "utf8")).toBe("dirty\nand more\n");
		expect(readFileSync(join(baseCwd, "inner.txt"), "utf8")).toBe("after\n");
	});

	it("gets no branch when the subagent changed nothing of what was carried over", async () => {
		const { repository, prepare } = createSample({ includeUncommitted: true });
		makeDirty(repository);
		const { dispose } = await prepare();
		expect(await dispose()).toBeUndefined();
		expect(branches(repository)).toEqual(["main"]);
	});

	it("learns that repositories within its tree were not carried over", async () => {
		const { repository, prepare } = createSample({ includeUncommitted: true });
		createRepository(join(repository, "nested"), { "a.txt": "a" });
		write(repository, { "edited.txt": "dirty\n" });
		const { cwd, dispose } = await prepare();
		expect(existsSync(join(cwd, "nested"))).toBe(false);
		expect(await dispose()).toContain(`Repositories within ${repository} were not carried over (1).`);
	});

	it("can be in the middle of a merge", async () => {
		const { repository, prepare } = createSample({ includeUncommitted: true });
		git(repository, "switch", "--quiet", "--create", "other");
		write(repository, { "edited.txt": "other\n" });
		git(repository, "commit", "--quiet", "--all", "--message=other");
		git(repository, "switch", "--quiet", "main");
		write(repository, { "edited.txt": "mine\n" });
		git(repository, "commit", "--quiet", "--all", "--message=mine");
		expect(() => git(repository, "merge", "other")).toThrow();
		const before = stateOf(repository);
		const { cwd, dispose } = await prepare();
		expect(readFileSync(join(cwd, "edited.txt"), "utf8")).toContain("<<<<<<<");
		await dispose();
		expect(stateOf(repository)).toEqual(before);
	});
});
