import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { GitError, git, gitIn, type Tree } from "./git.ts";

/** The repository that holds a directory, as that directory's working tree sees it. */
export interface Repository {
	/** The working tree of the directory; a linked worktree may be one as well. */
	readonly tree: Tree;
	/** What all worktrees of the repository share. */
	readonly commonDir: string;
	/** The directory's own path in the tree, `""` for the top. */
	readonly prefix: string;
	/** The commit that is checked out. */
	readonly head: string;
}

/** `reason` goes on after a name of the directory: "is ...". */
export type RepositoryLookup =
	| { readonly kind: "found"; readonly repository: Repository }
	| { readonly kind: "unusable"; readonly reason: string };

/** The innermost repository counts. */
export async function findRepository(directory: string): Promise<RepositoryLookup> {
	const layout = await askLayout(directory);
	if (layout === undefined) return unusable("is not in a git repository; accepted is one with a commit");
	const [bare, insideTree, commonDir = "", gitDir = ""] = layout.split("\n");
	if (bare === "true") {
		return unusable("is in a bare repository; accepted is one with a working tree, such as a clone of it");
	}
	if (insideTree !== "true") {
		return unusable("is in the git directory of a repository; accepted is a directory of its working tree");
	}
	const [topLevel = "", prefix = ""] = (await git(directory, ["rev-parse", "--show-toplevel", "--show-prefix"])).split(
		"\n",
	);
	const tree = { path: resolve(topLevel), gitDir };
	const head = await headOf(tree);
	if (head === undefined) return unusable("is in a repository without a commit; accepted is one that has a commit");
	const repository = { tree, commonDir: realpathSync(resolve(directory, commonDir)), prefix, head };
	return { kind: "found", repository };
}

/** @returns how many paths `git status` lists for the working tree */
export async function countUncommitted(tree: Tree): Promise<number> {
	const status = await gitIn(tree, ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=normal"]);
	return status.split("\0").filter(Boolean).length;
}

async function askLayout(directory: string): Promise<string | undefined> {
	const questions = ["--is-bare-repository", "--is-inside-work-tree", "--git-common-dir", "--absolute-git-dir"];
	try {
		return await git(directory, ["rev-parse", ...questions]);
	} catch (error) {
		if (error instanceof GitError && /not a git repository \(or any/.test(error.said)) return undefined;
		throw error;
	}
}

async function headOf(tree: Tree): Promise<string | undefined> {
	try {
		return await gitIn(tree, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
	} catch (error) {
		if (error instanceof GitError && error.exitCode === 1) return undefined;
		throw error;
	}
}

function unusable(reason: string): RepositoryLookup {
	return { kind: "unusable", reason };
}
