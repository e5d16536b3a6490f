import { lstatSync } from "node:fs";
import { dirname, join } from "node:path";
import { gitIn, type Tree } from "./git.ts";

/** What a tree's index holds. */
export interface TrackedPaths {
	/** Paths at which git expects a repository of its own; anything can be there, nothing included. */
	readonly repositories: readonly string[];
	/** Folders with files in them, the top one left out. */
	readonly folders: readonly string[];
}

/**
 * Reads the index. From here on git looks at all of its files, also at those that the subagent told it to take for unchanged
 * (`assume-unchanged`, `skip-worktree`): changes in them would be lost unseen.
 */
export async function trackedPaths(tree: Tree, signal?: AbortSignal): Promise<TrackedPaths> {
	const listed = await gitIn(tree, ["ls-files", "-v", "--stage", "-z"], { signal });
	const entries = listed.split("\0").filter(Boolean).map(entryOf);
	const takenForUnchanged = entries.filter(({ tag }) => tag !== tag.toUpperCase());
	// What a sparse checkout leaves out is marked as well, and is not there.
	const isThere = (path: string) => lstatSync(join(tree.path, path), { throwIfNoEntry: false }) !== undefined;
	const skipped = entries.filter(({ tag, path }) => tag.toUpperCase() === "S" && isThere(path));
	await mark(tree, "--no-assume-unchanged", { entries: takenForUnchanged, signal });
	await mark(tree, "--no-skip-worktree", { entries: skipped, signal });
	const repositories = entries.filter(({ mode }) => mode === GITLINK).map(({ path }) => path);
	return { repositories, folders: foldersOf(entries) };
}

interface Entry {
	/** One letter, a small one where git takes the file for unchanged. */
	readonly tag: string;
	readonly mode: string;
	readonly path: string;
}

const GITLINK = "160000";

function entryOf(line: string): Entry {
	const tab = line.indexOf("\t");
	const [tag = "", mode = ""] = line.slice(0, tab).split(" ");
	return { tag, mode, path: line.slice(tab + 1) };
}

async function mark(
	tree: Tree,
	flag: string,
	{ entries, signal }: { readonly entries: readonly Entry[]; readonly signal: AbortSignal | undefined },
): Promise<void> {
	if (entries.length === 0) return;
	const input = entries.map(({ path }) => path).join("\0");
	await gitIn(tree, ["update-index", flag, "-z", "--stdin"], { input, signal });
}

function foldersOf(entries: readonly Entry[]): string[] {
	const folders = new Set<string>();
	for (const { path } of entries) {
		for (let folder = dirname(path); folder !== "." && !folders.has(folder); folder = dirname(folder)) {
			folders.add(folder);
		}
	}
	return [...folders];
}
