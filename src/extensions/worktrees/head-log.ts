import { existsSync } from "node:fs";
import { join } from "node:path";
import { readRegularFile } from "../../platform/regular-file.ts";
import type { Tree } from "./git.ts";

/** Git writes some 200 bytes for each step of HEAD. */
const BIGGEST_LOG = 64 * 1024 * 1024;

/** One change of HEAD, as its log has it. */
interface Move {
	readonly from: string;
	readonly to: string;
	readonly what: string;
}

export function headLogFile({ gitDir }: Pick<Tree, "gitDir">): string {
	return join(gitDir, "logs", "HEAD");
}

/** Every commit that HEAD was at since the tree was made. */
export function commitsSeen(tree: Tree): ReadonlySet<string> {
	return new Set(movesOf(tree).flatMap(({ from, to }) => [from, to]));
}

/**
 * Commits from which HEAD went elsewhere for good. If they were made on no branch, the tree's own log of its HEAD is all that
 * still leads to them. What a reset, a rebase or an amended commit replaces was given up; this was just left.
 */
export function leftByCheckout(tree: Tree, head?: string): string[] {
	const left = new Set<string>();
	let at: string | undefined;
	for (const { from, to, what } of movesOf(tree)) {
		if (at !== undefined && at !== from) left.add(at); // HEAD was made to point elsewhere without a word in its log
		if (!GOES_ON_OR_GIVES_UP.test(what)) left.add(from);
		left.delete(to);
		at = to;
	}
	if (at !== undefined && at !== head) left.add(at);
	return [...left].filter((id) => !/^0+$/.test(id));
}

/** Without the colon it is a name that `GIT_REFLOG_ACTION` gave to a checkout. */
const GOES_ON_OR_GIVES_UP = /^((commit|cherry-pick|merge|revert|am|pull|rebase)\b.*: |reset: moving to )/;

/** Whether what was there when the subagent began is no longer at the log's beginning. */
export function isLogCut(tree: Tree, headLog: string | undefined): boolean {
	if (headLog === undefined) return false;
	const log = headLogFile(tree);
	return !(existsSync(log) ? textOf(log) : "").startsWith(headLog);
}

function movesOf(tree: Tree): Move[] {
	const log = headLogFile(tree);
	if (!existsSync(log)) return [];
	return textOf(log)
		.split("\n")
		.map((line) => /^([0-9a-f]+) ([0-9a-f]+) [^\t]*(?:\t(.*))?$/.exec(line))
		.filter((match) => match !== null)
		.map(([, from = "", to = "", what = ""]) => ({ from, to, what }));
}

function textOf(log: string): string {
	return readRegularFile(log, { maxBytes: BIGGEST_LOG }).toString();
}
