import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { placeOnBranch } from "./branch.ts";
import { gitIn } from "./git.ts";
import { inspect, isWork, submodulesWithOwnCommits } from "./holdings.ts";
import type { InTurn } from "./in-turn.ts";
import { leftByCheckout } from "./left-by-checkout.ts";
import {
	type Claim,
	claim,
	giveBack,
	isInUse,
	isOurs,
	type Made,
	madeOf,
	type Owner,
	type Place,
	readOwner,
	writeOwner,
} from "./owner.ts";
import type { Repository } from "./repository.ts";
import { openTree, removeRemains, removeWorktree, whereIs } from "./worktree.ts";

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
	const holdings = await inspect(tree, made);
	if (isThere && isWork(holdings)) return made;
	// The directory was deleted, but git still knows the commits that were made in it.
	for (const tip of [...leftByCheckout(tree), await gitIn(tree, ["rev-parse", "HEAD"])]) {
		if (holdings.commits.includes(tip)) await placeOnBranch(tree, place.agentId, tip);
	}
	if (isMoved) return undefined; // what is there is the person's
	const [submodule] = await submodulesWithOwnCommits(tree);
	if (submodule !== undefined) throw new Error(`${place.path} was deleted, and ${submodule}`);
	writeOwner(left.file, owner, { phase: "removing" });
	await removeWorktree(inTurn, repository.commonDir, place.path);
	return undefined;
}
