import { copyFileSync, existsSync, renameSync, rmSync } from "node:fs";
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
	const untracked = await gitIn(tree, ["ls-files", "--others", "--exclude-standard", "-z"], options);
	// Untracked folders are listed by their files; one that is listed itself is a repository.
	const nestedRepositories = untracked.split("\0").filter((path) => path.endsWith("/"));
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

/** @returns the new commit's id */
export async function commitTree(
	tree: Tree,
	commit: { readonly treeId: string; readonly parent: string; readonly message: string },
	signal?: AbortSignal,
): Promise<string> {
	const env = await identity(tree, signal);
	const args = ["commit-tree", commit.treeId, "-p", commit.parent, "-F", "-"];
	return gitIn(tree, args, { env, input: commit.message, signal });
}

export async function treeOf(tree: Tree, commit: string, signal?: AbortSignal): Promise<string> {
	return gitIn(tree, ["rev-parse", "--verify", `${commit}^{tree}`], { signal });
}

async function copyIndex(tree: Tree, indexFile: string, options: Parameters<typeof gitIn>[2]): Promise<void> {
	removeIndex(indexFile);
	const own = join(tree.gitDir, "index");
	if (existsSync(own)) copyFileSync(own, indexFile);
	else await gitIn(tree, ["read-tree", "HEAD"], options);
}

/** The person's own identity; where none is configured, ours, for git would guess one or refuse. */
async function identity(tree: Tree, signal?: AbortSignal): Promise<Record<string, string>> {
	const ask = (who: string) => gitIn(tree, ["-c", "user.useConfigOnly=true", "var", who], { signal });
	try {
		await ask("GIT_AUTHOR_IDENT");
		await ask("GIT_COMMITTER_IDENT");
		return {};
	} catch (error) {
		if (!(error instanceof GitError) || signal?.aborted) throw error;
	}
	const [name, email] = ["pi-crew", "pi-crew@localhost"];
	return { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email };
}
