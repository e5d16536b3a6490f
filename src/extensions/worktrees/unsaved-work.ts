import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { findAltered } from "./altered-files.ts";
import { answersYes, GitError, gitIn, type Tree } from "./git.ts";
import { isLogCut, leftByCheckout } from "./head-log.ts";
import { newlyIgnored } from "./left-elsewhere.ts";
import type { Made } from "./worktree-owner.ts";

/** What a worktree holds that no branch, tag or ignored file is. */
export interface UnsavedWork {
	/** Paths with uncommitted changes, untracked ones included. */
	readonly uncommitted: number;
	/** Commits that would be lost with the worktree, the latest first. */
	readonly commits: readonly string[];
	/** Why what is in it cannot be put on a branch as it stands. */
	readonly obstacles: readonly string[];
}

export async function inspect(tree: Tree, made: Made, signal?: AbortSignal): Promise<UnsavedWork> {
	const obstacles = await findObstacles(tree, made, signal); // it comes first, for afterwards git sees all changes
	const isThere = existsSync(tree.path);
	const uncommitted = isThere ? await countPaths(tree, signal).catch(noteIn(obstacles)) : 0;
	const altered = isThere && uncommitted === 0 ? await findAltered(tree, made, signal) : undefined;
	const ignored = isThere && uncommitted === 0 ? await newlyIgnored(tree, made, signal) : [];
	if (ignored.length > 0)
		obstacles.push(`files that git ignores by rules that came later: ${ignored.slice(0, 5).join(", ")}`);
	return {
		uncommitted,
		commits: obstacles.includes(UNBORN) ? [] : await commitsOnlyHere(tree, made.base, signal),
		obstacles: [...obstacles, ...(altered === undefined ? [] : [altered])],
	};
}

/** What is known already must not be hidden by what cannot be found out. */
function noteIn(obstacles: string[]): (error: Error) => number {
	return (error) => {
		if (obstacles.length === 0) throw error;
		obstacles.push(error.message);
		return 1;
	};
}

export function isWork({ uncommitted, commits, obstacles }: UnsavedWork): boolean {
	return uncommitted > 0 || commits.length > 0 || obstacles.length > 0;
}

/** Whether the commit is checked out and nothing else is there: one question where saving takes many. */
export async function holdsOnly(tree: Tree, commit: string, signal?: AbortSignal): Promise<boolean> {
	if (leftByCheckout(tree, commit).length > 0 || ownRefs(tree).length > 0) return false;
	const format = ["--porcelain=v2", "-z", "--branch", "--no-ahead-behind", "--no-renames"];
	const args = ["status", ...format, "--untracked-files=normal", "--ignore-submodules=none"];
	const lines = (await gitIn(tree, args, { signal, mustSeeAll: true })).split("\0").filter(Boolean);
	return lines.includes(`# branch.oid ${commit}`) && lines.every((line) => line.startsWith("# "));
}

/** @returns the commits made here that neither the base nor any branch, remote branch or tag has, the latest first */
export async function commitsOnlyHere(tree: Tree, base: string, signal?: AbortSignal): Promise<string[]> {
	const ends = ["HEAD", ...leftByCheckout(tree), ...OWN_REFS.map((folder) => `--glob=refs/${folder}/*`)];
	const args = ["rev-list", "--ignore-missing", ...ends, "--not", base, "--branches", "--remotes", "--tags"];
	return (await gitIn(tree, args, { signal })).split("\n").filter(Boolean);
}

/** References that belong to one working tree and go away with it. */
const OWN_REFS = ["worktree", "bisect", "rewritten"];

function ownRefs({ gitDir }: Tree): string[] {
	return OWN_REFS.filter((folder) => namesIn(join(gitDir, "refs", folder)).length > 0);
}

/**
 * What a commit of the tree's files would not save. Untracked repositories are found when the files are staged. Afterwards
 * git looks at all files.
 */
