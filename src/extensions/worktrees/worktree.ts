import { chmodSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { GitError, git, gitIn, type Tree, withRetries } from "./git.ts";
import type { InTurn } from "./in-turn.ts";
import type { Repository } from "./repository.ts";

/**
 * Makes a working tree at a commit, on no branch: a branch appears when there is work to put on it, so none has to be
 * deleted where there is not. Files are written out of turn, for in a big repository that takes long.
 */
export async function addWorktree(
	inTurn: InTurn,
	{ repository, path, commit }: { readonly repository: Repository; readonly path: string; readonly commit: string },
): Promise<Tree> {
	mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
	// --force: git may still know a worktree that was here and whose directory somebody deleted.
	const add = ["worktree", "add", "--force", "--detach", "--no-checkout", "--", path, commit];
	// Asked from the parent's tree, whose sparse checkout the new one takes over.
	await inTurn.run(repository.commonDir, () => withRetries(() => gitIn(repository.tree, add)));
	const tree = { path, gitDir: gitDirOf(path) };
	await gitIn(tree, ["reset", "--hard", "--quiet"]);
	return tree;
}

/** As git has written it there; to ask git would cost a process. */
function gitDirOf(path: string): string {
	const [, gitDir = ""] = /^gitdir: (.+)$/m.exec(readFileSync(join(path, ".git"), "utf8")) ?? [];
	return realpathSync(resolve(path, gitDir));
}

/** Takes a working tree away with all that is in it. The caller has made sure that nothing is. */
export async function removeWorktree(inTurn: InTurn, commonDir: string, path: string): Promise<void> {
	// Named, for a git that may not take a directory for a bare repository takes this one for it.
	const remove = [`--git-dir=${commonDir}`, "worktree", "remove", "--force", "--force", "--", path];
	try {
		await inTurn.run(commonDir, () => withRetries(() => git(commonDir, remove)));
	} catch (error) {
		// Git could not delete all of it, for some tools keep what they download in read-only folders, and has forgotten it.
		if (!(error instanceof GitError) || !/permission denied|is not a working tree/i.test(error.said)) throw error;
		makeFoldersWritable(path);
		rmSync(path, { recursive: true, force: true });
	}
}

function makeFoldersWritable(folder: string): void {
	const entries = readdirSync(folder, { withFileTypes: true }); // throws where git could not look, and nobody knows what is there
	chmodSync(folder, 0o700);
	for (const entry of entries) {
		if (entry.isDirectory()) makeFoldersWritable(join(folder, entry.name));
	}
}

/** Takes away what is left of a worktree whose making or removal was cut short; nothing of a subagent is in it. */
export async function removeRemains(inTurn: InTurn, commonDir: string, path: string): Promise<void> {
	try {
		await removeWorktree(inTurn, commonDir, path);
	} catch {
		rmSync(path, { recursive: true, force: true }); // git has not come to know it, or not wholly; it drops its entry itself
	}
}
