import type { StoredRun } from "../domain/stored-run.ts";
import type { SubagentRecord } from "../domain/subagent-record.ts";
import { isLive } from "../domain/subagent-state.ts";
import { decodeRecord, RECORD_ENTRY } from "./journal.ts";

/** An entry of the parent's session file, as far as it is looked at here. */
export interface SessionEntryLike {
	readonly id?: string;
	readonly type: string;
	readonly customType?: string;
	readonly data?: unknown;
	readonly details?: unknown;
	readonly message?: { readonly role: string; readonly toolCallId?: string };
}

/** What a session file tells about subagents. */
export interface Replay {
	/** Oldest first. */
	readonly stored: readonly StoredRuns[];
	/** Entries that could not be used: which, and why. */
	readonly troubles: readonly string[];
	/** Whether the parent's session itself holds the result of a run. */
	readonly isAcknowledged: (stored: StoredRun) => boolean;
}

/** The runs of one subagent. */
export interface StoredRuns {
	readonly latest: StoredRun;
	/** Oldest first; those that ended, for one that did not has been replaced by the next. */
	readonly earlier: readonly StoredRun[];
}

/**
 * Reads all entries, not the current branch alone: what was delivered on any branch is delivered. The evidence is
 * the parent's own messages; a record may have been written just before a kill kept the message from being so.
 */
export function replay(entries: readonly SessionEntryLike[]): Replay {
	const { stored, troubles, carriedSince } = lastRecords(entries);
	const notified = new Set(entries.filter(isNotification).flatMap(({ details }) => notifiedRuns(details)));
	const answeredAt = new Map(entries.flatMap(answeredCall));
	const isNotified = (run: StoredRun) => notified.has(runKey(run.record.id, run.attempt));
	const isBrought = (run: StoredRun, carrier: string) => {
		// An answer before that was another call's: some providers give the same ids again and again.
		const since = carriedSince.get(carryKey(run, carrier)) ?? -1;
		return answeringCalls(carrier).some((call) => (answeredAt.get(call) ?? -1) > since);
	};
	return {
		stored,
		troubles,
		isAcknowledged: (stored) => {
			if (isNotified(stored)) return true;
			const carrier = carrierOf(stored);
			return carrier === undefined ? isBroughtByTool(stored) : isBrought(stored, carrier);
		},
	};
}

/**
 * The same for a parent that is a subagent, by the entries of its transcript: the records are in another file, so which of them
 * came first is not known.
 */
export function acknowledgedIn(entries: readonly SessionEntryLike[]): Replay["isAcknowledged"] {
	const notified = new Set(entries.filter(isNotification).flatMap(({ details }) => notifiedRuns(details)));
	const answered = new Set(entries.flatMap((entry, at) => answeredCall(entry, at).map(([call]) => call)));
	return (stored) => {
		if (notified.has(runKey(stored.record.id, stored.attempt))) return true;
		const carrier = carrierOf(stored);
		return carrier !== undefined && answeringCalls(carrier).some((call) => answered.has(call));
	};
}

/**
 * The calls whose results hold what a call brought. Where another tool made the call, such as a script, its id is that tool's
 * with a number behind it, and no result of its own is ever written: what it brought went into the other one's.
 */
function answeringCalls(carrier: string): readonly string[] {
	const outer = /^(.+)\/\d+$/.exec(carrier)?.[1];
	return outer === undefined ? [carrier] : [carrier, ...answeringCalls(outer)];
}

interface Records extends Pick<Replay, "stored" | "troubles"> {
	/** Where in the file a call was first noted to carry a run's result. */
	readonly carriedSince: ReadonlyMap<string, number>;
}

