import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ID } from "./request.ts";
import {
	branches,
	changeEnvironment,
	changes,
	createRepository,
	createSample,
	git,
	treesOf,
	write,
} from "./sample-repository.ts";

const BRANCH = `pi-agent-${ID}`;

describe("a worktree whose subagent has ended", () => {
	it("leaves two edits and a new file as one commit on a branch, and is gone; the parent's tree is untouched", async () => {
		const { repository, prepare } = createSample();
		const { cwd, dispose } = await prepare();
		write(cwd, { "edited.txt": "after\n", "sub/inner.txt": "other\n", "new.txt": "new\n" });
		const addendum = await dispose();
		expect(changes(repository, "main", BRANCH)).toEqual(["M edited.txt", "A new.txt", "M sub/inner.txt"]);
		expect(git(repository, "rev-list", "--count", `main..${BRANCH}`)).toBe("1");
		expect(addendum).toBe(
			`The subagent's work is on the branch \`${BRANCH}\` (3 files changed, 3 insertions(+), 2 deletions(-), 1 commit). ` +
				`To merge it: \`git merge ${BRANCH}\`. The worktree it was made in is gone.`,
		);
		expect([existsSync(cwd), treesOf(repository)]).toEqual([false, 1]);
		expect([git(repository, "status", "--porcelain"), readFileSync(join(repository, "edited.txt"), "utf8")]).toEqual([
			"",
			"before\n",
		]);
		git(repository, "merge", "--quiet", BRANCH);
		expect(readFileSync(join(repository, "edited.txt"), "utf8")).toBe("after\n");
	});

	it("says in the commit what it was for, which subagent it was and how it ended", async () => {
		const { repository, prepare } = createSample();
		const { cwd, dispose } = await prepare();
		write(cwd, { "new.txt": "new" });
		await dispose({ status: "aborted", description: "-m tidy the house\nand more" });
		expect(git(repository, "log", "-1", "--format=%an <%ae>%n%B", BRANCH)).toBe(
			`Ada <ada@example.com>\n-m tidy the house\n\nLeft uncommitted by the subagent ${ID} (worker), which ended as aborted.\n`,
		);
	});

	it("leaves no branch and no word when nothing was changed", async () => {
		const { repository, prepare } = createSample();
		const { cwd, dispose } = await prepare();
		write(cwd, { "debug.log": "ignored" });
		expect(await dispose()).toBeUndefined();
		expect([branches(repository), treesOf(repository), existsSync(cwd)]).toEqual([["main"], 1, false]);
	});

	it.each(["completed", "steered", "aborted", "stopped", "error"] as const)(
		"saves the work of a run that ended as %s",
		async (status) => {
			const { repository, prepare } = createSample();
			const { cwd, dispose } = await prepare();
			rmSync(join(cwd, "kept.txt"));
			expect(await dispose({ status, description: "x" })).toContain(BRANCH);
			expect(changes(repository, "main", BRANCH)).toEqual(["D kept.txt"]);
			expect(existsSync(cwd)).toBe(false);
		},
	);

	it("keeps the commits that the subagent made, and puts what it left uncommitted on top", async () => {
		const { repository, prepare } = createSample();
		const { cwd, dispose } = await prepare();
		write(cwd, { "one.txt": "1" });
		git(cwd, "add", ".");
		git(cwd, "commit", "--quiet", "--message=one");
		write(cwd, { "staged.txt": "2", "unstaged.txt": "3" });
		git(cwd, "add", "staged.txt");
		expect(await dispose()).toContain("2 commits");
		expect(git(repository, "log", "--format=%s", `main..${BRANCH}`)).toBe("tidy the house\none");
	});

	it("needs no commit of its own when the subagent committed everything, on a branch of its own too", async () => {
		const { repository, prepare } = createSample();
		const { cwd, dispose } = await prepare();
		git(cwd, "switch", "--quiet", "--create", "feature");
		write(cwd, { "one.txt": "1" });
		git(cwd, "add", ".");
		git(cwd, "commit", "--quiet", "--message=one");
		expect(await dispose()).toContain("1 commit)");
		expect(git(repository, "rev-parse", BRANCH)).toBe(git(repository, "rev-parse", "feature"));
	});

	it("does not move a branch of the person that the subagent has switched to", async () => {
		const { repository, prepare } = createSample();
		git(repository, "branch", "other");
		const { cwd, dispose } = await prepare();
		git(cwd, "switch", "--quiet", "other");
		write(cwd, { "one.txt": "1" });
		await dispose();
		expect(git(repository, "rev-parse", "other")).toBe(git(repository, "rev-parse", "main"));
		expect(changes(repository, "other", BRANCH)).toEqual(["A one.txt"]);
	});

	it("makes no branch when the subagent only looked at another commit", async () => {
		const { repository, prepare } = createSample();
		write(repository, { "more.txt": "more" });
		git(repository, "switch", "--quiet", "--create", "other");
		git(repository, "add", ".");
		git(repository, "commit", "--quiet", "--message=more");
		git(repository, "switch", "--quiet", "main");
		const { cwd, dispose } = await prepare();
		git(cwd, "switch", "--quiet", "other");
		expect(await dispose()).toBeUndefined();
		expect(branches(repository)).toEqual(["main", "other"]);
	});

	it("commits as pi-crew where no identity is configured, without hooks and signatures", async () => {
		const { repository, prepare } = createSample();
		write(repository, {
			".git/hooks/post-checkout": "#!/bin/sh\nexit 1\n",
			".git/hooks/reference-transaction": "#!/bin/sh\nexit 1\n",
		});
		for (const hook of ["post-checkout", "reference-transaction"]) {
			chmodSync(join(repository, ".git/hooks", hook), 0o755); // a mode for writing counts for new files only
		}
		expect(() => git(repository, "branch", "refused")).toThrow(); // they do run
		git(repository, "config", "commit.gpgSign", "true");
		git(repository, "config", "gpg.program", "false");
		const none = { GIT_AUTHOR_NAME: undefined, GIT_AUTHOR_EMAIL: undefined };
		changeEnvironment({ ...none, GIT_COMMITTER_NAME: undefined, GIT_COMMITTER_EMAIL: undefined });
		const { cwd, dispose } = await prepare();
		write(cwd, { "new.txt": "new" });
		await dispose();
		expect(git(repository, "log", "-1", "--format=%an <%ae> %cn", BRANCH)).toBe("pi-crew <pi-crew@localhost> pi-crew");
	});

	it("is not stopped by the lock of a git that was killed", async () => {
		const { repository, prepare } = createSample();
		const { cwd, dispose } = await prepare();
		write(cwd, { "new.txt": "new" });
		writeFileSync(join(git(cwd, "rev-parse", "--absolute-git-dir"), "index.lock"), "");
		expect(await dispose()).toContain("is gone");
		expect(changes(repository, "main", BRANCH)).toEqual(["A new.txt"]);
	});

	it("does not let the configuration hide untracked files", async () => {
		const { repository, prepare } = createSample();
		git(repository, "config", "status.showUntrackedFiles", "no");
		const { cwd, dispose } = await prepare();
		write(cwd, { "new.txt": "new" });
		await dispose();
		expect(changes(repository, "main", BRANCH)).toEqual(["A new.txt"]);
	});

	it("works in a sparse checkout, also outside of what is checked out", async () => {
		const { repository, prepare } = createSample();
		git(repository, "sparse-checkout", "set", "sub");
		const { cwd, dispose } = await prepare();
		expect(existsSync(join(cwd, "sub/inner.txt"))).toBe(true);
		write(cwd, { "sub/inner.txt": "after", "elsewhere/new.txt": "new" });
		await dispose();
		expect(changes(repository, "main", BRANCH)).toEqual(["A elsewhere/new.txt", "M sub/inner.txt"]);
	});
});

