import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { WorktreeProvider } from "../../../src/extensions/worktrees/worktree-provider.ts";
import { loadWorktreeSettings, type WorktreeSettings } from "../../../src/extensions/worktrees/worktree-settings.ts";
import { InTurn } from "../../../src/platform/keyed-mutex.ts";
import type { WorkspaceEnd, WorkspaceRequest } from "../../../src/service/subagents-service.ts";
import { requestFor } from "./request.ts";

export const COMPLETED: WorkspaceEnd = { status: "completed", description: "tidy the house" };

export interface Sample {
	/** Holds all the rest and goes away with the test. */
	readonly root: string;
	readonly agentDir: string;
	/** A repository with one commit of `kept.txt`, `edited.txt`, `sub/inner.txt` and `.gitignore`. */
	readonly repository: string;
	readonly provider: WorktreeProvider;
	/** Prepares for the type `worker`, which is configured. */
	prepare(request?: Partial<WorkspaceRequest> & { isResume?: boolean }): Promise<Prepared>;
}

export interface Prepared {
	readonly cwd: string;
	/** @returns the addendum */
	dispose(end?: WorkspaceEnd): Promise<string | undefined>;
}

export function createSample(settings: Partial<WorktreeSettings> = {}, folder = "project"): Sample {
	useOwnGitConfig();
	const root = temporaryFolder();
	const [agentDir, repository] = [join(root, "agent"), join(root, folder)];
	write(agentDir, { "subagents-worktrees.json": JSON.stringify({ worktreeAgents: ["worker"], ...settings }) });
	createRepository(repository, {
		"kept.txt": "kept\n",
		"edited.txt": "before\n",
		"sub/inner.txt": "inner\n",
		".gitignore": "*.log\n",
	});
	const read = (cwd: string) => loadWorktreeSettings({ agentDir, cwd }, () => undefined);
	const provider = new WorktreeProvider({ agentDir, settings: read, inTurn: new InTurn() });
	const prepare = async (request: Parameters<Sample["prepare"]>[0] = {}) => {
		const workspace = await provider.prepare(requestFor({ baseCwd: repository, ...request }));
		if (!workspace) throw new Error("no workspace was prepared");
		const dispose = async (end: WorkspaceEnd = COMPLETED) => (await workspace.dispose(end))?.resultAddendum;
		return { cwd: workspace.cwd, dispose };
	};
	return { root, agentDir, repository, provider, prepare };
}

export function createRepository(path: string, files: Record<string, string>): void {
	mkdirSync(path, { recursive: true });
	git(path, "init", "--quiet", "--initial-branch=main");
	write(path, files);
	git(path, "add", "--all");
	git(path, "commit", "--quiet", "--message=first");
}

export function git(cwd: string, ...args: string[]): string {
	return execFileSync("git", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).replace(/\n$/, "");
}

/** Names of files with what happened to them from one commit to another: `M edited.txt`. */
export function changes(repository: string, from: string, to: string): string[] {
	return git(repository, "diff", "--name-status", "--no-renames", from, to).replaceAll("\t", " ").split("\n");
}

/** Without asterisks and paths; what is checked out where does not matter. */
export function branches(repository: string): string[] {
	return git(repository, "for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").split("\n");
}

/** How many working trees the repository knows. */
export function treesOf(repository: string): number {
	return git(repository, "worktree", "list", "--porcelain")
		.split("\n")
		.filter((line) => line.startsWith("worktree ")).length;
}

export function write(folder: string, files: Record<string, string>): void {
	for (const [path, content] of Object.entries(files)) {
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), content);
	}
}

export function temporaryFolder(): string {
	const folder = realpathSync(mkdtempSync(join(tmpdir(), "worktrees test é-")));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

export function changeEnvironment(changed: Record<string, string | undefined>): void {
	const before = Object.keys(changed).map((name) => [name, process.env[name]] as const);
	const set = (name: string, value: string | undefined) => {
		if (value === undefined) delete process.env[name];
		else process.env[name] = value;
	};
	for (const [name, value] of Object.entries(changed)) set(name, value);
	onTestFinished(() => {
		for (const [name, value] of before) set(name, value);
	});
}

/** What the machine's own configuration says must not matter. */
function useOwnGitConfig(): void {
	changeEnvironment({
		GIT_CONFIG_GLOBAL: "/dev/null",
		GIT_CONFIG_NOSYSTEM: "1",
		GIT_AUTHOR_NAME: "Ada",
		GIT_AUTHOR_EMAIL: "ada@example.com",
		GIT_COMMITTER_NAME: "Ada",
		GIT_COMMITTER_EMAIL: "ada@example.com",
	});
}
