import { randomBytes } from "node:crypto";
import {
	appendFileSync,
	chmodSync,
	existsSync,
	lstatSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	realpathSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { InTurn } from "../../platform/keyed-mutex.ts";
import { answersYes, type Disk, GitError, git, gitIn, type Tree, withRetries } from "./git.ts";
import { headLogFile } from "./head-log.ts";
import type { Repository } from "./repository.ts";

/** A worktree of ours with what its disk can do. */
export function openTree(path: string, gitDir: string): Tree {
	return { path, gitDir, disk: { ...LIKELY, ...attempt(() => tryOut(path)) } };
}

/** Where nothing can be tried out, because the subagent made its folder read-only or deleted it. */
const LIKELY: Disk = {
	ignoresCase: false,
	hasExecutableBits: process.platform !== "win32",
	hasSymlinks: process.platform !== "win32",
};

function tryOut(folder: string): Disk {
	const { name, file } = makeProbe(folder);
	try {
		const ignoresCase = existsSync(join(folder, name.toUpperCase()));
		attempt(() => chmodSync(file, 0o700));
		const whenSet = lstatSync(file).mode & 0o100;
		attempt(() => chmodSync(file, 0o600));
		const hasExecutableBits = whenSet !== (lstatSync(file).mode & 0o100);
		const hasSymlinks = attempt(() => {
			rmSync(file);
			symlinkSync("nowhere", file);
			return lstatSync(file).isSymbolicLink();
		});
		return { ignoresCase, hasExecutableBits, hasSymlinks: hasSymlinks === true };
	} finally {
		rmSync(file, { force: true });
	}
}

/** The time by the clock of the disk that a folder is on, in milliseconds. */
function timeAt(folder: string): number {
	const { file } = makeProbe(folder);
	const { ctimeMs } = lstatSync(file);
	rmSync(file);
	return ctimeMs;
}

function makeProbe(folder: string): { readonly name: string; readonly file: string } {
	const name = `.pi-crew-probe-${randomBytes(6).toString("hex")}`;
	const file = join(folder, name);
	writeFileSync(file, "", { mode: 0o600, flag: "wx" });
	return { name, file };
}

function attempt<T>(work: () => T): T | undefined {
	try {
		return work();
	} catch {
		return undefined; // the folder is read-only, or its disk cannot do it
	}
}

/** A worktree as it is before the subagent begins. */
export interface AddedWorktree extends Tree {
	readonly since: number;
	readonly headLog: string;
}

/**
 * Makes a working tree at a commit, on no branch: a branch appears when there is work to put on it, so none has to be
 * deleted where there is not. Files are written out of turn, for in a big repository that takes long.
 */
export async function addWorktree(
	inTurn: InTurn,
	{ repository, path, commit }: { readonly repository: Repository; readonly path: string; readonly commit: string },
): Promise<AddedWorktree> {
	mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
	// --force: git may still know a worktree that was here and whose directory somebody deleted.
	const add = ["worktree", "add", "--force", "--detach", "--no-checkout", "--", path, commit];
	// Asked from the parent's tree, whose sparse checkout the new one takes over.
	await inTurn.run(repository.commonDir, () => withRetries(() => gitIn(repository.tree, add)));
	const tree = openTree(path, gitDirOf(path));
	await gitIn(tree, ["reset", "--hard", "--quiet"]);
	return { ...tree, since: timeAt(path), headLog: startHeadLog(tree) };
}

/** Git appends to a log that is there, also where the configuration says that it shall not begin one. */
function startHeadLog(tree: Tree): string {
	const log = headLogFile(tree);
	mkdirSync(dirname(log), { recursive: true });
	appendFileSync(log, "");
	return readFileSync(log, "utf8");
}

/** Where a worktree is now: the subagent may have moved it, which git notes. @returns the path when it is nowhere else */
export function whereIs({ path, gitDir }: Pick<Tree, "path" | "gitDir">): string {
	if (existsSync(path)) return path;
	const noted = attempt(() => resolve(gitDir, readFileSync(join(gitDir, "gitdir"), "utf8").trim()));
	const folder = noted === undefined ? path : dirname(noted);
	if (!existsSync(folder)) return path;
	const isOurs = !existsSync(join(folder, ".git")) || attempt(() => gitDirOf(folder)) === realpathSync(gitDir);
	return isOurs ? folder : path;
}

/** As git has written it there; to ask git would cost a process. */
function gitDirOf(path: string): string {
	const [, gitDir = ""] = /^gitdir: (.+)$/m.exec(readFileSync(join(path, ".git"), "utf8")) ?? [];
	return realpathSync(resolve(path, gitDir));
}

/** Git forgets a worktree that has no `.git`, and its commits, at a time that the configuration says; not one that is locked. */
export function protectFromPruning({ path, gitDir }: Pick<Tree, "path" | "gitDir">): void {
	if (existsSync(join(path, ".git")) || !existsSync(gitDir)) return;
	attempt(() => writeFileSync(join(gitDir, "locked"), "pi-crew: it holds work of a subagent\n"));
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
		if (existsSync(path)) makeFoldersWritable(path);
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

/** Removes the remains of a worktree that was created or removed only in part; it holds no work of a subagent. */
export async function removeRemains(inTurn: InTurn, commonDir: string, path: string): Promise<void> {
	try {
		await removeWorktree(inTurn, commonDir, path);
	} catch {
		rmSync(path, { recursive: true, force: true }); // git does not know it yet, or not completely; it drops its entry itself
	}
}

interface Branch {
	readonly name: string;
	/** 1 for `pi-agent-<id>`, 2 for `pi-agent-<id>-2`. */
	readonly number: number;
	readonly tip: string;
	/** In another working tree than the one that asks. */
	readonly isCheckedOutElsewhere: boolean;
}

/** @returns the branch that holds the subagent's latest work */
export async function latestBranch(tree: Tree, agentId: string): Promise<Branch | undefined> {
	return (await branchesOf(tree, agentId)).at(-1);
}

/**
 * Puts a commit on `pi-agent-<id>`. Where that branch cannot simply go forward to it, because somebody has committed to it
 * or has it checked out, the commit gets `pi-agent-<id>-2` and so on. @returns the branch's name
 */
export async function placeOnBranch(tree: Tree, agentId: string, commit: string): Promise<string> {
	const latest = await latestBranch(tree, agentId);
	if (latest?.tip === commit) return latest.name;
	if (latest && (await canGoForward(tree, latest, commit))) {
		if (await moveBranch(tree, latest.name, { from: latest.tip, to: commit })) return latest.name;
	}
	for (let number = (latest?.number ?? 0) + 1; ; number++) {
		const name = number === 1 ? `pi-agent-${agentId}` : `pi-agent-${agentId}-${number}`;
		if (await moveBranch(tree, name, { from: "", to: commit })) return name;
	}
}

export function isAncestor(tree: Tree, ancestor: string, commit: string): Promise<boolean> {
	return answersYes(gitIn(tree, ["merge-base", "--is-ancestor", ancestor, commit]));
}

/** The oldest first. */
async function branchesOf(tree: Tree, agentId: string): Promise<Branch[]> {
	const first = `pi-agent-${agentId}`;
	const format = "--format=%(refname:lstrip=2)%09%(objectname)%09%(HEAD)%09%(worktreepath)";
	const lines = await gitIn(tree, ["for-each-ref", format, `refs/heads/${first}`, `refs/heads/${first}-*`]);
	return lines
		.split("\n")
		.map((line) => line.split("\t"))
		.filter(([name = ""]) => /^(-\d+)?$/.test(name.slice(first.length)) && name !== "")
		.map(([name = "", tip = "", here = "", somewhere = ""]) => {
			const number = Number(name.slice(first.length + 1) || 1);
			return { name, number, tip, isCheckedOutElsewhere: here !== "*" && somewhere !== "" };
		})
		.sort((one, other) => one.number - other.number);
}

/** A branch that is checked out stays where it is: the files there would all of a sudden look changed. */
async function canGoForward(tree: Tree, { tip, isCheckedOutElsewhere }: Branch, commit: string): Promise<boolean> {
	return !isCheckedOutElsewhere && (await isAncestor(tree, tip, commit));
}

/** @returns false when it is not where it was expected; an empty `from` means that there is none */
async function moveBranch(tree: Tree, name: string, { from, to }: { from: string; to: string }): Promise<boolean> {
	const args = ["update-ref", "-m", "pi-crew: work of a subagent", `refs/heads/${name}`, to, from];
	try {
		await withRetries(() => gitIn(tree, args));
		return true;
	} catch (error) {
		if (error instanceof GitError && /reference already exists|but expected/.test(error.said)) return false;
		throw error;
	}
}