describe("a worktree that holds what no branch can", () => {
	it("stays when committing fails, and the result says where it is and why", async () => {
		const { repository, prepare } = createSample();
		const { cwd, dispose } = await prepare();
		write(cwd, { "new.txt": "new" });
		writeFileSync(join(repository, ".git/refs/heads", `${BRANCH}.lock`), "");
		const addendum = await dispose();
		expect(addendum).toContain(`left in place, with what it holds: ${cwd}`);
		expect(addendum).toContain(".lock': File exists");
		expect(readFileSync(join(cwd, "new.txt"), "utf8")).toBe("new");
		expect(git(cwd, "status", "--porcelain")).toBe("?? new.txt");
	});

	it("stays for a repository that the subagent made in it; everything else is on the branch", async () => {
		const { repository, prepare } = createSample();
		const { cwd, dispose } = await prepare();
		write(cwd, { "new.txt": "new" });
		createRepository(join(cwd, "own repo"), { "a.txt": "a" });
		createRepository(join(cwd, "sub/other"), { "a.txt": "a" });
		git(cwd, "init", "--quiet", "empty");
		const addendum = await dispose();
		expect(addendum).toMatch(
			/left in place, with what else it holds: .*no commit can hold: empty\/, own repo\/, sub\/other\//,
		);
		expect(changes(repository, "main", BRANCH)).toEqual(["A new.txt"]);
		expect(git(cwd, "status", "--porcelain")).toBe('?? empty/\n?? "own repo/"\n?? sub/other/');
	});

	it("stays as it is during a merge that has conflicts", async () => {
		const { repository, prepare } = createSample();
		git(repository, "switch", "--quiet", "--create", "other");
		write(repository, { "edited.txt": "other\n" });
		git(repository, "commit", "--quiet", "--all", "--message=other");
		git(repository, "switch", "--quiet", "main");
		const { cwd, dispose } = await prepare();
		write(cwd, { "edited.txt": "mine\n" });
		git(cwd, "commit", "--quiet", "--all", "--message=mine");
		expect(() => git(cwd, "merge", "other")).toThrow();
		expect(await dispose()).toContain("(a merge is unfinished)");
		expect(git(cwd, "status", "--porcelain")).toBe("UU edited.txt");
		expect(branches(repository)).toEqual(["main", "other"]);
	});

	it("stays when a submodule in it has commits of its own, not when it was only filled", async () => {
		const { root, repository, prepare } = createSample();
		changeEnvironment({ GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "protocol.file.allow", GIT_CONFIG_VALUE_0: "always" });
		createRepository(join(root, "library"), { "a.txt": "a" });
		git(repository, "submodule", "--quiet", "add", join(root, "library"), "library");
		git(repository, "commit", "--quiet", "--message=submodule");
		const first = await prepare();
		expect(existsSync(join(first.cwd, "library/a.txt"))).toBe(false);
		git(first.cwd, "submodule", "--quiet", "update", "--init");
		expect(await first.dispose()).toBe("Submodules are empty in a new worktree.");
		expect(existsSync(first.cwd)).toBe(false);
		const second = await prepare();
		git(second.cwd, "submodule", "--quiet", "update", "--init");
		write(second.cwd, { "library/a.txt": "b" });
		git(join(second.cwd, "library"), "commit", "--quiet", "--all", "--message=b");
		git(second.cwd, "commit", "--quiet", "--all", "--message=newer library");
		expect(await second.dispose()).toContain("(the submodule library has work of its own)");
		expect(readFileSync(join(second.cwd, "library/a.txt"), "utf8")).toBe("b");
	});

	it("stays when its .git was replaced, and no repository around it is touched", async () => {
		const { agentDir, prepare } = createSample();
		createRepository(agentDir, {});
		const { cwd, dispose } = await prepare();
		rmSync(join(cwd, ".git"));
		write(cwd, { "new.txt": "new" });
		const before = git(agentDir, "rev-parse", "HEAD");
		expect(await dispose()).toContain("(its `.git` was removed or replaced)");
		git(cwd, "init", "--quiet");
		expect(existsSync(join(cwd, "new.txt"))).toBe(true);
		expect([git(agentDir, "rev-parse", "HEAD"), branches(agentDir)]).toEqual([before, ["main"]]);
	});
});