export async function findObstacles(tree: Tree, made: Made, signal?: AbortSignal): Promise<string[]> {
	const { headLog } = made;
	if (!existsSync(tree.gitDir)) return ["its repository does not know it any more"];
	const found = UNFINISHED.filter(([file]) => existsSync(join(tree.gitDir, file))).map(
		([, what]) => `${what} is unfinished`,
	);
	const ownGit = statSync(join(tree.path, ".git"), { throwIfNoEntry: false });
	if (existsSync(tree.path) && !ownGit?.isFile()) {
		found.push("its `.git` was removed or replaced", ...(await withoutGitFile(tree, made, signal)));
	}
	if (isLogCut(tree, headLog)) found.push(...(await withoutLog(tree, made, signal)));
	if (!(await hasCommit(tree, signal))) found.push(UNBORN);
	found.push(...(await findOwnRepositories(tree, signal).catch(({ message }: Error) => [message])));
	for (const path of worktreesWithin(tree)) found.push(`the worktree ${path} is in it`);
	return [...new Set(found)];
}

/** Without it git leads nobody from the worktree to its commits. */
async function withoutGitFile(tree: Tree, { base }: Made, signal?: AbortSignal): Promise<string[]> {
	const commits = await commitsOnlyHere(tree, base, signal).catch(() => []);
	return commits.length === 0 ? [] : [`these are on no branch: ${namesOf(commits)}`];
}

function namesOf(commits: readonly string[]): string {
	const more = commits.length > SHOWN ? ` and ${commits.length - SHOWN} more` : "";
	return `commit ${commits
		.slice(0, SHOWN)
		.map((id) => id.slice(0, 12))
		.join(", commit ")}${more}`;
}

const SHOWN = 10;

/** Somebody cut the log of HEAD, a clean-up of git's perhaps. Then commits on no branch are searched among all objects. */
async function withoutLog(tree: Tree, { since = 0 }: Made, signal?: AbortSignal): Promise<string[]> {
	try {
		const args = ["fsck", "--no-reflogs", "--connectivity-only", "--no-progress"];
		const checked = await gitIn(tree, args, { signal }).catch(whatItWrote);
		const dangling = [...checked.matchAll(/^dangling commit (\w+)$/gm)];
		const input = dangling.map(([, id]) => `${id}\n`).join("");
		if (input === "") return [];
		const listed = await gitIn(tree, ["rev-list", "--no-walk", "--timestamp", "--stdin"], { input, signal });
		const commits = listed.split("\n").map((line) => line.split(" "));
		const made = commits.filter(([time]) => (Number(time) + 1) * 1000 >= since).map(([, id = ""]) => id);
		return made.length === 0 ? [] : [`the log of its HEAD was cut, and these are on no branch: ${namesOf(made)}`];
	} catch {
		return ["the log of its HEAD was cut, and commits on no branch may be among the repository's objects (git fsck)"];
	}
}

/** It fails for each problem that the repository has otherwise. */
function whatItWrote(error: unknown): string {
	if (error instanceof GitError && error.exitCode !== undefined && error.wrote !== "") return error.wrote;
	throw error;
}

async function hasCommit(tree: Tree, signal?: AbortSignal): Promise<boolean> {
	const head = attempt(() => readFileSync(join(tree.gitDir, "HEAD"), "utf8")) ?? "";
	if (/^[0-9a-f]{40}/.test(head)) return true;
	return answersYes(gitIn(tree, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], { signal }));
}

const UNBORN = "it is on a branch that has no commit yet";

const UNFINISHED = [
	["MERGE_HEAD", "a merge"],
	["rebase-merge", "a rebase"],
	["rebase-apply", "a rebase"],
	["CHERRY_PICK_HEAD", "a cherry-pick"],
	["REVERT_HEAD", "a revert"],
	["sequencer", "a series of cherry-picks or reverts"],
	["BISECT_LOG", "a bisection"],
] as const;

/** Worktrees that the subagent made within its own, also where git ignores them. */
function worktreesWithin({ path, gitDir }: Tree): string[] {
	const commonDir = join(gitDir, "..", "..");
	const all = namesIn(join(commonDir, "worktrees")).map((name) => join(commonDir, "worktrees", name));
	return all
		.map((other) => dirname(resolve(other, attempt(() => readFileSync(join(other, "gitdir"), "utf8").trim()) ?? "..")))
		.filter((other) => other.startsWith(join(path, "/")) && existsSync(other));
}

