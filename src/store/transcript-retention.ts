import { existsSync } from "node:fs";
import { lstat, readdir, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { StoredRun } from "../domain/stored-run.ts";
import { reasonOf } from "../platform/reason-of.ts";
import { readRegularFileSoon } from "../platform/regular-file.ts";
import { RECORD_ENTRY } from "./journal.ts";
import { replay, type SessionEntryLike } from "./replay.ts";

const TASKS = "tasks";
/** What is larger is not read, and its transcripts stay. */
const BIGGEST_SESSION = 256 * 1024 * 1024;
const RECENT_MS = 86_400_000;
/** As we name them. A folder of sessions can be any folder: nobody else's files may go. */
const OUR_NAME = /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}-\d{3}Z_[0-9a-f]{20}\.jsonl$/;

/**
 * The transcripts of all sessions in a folder, each with why it must stay. Sessions are read in full only where they have
 * transcripts. Never rejects: what cannot be read is not there for removal.
 *
 * @param folder where session files lie, each with a folder of its own name beside it; or such folders alone
 */
export async function findTranscripts(folder: string, now: number): Promise<readonly KeptTranscript[]> {
	const found: KeptTranscript[] = [];
	// One after the other: there may be thousands, and the subagents' own work must not wait for all of them at once.
	for (const session of await foldersIn(folder)) found.push(...(await transcriptsOf(join(folder, session), now)));
	return found;
}

/** @returns those that are gone now; a folder that becomes empty goes, too */
export async function removeTranscripts(files: readonly string[]): Promise<readonly string[]> {
	const gone: string[] = [];
	for (const file of files) if (await removed(file)) gone.push(file);
	for (const tasks of new Set(files.map((file) => dirname(file)))) {
		// In order: the inner folder first. One that still holds something stays, and that is no failure.
		if (await tried(rmdir(tasks))) await tried(rmdir(dirname(tasks)));
	}
	return gone;
}

/** Somebody may have put a link in the folder's place since it was listed. */
async function removed(file: string): Promise<boolean> {
	return (await isRealFolder(dirname(file))) && (await tried(rm(file)));
}

async function transcriptsOf(sessionFolder: string, now: number): Promise<KeptTranscript[]> {
	const tasks = join(sessionFolder, TASKS);
	if (!(await isRealFolder(tasks))) return [];
	const names = (await filesIn(tasks)).filter((name) => OUR_NAME.test(name));
	if (names.length === 0) return [];
	const sessionFile = `${sessionFolder}.jsonl`;
	const neededFor = await needsOf(sessionFile);
	const mayBeOpen = !existsSync(sessionFile);
	const transcripts = names.map(async (name): Promise<KeptTranscript[]> => {
		const file = join(tasks, name);
		const info = await lstat(file).catch(() => undefined);
		if (!info) return [];
		// A parent that is not persisted, or has not answered yet, has no file that would tell of its subagents.
		const isRecent = mayBeOpen && now - info.mtimeMs < RECENT_MS;
		const reason = isRecent ? "its session may still be open" : neededFor(name);
		return [{ file, bytes: info.size, changedAt: info.mtimeMs, ...(reason !== undefined && { neededFor: reason }) }];
	});
	return (await Promise.all(transcripts)).flat();
}

/** Why a session needs a transcript, by the transcript's name: a session's folder may have been moved. */
async function needsOf(sessionFile: string): Promise<(name: string) => string | undefined> {
	try {
		const needs = neededTranscripts((await readRegularFileSoon(sessionFile, { maxBytes: BIGGEST_SESSION })).toString());
		return (name) => needs.get(name);
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if (code === "ENOENT") return () => undefined; // the session is gone, and nobody can open it any more
		return () => `its session cannot be read: ${reasonOf(error)}`;
	}
}

function neededTranscripts(text: string): ReadonlyMap<string, string> {
	const { stored, isAcknowledged } = replay(text.split("\n").flatMap(entryIn));
	const needs = new Map<string, string>();
	for (const { latest, earlier } of stored) {
		const { transcriptFile } = latest.record;
		const [reason] = [latest, ...earlier].flatMap((run) => reasonToKeep(run, isAcknowledged(run)) ?? []);
		if (reason !== undefined && transcriptFile) needs.set(basename(transcriptFile), reason);
	}
	return needs;
}

function reasonToKeep({ record, spec, workspace }: StoredRun, isAcknowledged: boolean): string | undefined {
	if (record.completedAt === undefined) return "it has not ended";
	if (record.status === "interrupted") return "it was interrupted and can be resumed";
	const isPending = record.delivery.state === "pending" || record.delivery.state === "claimed";
	if (isPending && spec.report !== "none" && !isAcknowledged) return "its result was not delivered yet";
	if (workspace !== undefined && existsSync(workspace)) return `its workspace ${workspace} is still there`;
	return undefined;
}

/** The few lines that matter here; the rest of a session may be large. */
function entryIn(line: string): SessionEntryLike[] {
	if (!line.includes(RECORD_ENTRY) && !line.includes("subagent-notification")) return [];
	try {
		return [JSON.parse(line) as SessionEntryLike];
	} catch {
		return []; // damaged; the session's next start tells of it
	}
}

/** What lies behind a link is another session's, or nobody's: links are never followed where something is removed. */
async function isRealFolder(path: string): Promise<boolean> {
	const stat = await lstat(path).catch(() => undefined);
	return stat?.isDirectory() ?? false;
}

async function foldersIn(folder: string): Promise<string[]> {
	const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
	return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

async function filesIn(folder: string): Promise<string[]> {
	const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
	return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

function tried(work: Promise<unknown>): Promise<boolean> {
	return work.then(
		() => true,
		() => false,
	);
}

/** A transcript on the disk. */
export interface KeptTranscript {
	readonly file: string;
	readonly bytes: number;
	/** Epoch milliseconds of its last change. */
	readonly changedAt: number;
	/** Why it must stay, whatever its age and size; absent when it may go. */
	readonly neededFor?: string;
}

export interface RetentionLimits {
	/** 0: for ever. */
	readonly days: number;
	/** 0: as much as there is. */
	readonly mebibytes: number;
}

export interface Removal {
	readonly transcript: KeptTranscript;
	readonly because: "age" | "size";
}

const DAY_MS = 86_400_000;
const MEBIBYTE = 1024 * 1024;

/** What has to go, oldest first: what is too old, then what is too much. What is needed stays and counts. */
export function chooseRemovals(
	transcripts: readonly KeptTranscript[],
	{ days, mebibytes }: RetentionLimits,
	now: number,
): readonly Removal[] {
	const oldestFirst = [...transcripts].sort((a, b) => a.changedAt - b.changedAt);
	const mayGo = oldestFirst.filter(({ neededFor }) => neededFor === undefined);
	const tooOld = days === 0 ? [] : mayGo.filter(({ changedAt }) => now - changedAt > days * DAY_MS);
	let surplus = sum(transcripts) - sum(tooOld) - mebibytes * MEBIBYTE;
	const tooMuch = mayGo.slice(tooOld.length).filter(({ bytes }) => {
		if (mebibytes === 0 || surplus <= 0) return false;
		surplus -= bytes;
		return true;
	});
	return [
		...tooOld.map((transcript) => ({ transcript, because: "age" as const })),
		...tooMuch.map((transcript) => ({ transcript, because: "size" as const })),
	];
}

function sum(transcripts: readonly KeptTranscript[]): number {
	return transcripts.reduce((total, { bytes }) => total + bytes, 0);
}
