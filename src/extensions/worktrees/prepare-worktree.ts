import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { placeOnBranch } from "./branch.ts";
import type { UsedWorktree } from "./finish.ts";
import { gitIn } from "./git.ts";
import { inspect, isWork } from "./holdings.ts";
import type { InTurn } from "./in-turn.ts";
import {
	type Claim,
	claim,
	dropClaim,
	giveBack,
	isInUse,
	type Made,
	madeOf,
	type Place,
	placeIn,
	readOwner,
	removeOwner,
	writeOwner,
} from "./owner.ts";
import type { Repository } from "./repository.ts";
import { chooseStart, type Seen, type StartWish } from "./start-point.ts";
import { addWorktree, removeHalfMade, removeWorktree } from "./worktree.ts";

export interface PreparedWorktree {
	readonly worktree: UsedWorktree;
	readonly seen: Seen;
}

export interface WorktreeWish extends Omit<StartWish, "indexFile"> {
	readonly agentType: string;
	/** Holds the worktrees of this repository. */
	readonly folder: string;
}

/**
 * Where the worktrees of a repository are: in the agent directory, because what is temporary gets cleaned up by the system
 * and work must not, and outside the repository, where they would show up as untracked files.
 */
export function worktreeFolder(agentDir: string, { commonDir }: Pick<Repository, "commonDir">): string {
	const named = basename(commonDir) === ".git" ? basename(dirname(commonDir)) : basename(commonDir, ".git");
	const name = named.replace(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, LONGEST_NAME);
	const hash = createHash("sha256").update(commonDir).digest("hex").slice(0, 10);
	return join(agentDir, "worktrees", `${name}-${hash}`);
}

const LONGEST_NAME = 40;

/** Rejects, with a reason that a person can read, when there can be no worktree. */
export async function prepareWorktree(
	repository: Repository,
	wish: WorktreeWish,
	inTurn: InTurn,
): Promise<PreparedWorktree> {
	const place = placeIn(wish.folder, wish.agentId);
	const left = await claimLeftOver(place);
	if (left) {
		const made = await clearOrTakeOver({ place, left, repository, inTurn });
		if (made) {
			writeOwner(place, wish.agentType, { phase: "working", ...made });
			dropClaim(left);
			return { worktree: await used(place, made, repository), seen: { kind: "previous-worktree" } };
		}
	}
	writeOwner(place, wish.agentType, { phase: "preparing" });
	if (left) dropClaim(left);
	try {
		const start = await chooseStart(repository, { ...wish, indexFile: `${place.path}.index` });
		const { commit, snapshot, seen } = start;
		const { gitDir } = await addWorktree(inTurn, { repository, path: place.path, commit });
		const made: Made = { gitDir, base: commit, ...(snapshot !== undefined && { snapshot }) };
		writeOwner(place, wish.agentType, { phase: "working", ...made });
		return { worktree: await used(place, made, repository), seen };
	} catch (error) {
		await removeHalfMade(inTurn, repository.commonDir, place.path);
		removeOwner(place);
		throw error;
	}
}

/** What an earlier run of the same subagent left in its place; waits while another process is clearing it. */
async function claimLeftOver(place: Place): Promise<Claim | undefined> {
	for (let waited = 0; waited < LONGEST_WAIT_MS; waited += PAUSE_MS) {
		const owner = readOwner(place);
		// Our own is no obstacle: a subagent that is resumed has come to rest.
		if (owner && isInUse(owner) && owner.process.pid !== process.pid)
			throw new Error(`${place.path} is in use by the pi process ${owner.process.pid}`);
		const left = claim(place);
		if (left || !existsSync(place.path)) return left;
		await sleep(PAUSE_MS);
	}
	throw new Error(`${place.path} exists and nothing says whose it is; move it away`);
}

const LONGEST_WAIT_MS = 3_000;
const PAUSE_MS = 100;

interface LeftOver {
	readonly place: Place;
	readonly left: Claim;
	readonly repository: Repository;
	readonly inTurn: InTurn;
}

/** @returns the worktree that is there, if it holds work; otherwise it is gone afterwards */
async function clearOrTakeOver({ place, left, repository, inTurn }: LeftOver): Promise<Made | undefined> {
	try {
		const { owner } = left;
		if (!owner && existsSync(place.path))
			throw new Error(`the owner file of ${place.path} cannot be read; move both away`);
		if (owner?.phase === "preparing") await removeHalfMade(inTurn, repository.commonDir, place.path);
		const made = owner && madeOf(owner);
		if (!made) return undefined;
		const tree = { path: place.path, gitDir: made.gitDir };
		const isThere = existsSync(place.path);
		if (!isThere && !existsSync(made.gitDir)) return undefined;
		const holdings = await inspect(tree, made);
		if (isThere && isWork(holdings)) return made;
		if (holdings.commits > 0) await placeOnBranch(tree, place.agentId, await gitIn(tree, ["rev-parse", "HEAD"]));
		await removeWorktree(inTurn, repository.commonDir, place.path);
		return undefined;
	} catch (error) {
		giveBack(place, left);
		throw error;
	}
}

async function used(place: Place, made: Made, { commonDir }: Repository): Promise<UsedWorktree> {
	const tree = { path: place.path, gitDir: made.gitDir };
	const tips = await gitIn(tree, ["for-each-ref", "--format=%(objectname)", "refs/heads", "refs/remotes", "refs/tags"]);
	return { place, tree, made, commonDir, knownCommits: tips.split("\n").filter(Boolean) };
}
