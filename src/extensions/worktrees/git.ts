import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** A working tree with the git directory that belongs to it. */
export interface Tree {
	readonly path: string;
	readonly gitDir: string;
	/** What its disk can do, where that is known; otherwise git believes its configuration. */
	readonly disk?: Disk;
}

/** What a disk can do. Git notes it in the configuration when it makes a repository, but a worktree may be elsewhere. */
export interface Disk {
	readonly ignoresCase: boolean;
	readonly hasExecutableBits: boolean;
	readonly hasSymlinks: boolean;
}

export interface GitOptions {
	/** Rejects also when git could not look into a folder, which it only warns of: what is there would be taken for nothing. */
	readonly mustSeeAll?: boolean;
	readonly env?: Readonly<Record<string, string>>;
	/** Written to git's standard input. */
	readonly input?: string;
	readonly signal?: AbortSignal | undefined;
}

/** What git said when it failed. */
export class GitError extends Error {
	constructor(
		readonly command: string,
		readonly exitCode: number | undefined,
		readonly said: string,
		/** To its standard output, before it failed. */
		readonly wrote = "",
	) {
		super(`git ${command} failed: ${said}`);
		this.name = "GitError";
	}
}

const LONGEST_MS = 120_000;
const MOST_OUTPUT = 256 * 1024 * 1024;

/** What must not depend on anybody's configuration, because work is deleted when git says that there is none. */
const ALWAYS = Object.entries({
	// Nobody's hooks, signatures or daemons: nobody sits there to answer, and nothing may be refused.
	"core.hooksPath": "/dev/null",
	"commit.gpgSign": false,
	"core.safecrlf": false,
	"advice.addEmbeddedRepo": false,
	"gc.auto": 0,
	"maintenance.auto": false,
	// All changes are seen, and nobody's word is taken for what has changed.
	"core.fsmonitor": false,
	"core.untrackedCache": false,
	"core.ignoreStat": false,
	"core.checkStat": "default",
	"core.trustctime": true,
	"sparse.expectFilesOutsideOfPatterns": false,
	"diff.ignoreSubmodules": "none",
	"diff.orderFile": "/dev/null",
	"add.ignoreErrors": false,
	// Commits on no branch are found by the log of HEAD.
	"core.logAllRefUpdates": true,
	// What we read and write has one form.
	"core.quotePath": false,
	"core.splitIndex": false,
	"index.sparse": false,
	"core.preferSymlinkRefs": false,
	"i18n.commitEncoding": "UTF-8",
	"i18n.logOutputEncoding": "UTF-8",
	"submodule.recurse": false,
}).flatMap(([key, value]) => ["-c", `${key}=${value}`]);

/** Set where pi was started by git, by a hook for one; they would lead to another repository or change what paths mean. */
const LEFT_OUT = [
	...["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_NAMESPACE", "GIT_CONFIG"],
	...["GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_IMPLICIT_WORK_TREE", "GIT_SHALLOW_FILE"],
	...["GIT_CONFIG_PARAMETERS", "GIT_GRAFT_FILE", "GIT_REPLACE_REF_BASE", "GIT_INTERNAL_SUPER_PREFIX"],
	...["GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"],
	...["GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE", "GIT_REFLOG_ACTION"],
	...["GIT_QUARANTINE_PATH", "GIT_ATTR_SOURCE", "GIT_DEFAULT_REF_FORMAT", "GIT_ADVICE"],
];

const run = promisify(execFile);

/** @returns what git wrote, without the last line break; rejects with a `GitError` */
export async function git(cwd: string, args: readonly string[], options: GitOptions = {}): Promise<string> {
	return (await gitBytes(cwd, args, options)).toString().replace(/\n$/, "");
}

