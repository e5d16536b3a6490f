import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { InTurn } from "../../platform/keyed-mutex.ts";
import { gitIn } from "./git.ts";
import { leftByCheckout } from "./head-log.ts";
import type { Repository } from "./repository.ts";
import { inspect, isWork, submodulesWithOwnCommits, type UnsavedWork } from "./unsaved-work.ts";
import { latestBranch, openTree, placeOnBranch, removeRemains, removeWorktree, whereIs } from "./worktree.ts";
import {
	type Claim,
	claim,
	dropClaim,
	giveBack,
	isInUse,
	isOurs,
	type Made,
	madeOf,
	type Owner,
	type Place,
	placesIn,
	placesWithoutOwner,
	readOwner,
	writeOwner,
} from "./worktree-owner.ts";

/** Something of an earlier subagent that nobody has taken yet. */
export type LeftWork =
	| {
			readonly kind: "worktree";
			readonly path: string;
			/** `undefined`: its owner file cannot be read. */
			readonly owner: Owner | undefined;
			/** A text instead where git could not say it. */
			readonly holds: UnsavedWork | string;
	  }
	| { readonly kind: "branch"; readonly branch: string; readonly status: string; readonly description: string };

/**
 * Looks at what earlier runs left of this repository's worktrees: those that hold nothing are removed, the others are
 * returned. Those of living processes are left alone. Another pi that does the same at this moment is in nobody's way.
 */
export async function clearStaleWorktrees(folder: string, repository: Repository, inTurn: InTurn): Promise<LeftWork[]> {
	const found: LeftWork[] = [];
	for (const place of placesIn(folder)) {
		const left = await look(place, repository, inTurn);
		if (left) found.push(left);
	}
	// Looked at twice: what another process claims at this moment has no owner for a moment.
	const before = new Set(placesWithoutOwner(folder).map(({ path }) => path));
	const unowned = placesWithoutOwner(folder).filter(({ path }) => before.has(path) && existsSync(path));
	return [...found, ...unowned.map((place) => unknown(place, `it has no owner file: ${place.ownerFile}`))];
}

async function look(place: Place, repository: Repository, inTurn: InTurn): Promise<LeftWork | undefined> {
	const before = readOwner(place);
	if (before && isInUse(before)) return undefined;
	const claimed = claim(place);
	if (!claimed) return undefined; // another process does this, and reports it
	const { owner } = claimed;
	let left: LeftWork | undefined;
	try {
		left = owner ? await clear(place, { ...claimed, owner }, { repository, inTurn }) : unreadable(place);
	} catch (error) {
		const holds = `unknown, for ${error instanceof Error ? error.message : error}`;
		left = { kind: "worktree", path: place.path, owner, holds };
	}
	if (left) giveBack(place, claimed);
	else dropClaim(claimed);
	return left;
}

/** A claimed place with the owner it had. */
type ClaimedPlace = Claim & { readonly owner: Owner };

type Surroundings = { readonly repository: Repository; readonly inTurn: InTurn };

/** @returns what the place or a branch holds; when the place holds nothing, it is gone afterwards */
async function clear(place: Place, claimed: ClaimedPlace, surroundings: Surroundings): Promise<LeftWork | undefined> {
	const { repository, inTurn } = surroundings;
	const { owner } = claimed;
	if (owner.phase === "branch") {
		if (existsSync(place.path)) return unknown(place, "its owner file says that it is gone");
		return (await isUnmerged(repository, owner.branch)) ? { kind: "branch", ...owner } : undefined;
	}
	const made = madeOf(owner);
	if (!made) await removeRemains(inTurn, repository.commonDir, place.path);
	return (
		(made && (await clearMade(place, { ...claimed, made }, surroundings))) ?? branchOfEarlierRun(repository, owner)
	);
}

async function clearMade(
	place: Place,
	{ file, owner, made }: ClaimedPlace & { readonly made: Made },
	{ repository, inTurn }: Surroundings,
): Promise<LeftWork | undefined> {
	const path = whereIs({ path: place.path, gitDir: made.gitDir });
	if (!existsSync(path) && !existsSync(made.gitDir)) return undefined; // the person removed it
	const holds = await inspect(openTree(path, made.gitDir), made);
	if (isWork(holds)) return { kind: "worktree", path, owner, holds };
	if (path !== place.path) return undefined; // the subagent moved it elsewhere, where it is the person's
	writeOwner(file, owner, { phase: "removing" });
	await removeWorktree(inTurn, repository.commonDir, path);
	return undefined;
}