describe("a worktree that cannot be removed", () => {
	it("is reported with the branch, and is removed for the next run", async () => {
		const { repository, prepare } = createSample();
		const { cwd, dispose } = await prepare();
		write(cwd, { "new.txt": "new" });
		const gitFile = readFileSync(join(cwd, ".git"), "utf8");
		writeFileSync(join(cwd, ".git"), "gitdir: /nowhere\n");
		const addendum = await dispose({ status: "stopped", description: "x" });
		expect(addendum).toContain(`on the branch \`${BRANCH}\``);
		expect(addendum).toContain(`holds nothing more but could not be removed: ${cwd} (git worktree remove failed: `);
		expect(changes(repository, "main", BRANCH)).toEqual(["A new.txt"]);
		writeFileSync(join(cwd, ".git"), gitFile);
		const { dispose: disposeAgain } = await prepare({ isResume: true });
		expect(await disposeAgain()).toBeUndefined();
		expect([existsSync(cwd), treesOf(repository)]).toEqual([false, 1]);
	});
});

describe("a worktree that the subagent deleted", () => {
	it("leaves its commits on the branch; the result says that the rest is lost", async () => {
		const { repository, prepare } = createSample();
		const { cwd, dispose } = await prepare();
		write(cwd, { "one.txt": "1" });
		git(cwd, "add", ".");
		git(cwd, "commit", "--quiet", "--message=one");
		rmSync(cwd, { recursive: true });
		expect(await dispose()).toMatch(/was deleted during the run.* are lost\. .*on the branch/);
		expect(changes(repository, "main", BRANCH)).toEqual(["A one.txt"]);
		expect(treesOf(repository)).toBe(1);
	});

	it("is reported when git removed it", async () => {
		const { repository, prepare } = createSample();
		const { cwd, dispose } = await prepare();
		git(repository, "worktree", "remove", cwd);
		expect(await dispose()).toContain("was deleted during the run");
		mkdirSync(cwd); // for another run nothing is in the way
		rmSync(cwd, { recursive: true });
		await (await prepare()).dispose();
	});
});
