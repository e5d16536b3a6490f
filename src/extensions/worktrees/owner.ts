import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { readRegularFile } from "../../platform/regular-file.ts";
import { isAlive, type ProcessIdentity, thisProcess } from "./process-identity.ts";

/** Where a subagent's worktree is, and beside it the file that says whose it is. */
export interface Place {
	readonly agentId: string;
	readonly path: string;
	readonly ownerFile: string;
}

export interface Subagent {
	readonly agentId: string;
	readonly agentType: string;
}

/** What is known of a place, also to pi processes that start later. */
export type Owner = Phase &
	Subagent & {
		readonly process: ProcessIdentity;
		/** When this was written, in epoch milliseconds. */
		readonly writtenAt: number;
	};

/**
 * - `preparing`: git is making the worktree; the subagent has not begun.
 * - `working`: the subagent is in it.
 * - `kept`: the run is over and the worktree holds something that could not be put on a branch.
 * - `removing`: the run is over and what it left is safe; whatever is still there holds nothing.
 * - `branch`: the run did not end well; its work is on a branch and the worktree is gone.
 */
export type Phase =
	| { readonly phase: "preparing" }
	| { readonly phase: "removing" }
	| ({ readonly phase: "working" } & Made)
	| ({ readonly phase: "kept"; readonly reason: string } & Made)
	| { readonly phase: "branch"; readonly branch: string; readonly status: string; readonly description: string };

/** A worktree as it was made. */
export interface Made {
	readonly gitDir: string;
	/** The commit on which the subagent began. */
	readonly base: string;
	/** The commit among its ancestors that holds the parent's uncommitted changes, where those were carried over. */
	readonly snapshot?: string;
}

export function placeIn(folder: string, agentId: string): Place {
	return { agentId, path: join(folder, agentId), ownerFile: join(folder, `${agentId}.json`) };
}

/** The places of a folder that have an owner, living or not. */
export function placesIn(folder: string): Place[] {
	giveBackClaimsOfTheDead(folder);
	return namesIn(folder)
		.filter((name) => /^[\w-]+\.json$/.test(name))
		.map((name) => placeIn(folder, name.slice(0, -".json".length)));
}

/** Whether a subagent of a living process is in the place. */
export function isInUse(owner: Owner): boolean {
	return (
		(owner.phase === "preparing" || owner.phase === "working") && isAlive(owner.process, Date.now() - owner.writtenAt)
	);
}

/** @returns the worktree that a subagent was in; `undefined` when none has come to be, or is left */
export function madeOf(owner: Owner): Made | undefined {
	if (owner.phase !== "working" && owner.phase !== "kept") return undefined;
	const { gitDir, base, snapshot } = owner;
	return { gitDir, base, ...(snapshot !== undefined && { snapshot }) };
}

/** @returns `undefined` when there is none, or none that can be understood */
export function readOwner(place: Place): Owner | undefined {
	return parseOwner(place.ownerFile);
}

/** Whole or not at all, for other processes read it at any time. */
export function writeOwner(file: string, { agentId, agentType }: Subagent, phase: Phase): void {
	const owner: Owner = { agentId, agentType, process: thisProcess(), writtenAt: Date.now(), ...phase };
	const draft = `${file}.${randomBytes(6).toString("hex")}.draft`;
	mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
	writeFileSync(draft, JSON.stringify(owner, undefined, "\t"), { mode: 0o600 });
	renameSync(draft, file);
}

export function removeOwner(place: Place): void {
	rmSync(place.ownerFile, { force: true });
}

/** The right to remove or take over a place; one process alone gets it. */
export interface Claim {
	readonly file: string;
	/** `undefined`: the owner file could not be understood. */
	readonly owner: Owner | undefined;
}

/**
 * Takes the owner file out of the way, so that none removes a worktree that another has just taken over. Whoever gets the
 * claim ends it by `giveBack` or `dropClaim`. @returns `undefined` when there is no owner or another was quicker
 */
export function claim(place: Place): Claim | undefined {
	giveBackClaimsOfTheDead(dirname(place.ownerFile));
	const file = `${place.ownerFile}.${process.pid}.claim`;
	return renamed(place.ownerFile, file) ? { file, owner: parseOwner(file) } : undefined;
}

export function giveBack(place: Place, { file }: Claim): void {
	renamed(file, place.ownerFile);
}

export function dropClaim({ file }: Claim): void {
	rmSync(file, { force: true });
}

/** A process that ended with a claim in its hands did not finish what it wanted, unless there is a new owner since. */
function giveBackClaimsOfTheDead(folder: string): void {
	for (const name of namesIn(folder)) {
		const [, ownerName, pid] = /^([\w-]+\.json)\.(\d+)\.claim$/.exec(name) ?? [];
		if (ownerName === undefined || isAlive({ host: hostname(), pid: Number(pid) }, 0)) continue;
		if (existsSync(join(folder, ownerName))) rmSync(join(folder, name), { force: true });
		else renamed(join(folder, name), join(folder, ownerName));
	}
}

/** @returns false when it was not there, for another process was quicker */
function renamed(from: string, to: string): boolean {
	try {
		renameSync(from, to);
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
		throw error;
	}
}

const LONGEST_OWNER_FILE = 64 * 1024;

function parseOwner(file: string): Owner | undefined {
	try {
		return JSON.parse(readRegularFile(file, { maxBytes: LONGEST_OWNER_FILE }).toString());
	} catch {
		return undefined; // gone by now, or spoiled by hand: then git is asked what the place holds
	}
}

function namesIn(folder: string): string[] {
	try {
		return readdirSync(folder);
	} catch {
		return []; // no worktree was ever made for this repository
	}
}
