import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { identifyProcess, livenessOf, type ProcessDescriptor, processScope } from "../../platform/process-identity.ts";
import { readRegularFile } from "../../platform/regular-file.ts";

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

/** A process as owner files name it. */
export interface OwningProcess extends Pick<ProcessDescriptor, "pid" | "machine" | "pidSpace"> {
	readonly host: string;
	/** When it started, in the system's own counting. */
	readonly started?: string;
}

/** What is known of a place, also to pi processes that start later. */
export type Owner = Phase &
	Subagent & {
		readonly process: OwningProcess;
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
	/** When its files were written, by the clock of its disk, in milliseconds. */
	readonly since?: number;
	/** The log of its HEAD at that time; what the subagent does is appended to it. */
	readonly headLog?: string;
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
	if (owner.phase !== "preparing" && owner.phase !== "working") return false;
	const liveness = livenessOf(identityOf(owner.process));
	// Another machine or container with the same home: its processes cannot be seen from here, so time has to tell.
	return liveness === "unknown" ? Date.now() - owner.writtenAt < LONGEST_SILENCE_MS : liveness === "alive";
}

/** Whether a subagent of this very process is, or was, in the place. */
export function isOurs({ process: { pid, host, started } }: Owner): boolean {
	const us = ourProcess();
	return pid === us.pid && host === us.host && started === us.started;
}

function identityOf({ host, started, ...process }: OwningProcess): ProcessDescriptor {
	return { ...process, hostname: host, ...(started !== undefined && { born: started }) };
}

function ourProcess(): OwningProcess {
	const { hostname, born, ...us } = identifyProcess(process.pid);
	return { host: hostname, ...us, ...(born !== undefined && { started: born }) };
}

/** @returns the worktree of a subagent; `undefined` when none was made, or none is left */
export function madeOf(owner: Owner): Made | undefined {
	if (owner.phase !== "working" && owner.phase !== "kept") return undefined;
	const { gitDir, base, snapshot, since, headLog } = owner;
	return {
		...{ gitDir, base },
		...(snapshot !== undefined && { snapshot }),
		...(since !== undefined && { since }),
		...(headLog !== undefined && { headLog }),
	};
}

/** @returns `undefined` when there is none, or none that can be understood */
export function readOwner(place: Place): Owner | undefined {
	return parseOwner(place.ownerFile);
}

/** Whole or not at all, for other processes read it at any time. */
export function writeOwner(file: string, { agentId, agentType }: Subagent, phase: Phase): void {
	const owner: Owner = { agentId, agentType, process: ourProcess(), writtenAt: Date.now(), ...phase };
	const draft = `${file}.${randomBytes(6).toString("hex")}.draft`;
	mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
	writeFileSync(draft, JSON.stringify({ version: VERSION, ...owner }, undefined, "\t"), { mode: 0o600 });
	renameSync(draft, file);
}

export function removeOwner(place: Place): void {
	rmSync(place.ownerFile, { force: true });
}

const VERSION = 1;

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
	const file = `${place.ownerFile}.${processScope()}-${ourProcess().started ?? 0}.${process.pid}.claim`;
	return renamed(place.ownerFile, file) ? { file, owner: parseOwner(file) } : undefined;
}

export function giveBack(place: Place, { file }: Claim): void {
	renamed(file, place.ownerFile);
}

export function dropClaim({ file }: Claim): void {
	rmSync(file, { force: true });
}

/** The folders of subagents of which no owner file and no claim says whose they are. */
export function placesWithoutOwner(folder: string): Place[] {
	const names = namesIn(folder);
	return names
		.filter((name) => /^[\w-]+$/.test(name) && !names.some((other) => other.startsWith(`${name}.json`)))
		.map((name) => placeIn(folder, name));
}

/** A process that ended with a claim in its hands did not finish what it wanted, unless there is a new owner since. */
function giveBackClaimsOfTheDead(folder: string): void {
	for (const name of namesIn(folder)) {
		const [, ownerName] = CLAIM.exec(name) ?? [];
		if (ownerName === undefined || isHeld(folder, name)) continue;
		if (existsSync(join(folder, ownerName))) rmSync(join(folder, name), { force: true });
		else renamed(join(folder, name), join(folder, ownerName));
	}
}

/** The owner file's name, the processes among which the number counts, when the process was started, and its number. */
const CLAIM = /^([\w-]+\.json)\.(?:([0-9a-f]+)-(\d+)\.)?(\d+)\.claim$/;

/** A claim lasts for the seconds that a removal takes. The process of another machine is given longer, not for ever. */
function isHeld(folder: string, name: string): boolean {
	const [, , scope, started = "0", pid] = CLAIM.exec(name) ?? [];
	if (scope === processScope()) {
		const { started: _ours, ...us } = ourProcess();
		const holder = { ...us, pid: Number(pid), ...(started !== "0" && { started }) };
		return livenessOf(identityOf(holder)) === "alive";
	}
	const times = statSync(join(folder, name), { throwIfNoEntry: false });
	return times !== undefined && Date.now() - Math.max(times.mtimeMs, times.ctimeMs) < LONGEST_CLAIM_MS;
}

const LONGEST_CLAIM_MS = 60 * 60 * 1000;
const LONGEST_SILENCE_MS = 24 * 60 * 60 * 1000;

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

/** Only what says without doubt that a place may be removed leads to a removal; all the rest is no owner that we know. */
function parseOwner(file: string): Owner | undefined {
	try {
		const owner: unknown = JSON.parse(readRegularFile(file, { maxBytes: LONGEST_OWNER_FILE }).toString());
		return isOwner(owner) ? owner : undefined;
	} catch {
		return undefined; // gone by now, or spoiled by hand
	}
}

type Fields = Readonly<Record<string, unknown>>;

function isOwner(value: unknown): value is Owner {
	if (!isObject(value)) return false;
	const { version = VERSION, process, writtenAt, phase } = value;
	if (version !== VERSION || !areTexts(value, "agentId", "agentType")) return false;
	if (!isObject(process) || !areTexts(process, "host") || !Number.isInteger(process.pid)) return false;
	if (!Number.isFinite(writtenAt) || typeof phase !== "string" || !Object.hasOwn(HAS_FIELDS_OF, phase)) return false;
	return HAS_FIELDS_OF[phase as Phase["phase"]](value);
}

const isMade = (owner: Fields) => areTexts(owner, "gitDir", "base") && mayBe(owner, "number", "since") && hasLog(owner);
const hasLog = (owner: Fields) => mayBe(owner, "string", "snapshot", "headLog");

const HAS_FIELDS_OF: Record<Phase["phase"], (owner: Fields) => boolean> = {
	preparing: () => true,
	removing: () => true,
	working: isMade,
	kept: (owner) => isMade(owner) && areTexts(owner, "reason"),
	branch: (owner) => areTexts(owner, "branch", "status", "description"),
};

function isObject(value: unknown): value is Fields {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function areTexts(fields: Fields, ...names: string[]): boolean {
	return names.every((name) => typeof fields[name] === "string");
}

function mayBe(fields: Fields, type: "number" | "string", ...names: string[]): boolean {
	return names.every((name) => fields[name] === undefined || typeof fields[name] === type);
}

function namesIn(folder: string): string[] {
	try {
		return readdirSync(folder);
	} catch {
		return []; // no worktree was ever made for this repository
	}
}
