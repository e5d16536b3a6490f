import { constants } from "node:fs";
import { access, mkdir, realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { SettingKey } from "../domain/settings.ts";
import { replaceFile } from "../platform/atomic-file.ts";
import { reasonOf } from "../platform/reason-of.ts";
import { withSetting } from "./json-edit.ts";
import { readSettingsFile } from "./settings-file.ts";

/** `refused`: the file is not in a state to be changed. `failed`: the disk would not have it. */
export type WriteOutcome =
	| { readonly kind: "written" }
	| { readonly kind: "refused"; readonly reason: string }
	| { readonly kind: "failed"; readonly reason: string };

export interface SettingChange {
	readonly key: SettingKey;
	/** `undefined` takes the key out of the file. */
	readonly value: unknown;
}

const STALE_MS = 10_000; // whoever holds the lock that long without a sign of life has died
const PATIENCE_MS = 12_000; // longer than that, so a dead process costs a wait, not a change
const LONGEST_PAUSE_MS = 100;

/**
 * Changes one key of a settings file. Reads and writes under a lock, so that processes which change different keys at the same
 * time both win, and replaces the file in one step. Resolves always.
 */
export async function writeSetting(file: string, change: SettingChange): Promise<WriteOutcome> {
	try {
		if (change.value === undefined && readSettingsFile(file).kind === "missing") return { kind: "written" };
		await mkdir(dirname(file)).catch(unlessThere);
		const target = await realpath(file).catch(() => file); // a linked file stays one, and has one lock for all its links
		const lock = await acquireLock(target);
		try {
			return await changeFile(target, change, lock);
		} finally {
			await lock.release();
		}
	} catch (error) {
		return { kind: "failed", reason: reasonOf(error) };
	}
}

async function changeFile(file: string, { key, value }: SettingChange, lock: Lock): Promise<WriteOutcome> {
	const current = readSettingsFile(file);
	if (current.kind === "unusable") return { kind: "refused", reason: `${file}: ${placed(current)}` };
	const before = current.kind === "missing" ? "" : current.text;
	const after = withSetting(before || "{}", key, value);
	if (after === undefined) {
		return { kind: "refused", reason: `${file}: nested too deep, or ${key} is there too often, to be changed here` };
	}
	if (after === before) return { kind: "written" };
	if (before) await access(file, constants.W_OK); // replacing needs leave for the folder alone, but somebody protected the file
	lock.assertHeld();
	await replaceFile(file, after);
	return { kind: "written" };
}

function placed({ message, place }: { message: string; place: { line: number; column: number } | undefined }): string {
	return place ? `line ${place.line}, column ${place.column}: ${message}` : message;
}

interface Lock {
	/** @throws when it was lost: this computer slept, and another process took it for abandoned */
	assertHeld(): void;
	release(): Promise<void>;
}

/** Asks again while another process has it. Loaded only now, for the library listens to the signals of the process. */
async function acquireLock(file: string): Promise<Lock> {
	const { default: lockfile } = await import("proper-lockfile");
	const deadline = performance.now() + PATIENCE_MS;
	let lost: Error | undefined;
	const onCompromised = (error: Error) => {
		lost = error;
	};
	for (;;) {
		try {
			const release = await lockfile.lock(file, { realpath: false, stale: STALE_MS, onCompromised });
			return {
				assertHeld: () => {
					if (lost) throw lost;
				},
				release: () => release().catch(() => undefined), // lost in the meantime: then it is not ours to give back
			};
		} catch (error) {
			const isHeld = (error as NodeJS.ErrnoException).code === "ELOCKED";
			if (!isHeld) throw error;
			if (performance.now() > deadline) throw new Error(`another process has kept ${file}.lock for too long`);
			await sleep(Math.random() * LONGEST_PAUSE_MS);
		}
	}
}

function unlessThere(error: NodeJS.ErrnoException): void {
	if (error.code !== "EEXIST") throw error;
}
