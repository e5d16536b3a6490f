import { existsSync, lstatSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { GitError, gitIn, type Tree } from "./git.ts";
import { commitsSeen, isLogCut } from "./head-log.ts";
import type { Made } from "./worktree-owner.ts";

/** What a subagent left in other places than its branch and its worktree. */
export interface LeftElsewhere {
	/** Branches and tags that it made or moved: "branch feature". */
	readonly references: readonly string[];
	/** Commits in the repository's list of stashes. */
	readonly stashes: readonly string[];
	/** Ignored paths that nobody ignored when it began; they go away with the worktree. */
	readonly ignored: readonly string[];
}

/** Branches and tags by their full names, each with the commit it is at. */
export type References = ReadonlyMap<string, string>;

export async function refsOf(tree: Tree, signal?: AbortSignal): Promise<References> {
	const format = "--format=%(objectname) %(*objectname) %(refname)";
	const listed = await gitIn(tree, ["for-each-ref", format, "refs/heads", "refs/remotes", "refs/tags"], { signal });
	const lines = listed.split("\n").filter(Boolean);
	return new Map(
		lines.map((line) => {
			const [id = "", peeled = "", ...name] = line.split(" ");
			return [name.join(" "), peeled || id];
		}),
	);
}

/** Git keeps them in a file that all worktrees share. */
export function stashesOf(commonDir: string): readonly string[] {
	const log = join(commonDir, "logs", "refs", "stash");
	if (!existsSync(log)) return [];
	return readFileSync(log, "utf8")
		.split("\n")
		.flatMap((line) => line.split(" ")[1] ?? []);
}

/** How things were when the subagent began. */
export interface Before {
	readonly tree: Tree;
	readonly made: Made;
	readonly commonDir: string;
	readonly known: References;
	readonly stashes: readonly string[];
}

/** @param tip where the subagent's work is on its branch, which the result names already */
export async function findLeftElsewhere(
	{ tree, made, commonDir, known, stashes }: Before,
	tip: string | undefined,
	signal?: AbortSignal,
): Promise<LeftElsewhere> {
	const seen = commitsSeen(tree);
	const isCut = isLogCut(tree, made.headLog); // then whatever is new may be its work
	const hasMoved = isCut || [...seen].some((id) => id !== made.base && id !== tip && !/^0+$/.test(id));
	const references = hasMoved ? [...(await refsOf(tree, signal))] : [];
	return {
		references: references
			.filter(([name, at]) => known.get(name) !== at && at !== made.base && (isCut || seen.has(at)) && !OURS.test(name))
			.map(([name]) => name.replace(/^refs\/heads\//, "branch ").replace(/^refs\/tags\//, "tag ")),
		stashes: stashesOf(commonDir).filter((id) => !stashes.includes(id)),
		ignored: existsSync(tree.path) ? await newlyIgnored(tree, made, signal) : [],
	};
}

const OURS = /^refs\/(heads\/pi-agent-|remotes\/)/;

/** By rules that came during the run or that no file in the tree holds: they may ignore all of the work. */
export async function newlyIgnored(tree: Tree, { since = 0 }: Made, signal?: AbortSignal): Promise<string[]> {
	const list = ["ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "--no-empty-directory", "-z"];
	const paths = await gitIn(tree, list, { signal });
	if (paths === "") return [];
	const old = await ignoredByOldRules(tree, { paths, since }, signal);
	return paths.split("\0").filter((path) => path !== "" && !old.has(path));
}

async function ignoredByOldRules(
	tree: Tree,
	{ paths, since }: { readonly paths: string; readonly since: number },
	signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
	const args = ["check-ignore", "--verbose", "-z", "--stdin"];
	const fields = (await gitIn(tree, args, { input: paths, signal }).catch(emptyWhenNone)).split("\0");
	const old = new Set<string>();
	// Each is four fields: the file that has the rule, the line in it, the rule, and the path.
	for (let at = 0; at + 3 < fields.length; at += 4) {
		const [source = "", path = ""] = [fields[at], fields[at + 3]];
		const rules = lstatSync(join(tree.path, source), { throwIfNoEntry: false });
		if (!isAbsolute(source) && rules !== undefined && rules.ctimeMs < since) old.add(path);
	}
	return old;
}

/** A folder is listed as ignored also when it is the rules in it that ignore all of it. */
function emptyWhenNone(error: unknown): string {
	if (error instanceof GitError && error.exitCode === 1) return "";
	throw error;
}
