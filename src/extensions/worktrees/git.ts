import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** A working tree with the git directory that belongs to it. */
export interface Tree {
	readonly path: string;
	readonly gitDir: string;
}

export interface GitOptions {
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
	) {
		super(`git ${command} failed: ${said}`);
		this.name = "GitError";
	}
}

const LONGEST_MS = 120_000;
const MOST_OUTPUT = 256 * 1024 * 1024;

/** Nobody's hooks, signatures or daemons, whatever is configured: nobody sits there to answer, and nothing may be refused. */
const ALWAYS = [
	...["-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false", "-c", "core.fsmonitor=false"],
	...["-c", "core.quotePath=off", "-c", "core.safecrlf=false", "-c", "core.splitIndex=false"],
	...["-c", "core.ignoreStat=false"],
	...["-c", "submodule.recurse=false", "-c", "advice.addEmbeddedRepo=false"],
];

/** Set where pi was started by git, by a hook for one; they would lead to another repository or change what paths mean. */
const LEFT_OUT = [
	...["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_NAMESPACE", "GIT_CONFIG"],
	...["GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_IMPLICIT_WORK_TREE", "GIT_SHALLOW_FILE"],
	...["GIT_CONFIG_PARAMETERS", "GIT_GRAFT_FILE", "GIT_REPLACE_REF_BASE", "GIT_INTERNAL_SUPER_PREFIX"],
	...["GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"],
	...["GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"],
];

const run = promisify(execFile);

/** @returns what git wrote, without the last line break; rejects with a `GitError` */
export async function git(cwd: string, args: readonly string[], options: GitOptions = {}): Promise<string> {
	try {
		const running = run("git", [...ALWAYS, ...args], {
			cwd,
			env: environment(options.env),
			maxBuffer: MOST_OUTPUT,
			timeout: LONGEST_MS,
			signal: options.signal,
			windowsHide: true,
		});
		running.child.stdin?.on("error", () => undefined); // git has ended without reading all of it and says why itself
		running.child.stdin?.end(options.input ?? "");
		return (await running).stdout.replace(/\n$/, "");
	} catch (error) {
		throw gitError(cwd, args, error as Failure);
	}
}

/**
 * Runs git in this tree and no other: both directories are named, so that a subagent that removed or replaced the tree's
 * `.git` cannot make us work in whatever repository lies around it.
 */
export function gitIn(tree: Tree, args: readonly string[], options: GitOptions = {}): Promise<string> {
	const cwd = existsSync(tree.path) ? tree.path : tree.gitDir;
	return git(cwd, [`--git-dir=${tree.gitDir}`, `--work-tree=${tree.path}`, ...args], options);
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

type Failure = Error & { code?: string | number; stderr?: string; killed?: boolean };

function gitError(cwd: string, args: readonly string[], error: Failure): GitError {
	const command = args
		.filter((arg) => !arg.startsWith("-"))
		.slice(0, 2)
		.join(" ");
	const exitCode = typeof error.code === "number" ? error.code : undefined;
	return new GitError(command, exitCode, whatHappened(cwd, error));
}

function whatHappened(cwd: string, error: Failure): string {
	if (error.code === "ENOENT") {
		return existsSync(cwd) ? "there is no program `git` on the PATH; install git" : `there is no directory ${cwd}`;
	}
	if (error.code === "ABORT_ERR" || error.killed) return "it took too long and was ended";
	const said = error.stderr?.trim().replace(/^(fatal|error): /, "");
	return said || error.message;
}

function environment(more: GitOptions["env"]): NodeJS.ProcessEnv {
	const inherited = Object.entries(process.env).filter(([name]) => !LEFT_OUT.includes(name));
	return { ...Object.fromEntries(inherited), GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C", ...more };
}
