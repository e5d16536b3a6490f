import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { InTurn } from "../../platform/keyed-mutex.ts";
import { findAltered } from "./altered-files.ts";
import { gitIn, type Tree } from "./git.ts";
import { findLeftElsewhere, type LeftElsewhere, type References } from "./left-elsewhere.ts";
import { adoptIndex, commitTree, removeIndex, type Staged, stageAll, treeOf } from "./staging.ts";
import { commitsOnlyHere, findObstacles, holdsOnly } from "./unsaved-work.ts";
import { openTree, placeOnBranch, protectFromPruning, removeWorktree, whereIs } from "./worktree.ts";
import { type Made, type Place, writeOwner } from "./worktree-owner.ts";

/** A worktree in which a subagent has worked. */
export interface UsedWorktree {
	readonly place: Place;
	readonly agentType: string;
	readonly tree: Tree;
	readonly made: Made;
	/** What all worktrees of the repository share. */
	readonly commonDir: string;
	/** The branches and tags when the subagent began. */
	readonly known: References;
	/** The stashes when the subagent began. */
	readonly stashes: readonly string[];
}

/** Work that is on a branch. */
export interface SavedWork {
	readonly branch: string;
	/** The commit that the branch is at. */
	readonly tip: string;
	readonly commits: number;
	/** In git's words: "2 files changed, 3 insertions(+)". */
	readonly changes: string;
}

export type Ending =
	| { readonly kind: "unchanged" }
	| { readonly kind: "saved"; readonly work: SavedWork }
	/** The worktree is still there; what could be put on a branch is there as well. */
	| { readonly kind: "kept"; readonly reason: string; readonly work: SavedWork | undefined }
	/** The worktree holds nothing more and could not be removed. */
	| { readonly kind: "not-removed"; readonly reason: string; readonly work: SavedWork | undefined }
	/** The subagent moved the worktree; it is left where it is now. A reason says what else it holds than what is on the branch. */
	| { readonly kind: "moved"; readonly path: string; readonly reason?: string; readonly work: SavedWork | undefined }
	/** Somebody deleted the directory during the run. */
	| { readonly kind: "vanished"; readonly work: SavedWork | undefined };

/** How it ended, and what the subagent left in other places. */
export interface Finished {
	readonly ending: Ending;
	readonly elsewhere: LeftElsewhere;
}

/** Git may be slow, but a caller that waits for the result or for pi's end must not wait for long. */
const LONGEST_MS = 20_000;

/** Puts what the subagent did on a branch and takes the worktree away. Never rejects: what goes wrong keeps the worktree. */
export async function finishWorktree(used: UsedWorktree, inTurn: InTurn, message: string): Promise<Finished> {
	const signal = AbortSignal.timeout(LONGEST_MS);
	const path = whereIs(used.tree);
	const worktree = { ...used, tree: openTree(path, used.tree.gitDir) };
	const indexFile = join(worktree.tree.gitDir, "pi-crew-index");
	const exists = existsSync(path);
	if (!exists && !existsSync(worktree.tree.gitDir))
		return { ending: { kind: "vanished", work: undefined }, elsewhere: NOTHING };
	const { work, reason } = await saveAll(worktree, { indexFile, message, signal });
	removeIndex(indexFile);
	const elsewhere = await findLeftElsewhere(worktree, work?.tip, signal).catch(() => NOTHING);
	if (reason !== undefined) protectFromPruning(worktree.tree);
	const isMoved = path !== used.tree.path;
	if (isMoved) return { ending: { kind: "moved", path, ...(reason !== undefined && { reason }), work }, elsewhere };
	if (reason !== undefined) return { ending: { kind: "kept", reason, work }, elsewhere };
	const notRemoved = await putAway(worktree, inTurn, signal).catch(messageOf);
	if (notRemoved !== undefined) return { ending: { kind: "not-removed", reason: notRemoved, work }, elsewhere };
	if (!exists) return { ending: { kind: "vanished", work }, elsewhere };
	return { ending: work ? { kind: "saved", work } : { kind: "unchanged" }, elsewhere };
}

const NOTHING: LeftElsewhere = { references: [], stashes: [], ignored: [] };

interface Saved {
	readonly work: SavedWork | undefined;
	/** Why there is something that is not on the branch; `undefined` when there is nothing. */
	readonly reason: string | undefined;
}

