import { readFileSync } from "node:fs";
import type { StoredRun } from "../../src/domain/stored-run.ts";

/** A parent's session file, read without a word of ours: what it says of subagents, line by line. */
export interface Book {
	readonly entries: readonly Entry[];
	/** Lines that are no JSON. */
	readonly damaged: number;
	/** Every record that was written, oldest first. */
	readonly records: readonly StoredRun[];
	/** The last record of each subagent's latest run. */
	readonly last: ReadonlyMap<string, StoredRun>;
	readonly lastOwner: number | undefined;
	/** What the process that wrote last has itself created or resumed; the rest it may hold. */
	readonly startedByLastOwner: ReadonlySet<string>;
}

export interface Entry {
	readonly type: string;
	readonly id?: string;
	readonly parentId?: string | null;
	readonly customType?: string;
	readonly content?: unknown;
	readonly details?: Details;
	readonly data?: unknown;
	readonly message?: {
		readonly role: string;
		readonly content?: unknown;
		readonly toolCallId?: string;
		readonly toolName?: string;
		readonly details?: Details;
	};
}

export interface Details {
	readonly id?: string;
	readonly attempt?: number;
	readonly status?: string;
	readonly completedAt?: number;
	readonly isBackground?: boolean;
	readonly others?: readonly Details[];
}

export function openBook(file: string): Book {
	const lines = readFileSync(file, "utf8").split("\n");
	const parsed = lines.filter((line) => line.trim() !== "").map(parse);
	const entries = parsed.filter((entry) => entry !== undefined);
	const records = entries
		.filter((entry) => entry.type === "custom" && entry.customType === "subagents:record")
		.map((entry) => entry.data as StoredRun);
	const lastOwner = records.at(-1)?.owner.pid;
	const theirs = records.filter(({ owner }) => owner.pid === lastOwner);
	const begun = new Set<string>();
	const attempts = new Map<string, number>();
	for (const { record, attempt, owner } of records) {
		if (owner.pid === lastOwner && attempts.get(record.id) !== attempt) begun.add(record.id);
		attempts.set(record.id, attempt);
	}
	return {
		entries,
		damaged: parsed.length - entries.length,
		records,
		last: latestOf(records),
		lastOwner: theirs[0]?.owner.pid,
		startedByLastOwner: begun,
	};
}

function latestOf(records: readonly StoredRun[]): Map<string, StoredRun> {
	const last = new Map<string, StoredRun>();
	for (const stored of records) {
		const { id } = stored.record;
		if (stored.attempt >= (last.get(id)?.attempt ?? 0)) last.set(id, stored);
	}
	return last;
}

function parse(line: string): Entry | undefined {
	try {
		return JSON.parse(line) as Entry;
	} catch {
		return undefined;
	}
}