/** Repositories whose work no commit of the tree around them holds: submodules, and folders that were made one. */
async function findOwnRepositories(tree: Tree, signal?: AbortSignal): Promise<string[]> {
	const { repositories, folders } = await trackedPaths(tree, signal);
	const found: string[] = [];
	const seen = new Set<string>();
	for (const path of repositories) {
		const own = repositoryAt(tree, path);
		if (own) seen.add(attempt(() => realpathSync(own.gitDir)) ?? own.gitDir);
		if (own ? await hasWork(own, signal) : isFilled(join(tree.path, path))) {
			found.push(
				own ? `the submodule ${path} has work of its own` : `the submodule ${path} was not checked out and holds files`,
			);
		}
	}
	for (const path of folders) {
		const own = repositoryAt(tree, path);
		if (own && (await hasWork(own, signal))) found.push(`${path} was made a repository and has work of its own`);
	}
	return [...found, ...(await submodulesWithOwnCommits(tree, seen, signal))];
}

/**
 * Repositories of submodules are in the git directory of the worktree, and go away with it though their folders did before.
 * @param seen git directories that need no look any more
 */
export async function submodulesWithOwnCommits(
	tree: Tree,
	seen: ReadonlySet<string> = new Set(),
	signal?: AbortSignal,
): Promise<string[]> {
	const found: string[] = [];
	for (const gitDir of submoduleDirectories(tree.gitDir, seen)) {
		if (!(await hasOwnCommits({ path: gitDir, gitDir }, signal))) continue;
		const name = relative(join(tree.gitDir, "modules"), gitDir);
		found.push(`the submodule ${name} is not checked out any more and has commits that are nowhere else, in ${gitDir}`);
	}
	return found;
}

function repositoryAt(tree: Tree, path: string): Tree | undefined {
	const folder = join(tree.path, path);
	const gitFile = join(folder, ".git");
	if (!existsSync(gitFile)) return undefined;
	const [, elsewhere] = attempt(() => /^gitdir: (.+)$/m.exec(readFileSync(gitFile, "utf8"))) ?? [];
	const gitDir = elsewhere === undefined ? gitFile : resolve(folder, elsewhere);
	return { ...tree, path: folder, gitDir };
}

/** Also when it cannot be read. */
function isFilled(folder: string): boolean {
	if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return false; // git takes it for a change
	return attempt(() => readdirSync(folder))?.length !== 0;
}

function submoduleDirectories(gitDir: string, seen: ReadonlySet<string>): string[] {
	const found: string[] = [];
	const look = (folder: string) => {
		if (seen.has(attempt(() => realpathSync(folder)) ?? folder)) return; // and so was what is in it
		if (existsSync(join(folder, "HEAD")) && existsSync(join(folder, "objects"))) {
			found.push(folder);
			look(join(folder, "modules"));
		} else for (const name of namesIn(folder)) look(join(folder, name));
	};
	look(join(gitDir, "modules"));
	return found;
}

async function countPaths(tree: Tree, signal?: AbortSignal): Promise<number> {
	const args = ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=none"];
	const status = await gitIn(tree, args, { signal, mustSeeAll: true });
	return status.split("\0").filter(Boolean).length;
}

/** The repository of a submodule, like any that the subagent made, goes away with the worktree. */
async function hasWork(own: Tree, signal?: AbortSignal): Promise<boolean> {
	if ((await findOwnRepositories(own, signal)).length > 0) return true; // and git looks at all files from here on
	return (await countPaths(own, signal)) > 0 || (await hasOwnCommits(own, signal));
}

/** Stashes are commits too. */
async function hasOwnCommits(own: Tree, signal?: AbortSignal): Promise<boolean> {
	const args = ["rev-list", "--ignore-missing", "--max-count=1", "--all", ...leftByCheckout(own), "--not", "--remotes"];
	return (await gitIn(own, args, { signal })) !== "";
}

function namesIn(folder: string): string[] {
	return attempt(() => readdirSync(folder)) ?? [];
}

function attempt<T>(read: () => T): T | undefined {
	try {
		return read();
	} catch {
		return undefined; // it is not there
	}
}

/** What a tree's index holds. */
interface TrackedPaths {
	/** Paths at which git expects a repository of its own; anything can be there, nothing included. */
	readonly repositories: readonly string[];
	/** Folders with files in them, the top one left out. */
	readonly folders: readonly string[];
}

/**
 * Reads the index. From here on git looks at all of its files, also at those that the subagent told it to take for unchanged
 * (`assume-unchanged`, `skip-worktree`): changes in them would be lost unseen.
 */
async function trackedPaths(tree: Tree, signal?: AbortSignal): Promise<TrackedPaths> {
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