function lastRecords(entries: readonly SessionEntryLike[]): Records {
	const subagents = new Map<string, Map<number, StoredRun>>();
	const carriedSince = new Map<string, number>();
	const troubles: string[] = [];
	const noteCarrier = (run: StoredRun, carrier: string | undefined, at: number) => {
		if (carrier === undefined) return;
		const key = carryKey(run, carrier);
		if (!carriedSince.has(key)) carriedSince.set(key, at);
	};
	for (const [at, { type, customType, id, data }] of entries.entries()) {
		if (type !== "custom" || customType !== RECORD_ENTRY) continue;
		const decoded = decodeRecord(data, (id, attempt) => runBefore(subagents.get(id), attempt));
		const fault = decoded.kind === "stored" ? contradiction(decoded.runs, subagents) : decoded.reason;
		if (decoded.kind !== "stored" || fault !== undefined) {
			troubles.push(`the entry ${id ?? "without an id"} was left out: ${fault}`);
			continue;
		}
		for (const run of decoded.runs) {
			const runs = subagents.get(run.record.id) ?? new Map<number, StoredRun>();
			const spec = { ...runs.get(run.attempt)?.spec, ...run.spec }; // the whole is stored once
			subagents.set(run.record.id, runs.set(run.attempt, { ...run, spec }));
			noteCarrier(run, carrierOf(run), at);
		}
	}
	return { stored: [...subagents.values()].flatMap(runsOf), troubles, carriedSince };
}

function runBefore(runs: ReadonlyMap<number, StoredRun> | undefined, attempt: number): SubagentRecord | undefined {
	const earlier = [...(runs?.keys() ?? [])].filter((other) => other < attempt);
	return runs?.get(Math.max(...earlier))?.record;
}

function runsOf(runs: ReadonlyMap<number, StoredRun>): StoredRuns[] {
	const inOrder = [...runs.values()].sort((a, b) => a.attempt - b.attempt);
	const latest = inOrder.at(-1);
	if (!latest) return [];
	return [{ latest, earlier: inOrder.slice(0, -1).filter(({ record }) => !isLive(record.status)) }];
}

function isNotification({ type, customType }: SessionEntryLike): boolean {
	return type === "custom_message" && customType === "subagent-notification";
}

function answeredCall({ type, message }: SessionEntryLike, at: number): [string, number][] {
	if (type !== "message" || message?.role !== "toolResult" || !message.toolCallId) return [];
	return [[message.toolCallId, at]];
}

/** The call of a foreground run answers with its result, also when its last record could not be written. */
function carrierOf({ record, spec, carrier }: StoredRun): string | undefined {
	return carrier ?? (record.isBackground ? undefined : spec.toolCallId);
}

function carryKey({ record, attempt }: StoredRun, carrier: string): string {
	return `${runKey(record.id, attempt)} ${carrier}`;
}

/** Nobody noted by which call; then the record's word has to do. */
function isBroughtByTool({ record: { delivery } }: StoredRun): boolean {
	return delivery.state === "delivered" && delivery.via !== "notification";
}

/** An entry cannot give a subagent to another session, or make a run that has ended begin again. */
function contradiction(
	entry: readonly StoredRun[],
	subagents: ReadonlyMap<string, ReadonlyMap<number, StoredRun>>,
): string | undefined {
	const stored = entry.at(-1);
	const runs = stored && subagents.get(stored.record.id);
	if (!runs) return undefined;
	const { id, parentSessionId, status } = stored.record;
	const [first] = runs.values();
	if (first && first.record.parentSessionId !== parentSessionId) return `${id} belongs to another session`;
	const hasLater = [...runs.keys()].some((attempt) => attempt > stored.attempt);
	return hasLater && isLive(status) ? `${id} has been resumed since` : undefined;
}

function notifiedRuns(details: unknown): string[] {
	const first = details as { others?: unknown } | null | undefined;
	const runs = [first, ...(Array.isArray(first?.others) ? first.others : [])];
	return runs.flatMap((run: { id?: unknown; attempt?: unknown } | null | undefined) =>
		typeof run?.id === "string" ? [runKey(run.id, run.attempt)] : [],
	);
}

function runKey(id: string, attempt: unknown): string {
	return `${id} ${attempt}`;
}