async function gitBytes(cwd: string, args: readonly string[], options: GitOptions): Promise<Buffer> {
	try {
		const running = run("git", [...ALWAYS, ...args], {
			cwd,
			env: environment(options.env),
			encoding: "buffer",
			maxBuffer: MOST_OUTPUT,
			timeout: LONGEST_MS,
			signal: options.signal,
			windowsHide: true,
		});
		running.child.stdin?.on("error", () => undefined); // git has ended without reading all of it and says why itself
		running.child.stdin?.end(options.input ?? "");
		const { stdout, stderr } = await running;
		const [unseen] = options.mustSeeAll ? (UNSEEN.exec(stderr.toString()) ?? []) : [];
		if (unseen) throw Object.assign(new Error(unseen), { stderr: unseen });
		return stdout;
	} catch (error) {
		throw gitError(cwd, args, error as Failure);
	}
}

const UNSEEN = /^warning: could not open directory .*$/m;

/**
 * Runs git in this tree and no other: both directories are named, so that a subagent that removed or replaced the tree's
 * `.git` cannot make us work in whatever repository lies around it.
 */
export function gitIn(tree: Tree, args: readonly string[], options: GitOptions = {}): Promise<string> {
	return git(folderOf(tree), [...settingsFor(tree), ...args], options);
}

/** As `gitIn`, for what is no text. */
export function gitBytesIn(tree: Tree, args: readonly string[], options: GitOptions = {}): Promise<Buffer> {
	return gitBytes(folderOf(tree), [...settingsFor(tree), ...args], options);
}

function folderOf({ path, gitDir }: Tree): string {
	return existsSync(path) ? path : gitDir;
}

function settingsFor({ path, gitDir, disk }: Tree): string[] {
	const directories = [`--git-dir=${gitDir}`, `--work-tree=${path}`];
	if (!disk) return directories;
	const { ignoresCase, hasExecutableBits, hasSymlinks } = disk;
	return [
		...["-c", `core.ignoreCase=${ignoresCase}`, "-c", `core.fileMode=${hasExecutableBits}`],
		...["-c", `core.symlinks=${hasSymlinks}`, ...directories],
	];
}

/** For questions that git answers by exit code 0 or 1. */
export async function answersYes(answer: Promise<string>): Promise<boolean> {
	try {
		await answer;
		return true;
	} catch (error) {
		if (error instanceof GitError && error.exitCode === 1) return false;
		throw error;
	}
}

/** Tries again when another process was at the same files at that moment. */
export async function withRetries<T>(work: () => Promise<T>): Promise<T> {
	for (const pause of [50, 100, 200, 400, 800]) {
		try {
			return await work();
		} catch (error) {
			if (!(error instanceof GitError) || !IN_ANOTHERS_WAY.test(error.said)) throw error;
			await sleep(pause);
		}
	}
	return work();
}

const IN_ANOTHERS_WAY =
	/\.lock'|could not lock|unable to lock|failed to read .*(commondir|gitdir|HEAD)|directory not empty/i;

type Failure = Error & { code?: string | number; stderr?: string | Buffer; stdout?: Buffer; killed?: boolean };

function gitError(cwd: string, args: readonly string[], error: Failure): GitError {
	const command = args
		.filter((arg, index) => !arg.startsWith("-") && args[index - 1] !== "-c")
		.slice(0, 2)
		.join(" ");
	const exitCode = typeof error.code === "number" ? error.code : undefined;
	return new GitError(command, exitCode, whatHappened(cwd, error), error.stdout?.toString());
}

function whatHappened(cwd: string, error: Failure): string {
	if (error.code === "ENOENT") {
		return existsSync(cwd) ? "there is no program `git` on the PATH; install git" : `there is no directory ${cwd}`;
	}
	if (error.code === "ABORT_ERR" || error.killed) return "it took too long and was ended";
	const said = error.stderr
		?.toString()
		.trim()
		.replace(/^(fatal|error|warning): /, "");
	return said || error.message;
}

function environment(more: GitOptions["env"]): NodeJS.ProcessEnv {
	const inherited = Object.entries(process.env).filter(([name]) => !LEFT_OUT.includes(name));
	return { ...Object.fromEntries(inherited), GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C", ...more };
}
