import { copyFileSync, existsSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { GitError, gitIn, type Tree } from "./git.ts";

/** A working tree's content as git objects. */
export interface Staged {
	/** The id of the tree object. */
	readonly id: string;
	/** Repositories of their own within it, which no commit can hold; they are left out. */
	readonly nestedRepositories: readonly string[];
}

/**
 * Writes everything in a working tree that git does not ignore as a tree object. It is staged in a copy of the index: the
 * tree's own index stays as it is, and a lock that a killed git left upon it is in nobody's way.
 */
export async function stageAll(tree: Tree, indexFile: string, signal?: AbortSignal): Promise<Staged> {
	const options = { env: { GIT_INDEX_FILE: indexFile }, signal };
	await copyIndex(tree, indexFile, options);
	const list = ["ls-files", "--others", "--exclude-standard", "-z"];
	const untracked = await gitIn(tree, list, { ...options, mustSeeAll: true });
	// Untracked folders are listed by their files; one that is listed itself is a repository.
	const nestedRepositories = untracked.split("\0").filter((path) => path.endsWith("/"));
	// Git must not see its name again: it would take it for a submodule then.
	const [unreadable] = nestedRepositories.filter((path) => path.includes("\uFFFD"));
	if (unreadable) throw new Error(`the repository ${unreadable} in it has a name that is not UTF-8`);
	const sparse = existsSync(join(tree.gitDir, "info", "sparse-checkout")) ? ["--sparse"] : [];
	const fromInput = ["--pathspec-from-file=-", "--pathspec-file-nul"];
	const input = [":/", ...nestedRepositories.map((path) => `:(top,exclude,literal)${path.slice(0, -1)}`)].join("\0");
	if (nestedRepositories.length === 0) await gitIn(tree, ["add", "--all", ...sparse], options);
	else await gitIn(tree, ["add", "--all", ...sparse, ...fromInput], { ...options, input });
	return { id: await gitIn(tree, ["write-tree"], options), nestedRepositories };
}

/** Makes a staged index the tree's own. */
export function adoptIndex(tree: Tree, indexFile: string): void {
	renameSync(indexFile, join(tree.gitDir, "index"));
}

export function removeIndex(indexFile: string): void {
	rmSync(indexFile, { force: true });
	rmSync(`${indexFile}.lock`, { force: true });
}

/** By the person's own identity; where none is configured, by ours, for git would guess one or refuse. @returns its id */
export async function commitTree(
	tree: Tree,
	commit: { readonly treeId: string; readonly parent: string; readonly message: string },
	signal?: AbortSignal,
): Promise<string> {
	const args = ["-c", "user.useConfigOnly=true", "commit-tree", commit.treeId, "-p", commit.parent, "-F", "-"];
	const options = { input: commit.message, signal };
	try {
		return await gitIn(tree, args, options);
	} catch (error) {
		if (!(error instanceof GitError) || signal?.aborted) throw error;
		return gitIn(tree, args, { ...options, env: OUR_IDENTITY });
	}
}

const OUR_IDENTITY = {
	...{ GIT_AUTHOR_NAME: "pi-crew", GIT_AUTHOR_EMAIL: "pi-crew@localhost" },
	...{ GIT_COMMITTER_NAME: "pi-crew", GIT_COMMITTER_EMAIL: "pi-crew@localhost" },
};

export async function treeOf(tree: Tree, commit: string, signal?: AbortSignal): Promise<string> {
	return gitIn(tree, ["rev-parse", "--verify", `${commit}^{tree}`], { signal });
}

async function copyIndex(tree: Tree, indexFile: string, options: Parameters<typeof gitIn>[2]): Promise<void> {
	removeIndex(indexFile);
	const own = join(tree.gitDir, "index");
	if (existsSync(own)) copyWithItsTime(own, indexFile);
	else await gitIn(tree, ["read-tree", "HEAD"], options);
}

/**
 * Git compares the content of files that are as young as the index itself, for a change in that second that keeps the size
 * shows in nothing else. A younger copy would take them for unchanged.
 */
function copyWithItsTime(index: string, copy: string): void {
	copyFileSync(index, copy);
	const wholeSecond = Math.floor(statSync(index).mtimeMs / 1000);
	utimesSync(copy, wholeSecond, wholeSecond);
}
