import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join, resolve } from "node:path";

/**
 * All that can be found by a person who reads a text: on the branches, tags and stashes that it names, and in the folders
 * that it names and that exist, with the repositories in them.
 */
export function findableBy(text: string, commonDir: string, folders: readonly string[]): string {
	const refs = [
		...[...text.matchAll(/pi-agent-[\w-]+/g)].map(([name]) => `refs/heads/${name}`),
		...[...text.matchAll(/branch `([^`]+)`/g)].map(([, name]) => `refs/heads/${name}`),
		...[...text.matchAll(/tag `([^`]+)`/g)].map(([, name]) => `refs/tags/${name}`),
		...[...text.matchAll(/(?:stash |commit |on no branch \(|branch has, up to )([0-9a-f]{12})/g)].map(
			([, id = ""]) => id,
		),
	];
	const named = folders.filter((folder) => text.includes(folder) && existsSync(folder));
	const ownDirs = [...text.matchAll(/in (\/[^;)]*\/modules\/[^;).]+)/g)].map(([, path = ""]) => path);
	return [contentOf(commonDir, refs), ...named.map(inFolder), ...ownDirs.map(inRepository)].join("\n");
}

/** What is on any branch, tag or stash. */
export function onReferences(commonDir: string): string {
	const stashes = idsIn(join(commonDir, "logs", "refs", "stash"));
	return contentOf(commonDir, ["--branches", "--tags", ...stashes]);
}

function inFolder(folder: string): string {
	const parts: string[] = [];
	const walk = (path: string) => {
		const stat = lstatSync(path, { throwIfNoEntry: false });
		if (stat?.isSymbolicLink()) parts.push(readlinkSync(path));
		else if (stat?.isFile()) {
			const content = readFileSync(path, "latin1");
			parts.push(content);
			const [, gitDir] = /(?:^|\/)\.git$/.test(path) ? (/^gitdir: (.+)$/m.exec(content) ?? []) : [];
			if (gitDir) parts.push(inRepository(resolve(path, "..", gitDir)));
		} else if (stat?.isDirectory()) {
			if (existsSync(join(path, "HEAD")) && existsSync(join(path, "objects"))) parts.push(inRepository(path));
			for (const name of readdirSync(path)) walk(join(path, name));
		}
	};
	walk(folder);
	return parts.join("\n");
}

/** With all that its own logs lead to, and with the repositories of its submodules. */
function inRepository(gitDir: string): string {
	if (!existsSync(gitDir)) return "";
	const logs = ["HEAD", "refs/stash"].flatMap((name) => idsIn(join(gitDir, "logs", name)));
	const kept = ["MERGE_AUTOSTASH", "rebase-merge/autostash", "rebase-merge/orig-head", "ORIG_HEAD"].flatMap((name) =>
		existsSync(join(gitDir, name)) ? readFileSync(join(gitDir, name), "utf8").trim() : [],
	);
	const own = contentOf(gitDir, ["--all", ...logs, ...kept]);
	const modules = join(gitDir, "modules");
	return existsSync(modules) ? `${own}\n${inFolder(modules)}` : own;
}

function idsIn(log: string): string[] {
	if (!existsSync(log)) return [];
	const ids = readFileSync(log, "utf8")
		.split("\n")
		.flatMap((line) => line.split(" ").slice(0, 2));
	return ids.filter((id) => /^[0-9a-f]{40}$/.test(id) && !/^0+$/.test(id));
}

/** The content of all commits, trees and files that lead from there. */
function contentOf(gitDir: string, from: readonly string[]): string {
	if (from.length === 0) return "";
	// As the objects are: nothing that the configuration says matters here.
	const run = (args: string[], input: string) =>
		execFileSync("git", ["-c", "core.bare=false", `--git-dir=${gitDir}`, `--work-tree=${gitDir}`, ...args], {
			cwd: gitDir,
			input,
			maxBuffer: 1024 ** 3,
			stdio: ["pipe", "pipe", "ignore"],
		}).toString("latin1");
	const lines = run(["rev-list", "--objects", "--ignore-missing", ...from], "").split("\n");
	const ids = lines.map((line) => line.split(" ")[0] ?? "").filter(Boolean);
	return run(["cat-file", "--batch"], `${ids.join("\n")}\n`);
}