/** A run that continued from a branch and was killed has not reported it. */
async function branchOfEarlierRun(
	repository: Repository,
	{ agentId, agentType }: Owner,
): Promise<LeftWork | undefined> {
	const branch = await latestBranch(repository.tree, agentId);
	if (!branch || !(await isUnmerged(repository, branch.name))) return undefined;
	return { kind: "branch", branch: branch.name, status: "its pi process ended", description: agentType };
}

async function isUnmerged({ tree }: Repository, branch: string): Promise<boolean> {
	const ref = `refs/heads/${branch}`;
	return (await gitIn(tree, ["for-each-ref", "--no-merged=HEAD", "--format=%(refname)", ref])) !== "";
}

function unknown({ path }: Place, reason: string): LeftWork {
	return { kind: "worktree", path, owner: undefined, holds: `unknown, for ${reason}` };
}

/** Never removes anything unknown. */
function unreadable(place: Place): LeftWork | undefined {
	return existsSync(place.path) ? unknown(place, `its owner file cannot be read: ${place.ownerFile}`) : undefined;
}

/** What an earlier run of a subagent left in its place. */
export interface LeftOver {
	readonly place: Place;
	readonly left: Claim;
	readonly repository: Repository;
	readonly inTurn: InTurn;
}

/** Waits while another process is clearing the place. @returns `undefined` when nothing is known of it */
export async function claimLeftOver(place: Place): Promise<Claim | undefined> {
	for (let waited = 0; waited < LONGEST_WAIT_MS; waited += PAUSE_MS) {
		const owner = readOwner(place);
		// Our own is no obstacle: a subagent that is resumed has ended.
		if (owner && isInUse(owner) && !isOurs(owner)) {
			throw new Error(`${place.path} is in use by the pi process ${owner.process.pid} on ${owner.process.host}`);
		}
		const left = claim(place);
		if (left || !existsSync(place.path)) return left;
		await sleep(PAUSE_MS);
	}
	throw new Error(`${place.path} exists and nothing says whose it is; move it away`);
}

const LONGEST_WAIT_MS = 3_000;
const PAUSE_MS = 100;

/** @returns the worktree that is there, if it holds work; otherwise it is gone afterwards */
export async function clearOrTakeOver(leftOver: LeftOver): Promise<Made | undefined> {
	const { place, left, repository, inTurn } = leftOver;
	try {
		const { owner } = left;
		const made = owner && madeOf(owner);
		if (owner && made) return await clearOrTakeOverMade(leftOver, { owner, made });
		if (owner?.phase === "preparing" || owner?.phase === "removing") {
			await removeRemains(inTurn, repository.commonDir, place.path);
		}
		if (existsSync(place.path)) throw new Error(`nothing is known of what is in ${place.path}; move it away`);
		return undefined;
	} catch (error) {
		giveBack(place, left);
		throw error;
	}
}

async function clearOrTakeOverMade(
	{ place, left, repository, inTurn }: LeftOver,
	{ owner, made }: { readonly owner: Owner; readonly made: Made },
): Promise<Made | undefined> {
	const isThere = existsSync(place.path);
	const isMoved = !isThere && whereIs({ path: place.path, gitDir: made.gitDir }) !== place.path;
	const tree = openTree(place.path, made.gitDir);
	if (!isThere && !existsSync(made.gitDir)) return undefined;
	const unsaved = await inspect(tree, made);
	if (isThere && isWork(unsaved)) return made;
	// The directory was deleted, but git still knows the commits that were made in it.
	for (const tip of [...leftByCheckout(tree), await gitIn(tree, ["rev-parse", "HEAD"])]) {
		if (unsaved.commits.includes(tip)) await placeOnBranch(tree, place.agentId, tip);
	}
	if (isMoved) return undefined; // what is there is the person's
	const [submodule] = await submodulesWithOwnCommits(tree);
	if (submodule !== undefined) throw new Error(`${place.path} was deleted, and ${submodule}`);
	writeOwner(left.file, owner, { phase: "removing" });
	await removeWorktree(inTurn, repository.commonDir, place.path);
	return undefined;
}
