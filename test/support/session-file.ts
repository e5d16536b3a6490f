import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { StoredRun } from "../../src/domain/stored-run.ts";

/** A session file of the host as it lies on the disk. */
export interface SessionFile {
	readonly path: string;
	readonly entries: readonly Entry[];
	/** The last record of each subagent, by description. */
	readonly records: ReadonlyMap<string, StoredRun>;
	/** The texts of the notifications, oldest first. */
	readonly notifications: readonly string[];
}

export type Entry = { readonly type: string } & Readonly<Record<string, unknown>>;

/** The sessions in a directory, the newest last. @throws when a line is no JSON */
export function sessionFiles(dir: string): SessionFile[] {
	const names = readdirSync(dir, { recursive: true, encoding: "utf8" });
	const files = names.filter((name) => name.endsWith(".jsonl") && !name.includes("tasks")).sort();
	return files.map((name) => readSession(join(dir, name)));
}

/** @param damaged the value for a line that is no JSON; without it, it is an error */
export function readSession(path: string, damaged?: "left out"): SessionFile {
	const lines = readFileSync(path, "utf8").split("\n");
	const whole = lines.filter((line) => line !== "" && (damaged === undefined || isJson(line)));
	const entries = whole.map((line) => JSON.parse(line) as Entry);
	const records = entries
		.filter((entry) => entry.type === "custom" && entry.customType === "subagents:record")
		.map((entry) => entry.data as StoredRun);
	return {
		path,
		entries,
		records: new Map(records.map((stored) => [stored.record.description, stored])),
		notifications: entries.filter(isNotification).map((entry) => entry.content as string),
	};
}

function isJson(line: string): boolean {
	try {
		JSON.parse(line);
		return true;
	} catch {
		return false;
	}
}

function isNotification(entry: Entry): boolean {
	return entry.type === "custom_message" && entry.customType === "subagent-notification";
}
