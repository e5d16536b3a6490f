import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { InTurn } from "../../platform/keyed-mutex.ts";
import { cutText } from "../../platform/shorten.ts";
import type { UsedWorktree } from "./finish.ts";
import { refsOf, stashesOf } from "./left-elsewhere.ts";
import type { Repository } from "./repository.ts";
import { claimLeftOver, clearOrTakeOver } from "./stale-worktrees.ts";
import { chooseStart, type Seen, type StartWish } from "./start-point.ts";
import { addWorktree, openTree, removeRemains } from "./worktree.ts";
import { dropClaim, giveBack, type Made, type Place, placeIn, removeOwner, writeOwner } from "./worktree-owner.ts";

export interface PreparedWorktree {
	readonly worktree: UsedWorktree;
	/** The folder in it that corresponds to the parent's. */
	readonly cwd: string;
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
	const name = cutText(named.replace(/[^\p{L}\p{N}._-]+/gu, "-"), LONGEST_NAME).text;
	const hash = createHash("sha256").update(commonDir).digest("hex").slice(0, 10);
	return join(agentDir, "worktrees", `${name}-${hash}`);
}

const LONGEST_NAME = 40;

/** Rejects with a readable reason when no worktree can be made. */
export async function prepareWorktree(
	repository: Repository,
	wish: WorktreeWish,
	inTurn: InTurn,
): Promise<PreparedWorktree> {
	const place = placeIn(wish.folder, wish.agentId);
	const left = await claimLeftOver(place);
	const made = left && (await clearOrTakeOver({ place, left, repository, inTurn }));
	if (left && made) {
		writeOwner(place.ownerFile, wish, { phase: "working", ...made });
		dropClaim(left);
		const worktree = await used({ place, agentType: wish.agentType, made, repository });
		return { worktree, cwd: makeFolder(place, repository), seen: { kind: "previous-worktree" } };
	}
	try {
		const prepared = await makeWorktree(repository, { place, wish, inTurn });
		if (left) dropClaim(left);
		return prepared;
	} catch (error) {
		await removeRemains(inTurn, repository.commonDir, place.path);
		if (left) giveBack(place, left);
		else removeOwner(place);
		throw error;
	}
}

async function makeWorktree(
	repository: Repository,
	{ place, wish, inTurn }: { readonly place: Place; readonly wish: WorktreeWish; readonly inTurn: InTurn },
): Promise<PreparedWorktree> {
	writeOwner(place.ownerFile, wish, { phase: "preparing" });
	const start = await chooseStart(repository, { ...wish, indexFile: `${place.path}.index` });
	const { commit, snapshot, seen } = start;
	const { gitDir, since, headLog } = await addWorktree(inTurn, { repository, path: place.path, commit });
	const made: Made = { gitDir, base: commit, since, headLog, ...(snapshot !== undefined && { snapshot }) };
	const cwd = makeFolder(place, repository);
	const worktree = await used({ place, agentType: wish.agentType, made, repository });
	writeOwner(place.ownerFile, wish, { phase: "working", ...made });
	return { worktree, cwd, seen };
}

/** One that is untracked or ignored in the parent's tree is not in a commit. */
function makeFolder({ path }: Place, { prefix }: Repository): string {
	const folder = resolve(path, prefix);
	mkdirSync(folder, { recursive: true });
	return folder;
}

type Use = Pick<UsedWorktree, "place" | "agentType" | "made"> & { readonly repository: Repository };

async function used({ place, agentType, made, repository }: Use): Promise<UsedWorktree> {
	const tree = openTree(place.path, made.gitDir);
	const { commonDir } = repository;
	return { place, agentType, tree, made, commonDir, known: await refsOf(tree), stashes: stashesOf(commonDir) };
}
