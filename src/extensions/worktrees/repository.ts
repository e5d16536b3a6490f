import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { answersYes, GitError, git, gitIn, type Tree } from "./git.ts";

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

/** `reason` follows a name of the directory: "is ...". */
export type RepositoryLookup =
	| { readonly kind: "found"; readonly repository: Repository }
	| { readonly kind: "unusable"; readonly reason: string };

/** The innermost repository counts. */
export async function findRepository(directory: string): Promise<RepositoryLookup> {
	const answers = await askAll(directory);
	if (answers instanceof Error) return { kind: "unusable", reason: await whyUnusable(directory, answers) };
	const lines = answers.split("\n");
	if (lines.length !== 5) {
		return { kind: "unusable", reason: "has a line break in its path; expected a directory without" };
	}
	const [commonDir = "", gitDir = "", topLevel = "", prefix = "", head = ""] = lines;
	const tree = { path: resolve(topLevel), gitDir };
	return { kind: "found", repository: { tree, commonDir: realpathSync(resolve(directory, commonDir)), prefix, head } };
}

/** @returns how many paths `git status` lists for the working tree */
export async function countUncommitted(tree: Tree): Promise<number> {
	const status = await gitIn(tree, ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=normal"]);
	return status.split("\0").filter(Boolean).length;
}

/** All in one process, which fails as a whole. */
async function askAll(directory: string): Promise<string | GitError> {
	const questions = ["--git-common-dir", "--absolute-git-dir", "--show-toplevel", "--show-prefix", "HEAD^{commit}"];
	try {
		return await git(directory, ["rev-parse", ...questions]);
	} catch (error) {
		if (error instanceof GitError) return error;
		throw error;
	}
}

/** Rejects with the failure when nothing is wrong with the directory itself. */
async function whyUnusable(directory: string, failure: GitError): Promise<string> {
	if (/not a git repository \(or any/.test(failure.said)) {
		return "is not in a git repository; expected one with a commit";
	}
	const layout = await git(directory, ["rev-parse", "--is-bare-repository", "--is-inside-work-tree"]);
	const [bare, insideTree] = layout.split("\n");
	if (bare === "true") return "is in a bare repository; expected one with a working tree, such as a clone of it";
	if (insideTree !== "true") {
		return "is in the git directory of a repository; expected a directory of its working tree";
	}
	const hasCommit = await answersYes(git(directory, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]));
	if (!hasCommit) return "is in a repository without a commit; expected one that has a commit";
	throw failure;
}
