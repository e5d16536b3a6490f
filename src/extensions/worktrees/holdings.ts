import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { answersYes, gitIn, type Tree } from "./git.ts";
import { leftByCheckout } from "./left-by-checkout.ts";
import type { Made } from "./owner.ts";
import { trackedPaths } from "./tracked-paths.ts";

/** What a worktree holds that no branch, tag or ignored file is. */
export interface Holdings {
	/** Paths with uncommitted changes, untracked ones included. */
	readonly uncommitted: number;
	/** Commits that would be lost with the worktree, the latest first. */
	readonly commits: readonly string[];
	/** Why what is in it cannot be put on a branch as it stands. */
	readonly obstacles: readonly string[];
}

export async function inspect(tree: Tree, { base }: Made, signal?: AbortSignal): Promise<Holdings> {
	const obstacles = await findObstacles(tree, signal); // it comes first, for afterwards git sees all changes
	return {
		uncommitted: existsSync(tree.path) ? await countPaths(tree, signal) : 0,
		commits: await commitsOnlyHere(tree, base, signal),
		obstacles,
	};
}

export function isWork({ uncommitted, commits, obstacles }: Holdings): boolean {
	return uncommitted > 0 || commits.length > 0 || obstacles.length > 0;
}

/** Whether the commit is checked out and nothing else is there: one question where saving takes many. */
export async function holdsOnly(tree: Tree, commit: string, signal?: AbortSignal): Promise<boolean> {
	if (leftByCheckout(tree).length > 0) return false;
	const format = ["--porcelain=v2", "-z", "--branch", "--no-ahead-behind", "--no-renames"];
	const args = ["status", ...format, "--untracked-files=normal", "--ignore-submodules=none"];
	const lines = (await gitIn(tree, args, { signal })).split("\0").filter(Boolean);
	return lines.includes(`# branch.oid ${commit}`) && lines.every((line) => line.startsWith("# "));
}

/** @returns the commits made here that neither the base nor any branch, remote branch or tag has, the latest first */
export async function commitsOnlyHere(tree: Tree, base: string, signal?: AbortSignal): Promise<string[]> {
	const args = ["rev-list", "HEAD", ...leftByCheckout(tree), "--not", base, "--branches", "--remotes", "--tags"];
	return (await gitIn(tree, args, { signal })).split("\n").filter(Boolean);
}

/**
 * What a commit of the tree's files would not save. Untracked repositories are found when the files are staged. Afterwards
 * git looks at all files.
 */
export async function findObstacles(tree: Tree, signal?: AbortSignal): Promise<string[]> {
	if (!existsSync(tree.gitDir)) return ["its repository does not know it any more"];
	const found = UNFINISHED.filter(([file]) => existsSync(join(tree.gitDir, file))).map(
		([, what]) => `${what} is unfinished`,
	);
	const ownGit = statSync(join(tree.path, ".git"), { throwIfNoEntry: false });
	if (existsSync(tree.path) && !ownGit?.isFile()) found.push("its `.git` was removed or replaced");
	const { repositories, folders } = await trackedPaths(tree, signal);
	for (const path of repositories) {
		if (await hasWork(tree, path, signal)) found.push(`the submodule ${path} has work of its own`);
	}
	for (const path of folders) {
		if (await hasWork(tree, path, signal)) found.push(`${path} was made a repository and has work of its own`);
	}
	return found;
}

const UNFINISHED = [
	["MERGE_HEAD", "a merge"],
	["rebase-merge", "a rebase"],
	["rebase-apply", "a rebase"],
	["CHERRY_PICK_HEAD", "a cherry-pick"],
	["REVERT_HEAD", "a revert"],
	["BISECT_LOG", "a bisection"],
] as const;

async function countPaths(tree: Tree, signal?: AbortSignal): Promise<number> {
	const args = ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=none"];
	const status = await gitIn(tree, args, { signal });
	return status.split("\0").filter(Boolean).length;
}

/** The repository of a submodule, like any that the subagent made, goes away with the worktree. */
async function hasWork(tree: Tree, path: string, signal?: AbortSignal): Promise<boolean> {
	const own = { path: join(tree.path, path), gitDir: join(tree.path, path, ".git") };
	if (!existsSync(own.gitDir)) return false;
	if ((await countPaths(own, signal)) > 0) return true;
	const unpublished = gitIn(own, ["rev-list", "--max-count=1", "HEAD", "--branches", "--not", "--remotes"], { signal });
	if ((await unpublished) !== "") return true;
	return answersYes(gitIn(own, ["rev-parse", "--verify", "--quiet", "refs/stash"], { signal }));
}