async function saveAll(worktree: UsedWorktree, { message, ...means }: Means & { message: string }): Promise<Saved> {
	const { tree, made } = worktree;
	const { indexFile, signal } = means;
	const exists = existsSync(tree.path);
	let work: SavedWork | undefined;
	try {
		const obstacles = await findObstacles(tree, made, signal);
		if (obstacles.length > 0) return { reason: obstacles.join("; "), work };
		if (!exists || !(await holdsOnly(tree, made.base, signal))) {
			const staged = exists ? await stageAll(tree, indexFile, signal) : undefined;
			work = await save(worktree, { staged, indexFile, message, signal });
			const reason = await reasonToKeep(worktree, work, means);
			if (reason !== undefined) return { reason, work };
		}
		return { reason: exists ? await findAltered(tree, made, signal) : undefined, work };
	} catch (error) {
		return { reason: messageOf(error), work };
	}
}

/** @returns why it is still there, if it is */
async function putAway({ place, agentType, commonDir }: UsedWorktree, inTurn: InTurn, signal: AbortSignal) {
	// Half a removal must not look like a subagent's deletions to the next start of pi.
	writeOwner(place.ownerFile, { agentId: place.agentId, agentType }, { phase: "removing" });
	const late = once(signal, "abort").then(() => "that takes long and continues");
	return Promise.race([removeWorktree(inTurn, commonDir, place.path).then(() => undefined, messageOf), late]);
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

interface Means {
	readonly indexFile: string;
	readonly signal: AbortSignal;
}

interface Saving extends Means {
	/** `undefined` when there are no files any more, only commits. */
	readonly staged: Staged | undefined;
	readonly message: string;
}

async function save(
	worktree: UsedWorktree,
	{ staged, indexFile, message, signal }: Saving,
): Promise<SavedWork | undefined> {
	const { tree, made, place } = worktree;
	const ids = await gitIn(tree, ["rev-parse", "HEAD^{commit}", "HEAD^{tree}"], { signal });
	const [head = "", headTree] = ids.split("\n");
	const ownCommits = head === made.base ? 0 : await countOwnCommits(worktree, head, signal);
	const isCommitted = staged === undefined || staged.id === headTree;
	if (isCommitted && ownCommits === 0) return undefined;
	const commit = isCommitted ? head : await commitTree(tree, { treeId: staged.id, parent: head, message }, signal);
	const branch = await placeOnBranch(tree, place.agentId, commit);
	// From here on the worktree, should it have to stay, shows no change against the branch.
	await gitIn(tree, ["update-ref", "--no-deref", "-m", "commit: work of a subagent", "HEAD", commit], { signal });
	if (staged) adoptIndex(tree, indexFile);
	const changes = await gitIn(tree, ["diff-tree", "--shortstat", "--no-ext-diff", "--no-textconv", made.base, commit], {
		signal,
	});
	return { branch, tip: commit, commits: ownCommits + (isCommitted ? 0 : 1), changes: changes.trim() };
}

/** Commits that were nowhere when the subagent began; it may have put its own on a branch that it made. */
async function countOwnCommits({ tree, made, known }: UsedWorktree, head: string, signal: AbortSignal) {
	const input = [head, `^${made.base}`, ...[...known.values()].map((id) => `^${id}`), ""].join("\n");
	return Number(await gitIn(tree, ["rev-list", "--count", "--ignore-missing", "--stdin"], { input, signal }));
}

/** Looks once more at what is about to be deleted: a process that the subagent left running may still be writing. */
async function reasonToKeep(
	{ tree, made }: UsedWorktree,
	work: SavedWork | undefined,
	{ indexFile, signal }: Means,
): Promise<string | undefined> {
	if (work && existsSync(tree.path) && (await holdsOnly(tree, work.tip, signal))) return undefined;
	const [commit] = await commitsOnlyHere(tree, made.base, signal);
	if (commit !== undefined) return `it has commits that no branch has, up to ${commit.slice(0, 12)}`;
	if (!existsSync(tree.path)) return undefined;
	const { id, nestedRepositories } = await stageAll(tree, indexFile, signal);
	if (nestedRepositories.length > 0) {
		return `it holds repositories of their own, which no commit can hold: ${nestedRepositories.join(", ")}`;
	}
	return id === (await treeOf(tree, "HEAD", signal)) ? undefined : "files in it changed while it was being put away";
}
