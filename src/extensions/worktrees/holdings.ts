import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { answersYes, gitIn, type Tree } from "./git.ts";
import type { Made } from "./owner.ts";

/** What a worktree holds that no branch, tag or ignored file is. */
export interface Holdings {
	/** Paths with uncommitted changes, untracked ones included. */
	readonly uncommitted: number;
	/** Commits that would be lost with the worktree. */
	readonly commits: number;
	/** Why what is in it cannot be put on a branch as it stands. */
	readonly obstacles: readonly string[];
}

export async function inspect(tree: Tree, { base }: Made, signal?: AbortSignal): Promise<Holdings> {
	return {
		uncommitted: existsSync(tree.path) ? await countPaths(tree, signal) : 0,
		commits: await commitsOnlyAt(tree, { tip: "HEAD", base }, signal),
		obstacles: await obstacles(tree, signal),
	};
}

export function isWork({ uncommitted, commits, obstacles }: Holdings): boolean {
	return uncommitted > 0 || commits > 0 || obstacles.length > 0;
}

/** Whether the commit is checked out and nothing else is there: one question where saving takes many. */
export async function holdsOnly(tree: Tree, commit: string, signal?: AbortSignal): Promise<boolean> {
	const format = ["--porcelain=v2", "-z", "--branch", "--no-ahead-behind", "--no-renames"];
	const args = ["status", ...format, "--untracked-files=normal", "--ignore-submodules=none"];
	const lines = (await gitIn(tree, args, { signal })).split("\0").filter(Boolean);
	return lines.includes(`# branch.oid ${commit}`) && lines.every((line) => line.startsWith("# "));
}

/** @returns how many commits lead to the tip that neither the base nor any branch, remote branch or tag has */
export async function commitsOnlyAt(
	tree: Tree,
	{ tip, base }: { readonly tip: string; readonly base: string },
	signal?: AbortSignal,
): Promise<number> {
	const args = ["rev-list", "--count", tip, "--not", base, "--branches", "--remotes", "--tags"];
	return Number(await gitIn(tree, args, { signal }));
}

/** What a commit of the tree's files would not save. Nested repositories are found when the files are staged. */
export async function obstacles(tree: Tree, signal?: AbortSignal): Promise<string[]> {
	if (!existsSync(tree.gitDir)) return ["its repository does not know it any more"];
	const found = UNFINISHED.filter(([file]) => existsSync(join(tree.gitDir, file))).map(
		([, what]) => `${what} is unfinished`,
	);
	const ownGit = statSync(join(tree.path, ".git"), { throwIfNoEntry: false });
	if (existsSync(tree.path) && !ownGit?.isFile()) found.push("its `.git` was removed or replaced");
	for (const path of await submodulesWithWork(tree, signal)) found.push(`the submodule ${path} has work of its own`);
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

/** A submodule that was filled in a worktree has its repository in the worktree's git directory and goes away with it. */
async function submodulesWithWork(tree: Tree, signal?: AbortSignal): Promise<string[]> {
	if (!existsSync(join(tree.path, ".gitmodules")) && !existsSync(join(tree.gitDir, "modules"))) return [];
	const entries = (await gitIn(tree, ["ls-files", "--stage", "-z"], { signal })).split("\0");
	const paths = entries
		.filter((entry) => entry.startsWith("160000 "))
		.map((entry) => entry.slice(entry.indexOf("\t") + 1));
	const withWork: string[] = [];
	for (const path of paths) if (await hasWork(tree, path, signal)) withWork.push(path);
	return withWork;
}

async function hasWork(tree: Tree, path: string, signal?: AbortSignal): Promise<boolean> {
	const own = { path: join(tree.path, path), gitDir: join(tree.path, path, ".git") };
	if (!existsSync(own.gitDir)) return false;
	if ((await countPaths(own, signal)) > 0) return true;
	const unpublished = gitIn(own, ["rev-list", "--max-count=1", "HEAD", "--branches", "--not", "--remotes"], { signal });
	if ((await unpublished) !== "") return true;
	return answersYes(gitIn(own, ["rev-parse", "--verify", "--quiet", "refs/stash"], { signal }));
}
