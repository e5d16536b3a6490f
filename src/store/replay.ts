import type { StoredResult, StoredSubagent } from "../domain/stored-subagent.ts";
import { decodeRecord, RECORD_ENTRY } from "./record-entry.ts";

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
	/** The last of each id, oldest first. */
	readonly stored: readonly StoredSubagent[];
	/** Entries that could not be used: which, and why. */
	readonly troubles: readonly string[];
	/** Whether the parent's session itself holds a subagent's result. */
	readonly isAcknowledged: (stored: StoredSubagent) => boolean;
	/** The same of a result that an earlier run of a subagent left, when it was resumed before the parent was told. */
	readonly isOwedTold: (owed: StoredResult) => boolean;
}

/**
 * Reads all entries, not the current branch alone: what was delivered on any branch is delivered. Whether it was is told by
 * the parent's own messages; a record may have been written just before a kill kept the message from being so.
 */
export function replay(entries: readonly SessionEntryLike[]): Replay {
	const { stored, troubles, carriedSince } = lastRecords(entries);
	const notified = new Set(entries.filter(isNotification).flatMap(({ details }) => notifiedRuns(details)));
	const answeredAt = new Map(entries.flatMap(answeredCall));
	const isNotified = (run: StoredResult) => notified.has(runKey(run.record.id, run.attempt));
	const isBrought = (run: StoredResult, carrier: string) => {
		// An answer before that was another call's: some providers give the same ids again and again.
		const since = carriedSince.get(carryKey(run, carrier)) ?? -1;
		return answeringCalls(carrier).some((call) => (answeredAt.get(call) ?? -1) > since);
	};
	return {
		stored,
		troubles,
		isOwedTold: (owed) => isNotified(owed) || (owed.carrier !== undefined && isBrought(owed, owed.carrier)),
		isAcknowledged: (stored) => {
			if (isNotified(stored)) return true;
			const carrier = carrierOf(stored);
			return carrier === undefined ? isBroughtByTool(stored) : isBrought(stored, carrier);
		},
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
	const last = new Map<string, StoredSubagent>();
	const carriedSince = new Map<string, number>();
	const troubles: string[] = [];
	const noteCarrier = (run: StoredResult, carrier: string | undefined, at: number) => {
		if (carrier === undefined) return;
		const key = carryKey(run, carrier);
		if (!carriedSince.has(key)) carriedSince.set(key, at);
	};
	for (const [at, { type, customType, id, data }] of entries.entries()) {
		if (type !== "custom" || customType !== RECORD_ENTRY) continue;
		const decoded = decodeRecord(data);
		const fault = decoded.kind === "stored" ? contradiction(decoded.stored, last) : decoded.reason;
		if (decoded.kind !== "stored" || fault !== undefined) {
			troubles.push(`the entry ${id ?? "without an id"} was left out: ${fault}`);
			continue;
		}
		last.set(decoded.stored.record.id, decoded.stored);
		noteCarrier(decoded.stored, carrierOf(decoded.stored), at);
		for (const owed of decoded.stored.owed ?? []) noteCarrier(owed, owed.carrier, at);
	}
	return { stored: [...last.values()], troubles, carriedSince };
}

function isNotification({ type, customType }: SessionEntryLike): boolean {
	return type === "custom_message" && customType === "subagent-notification";
}

function answeredCall({ type, message }: SessionEntryLike, at: number): [string, number][] {
	if (type !== "message" || message?.role !== "toolResult" || !message.toolCallId) return [];
	return [[message.toolCallId, at]];
}

/** The call of a foreground run answers with its result, also when its last record could not be written. */
function carrierOf({ record, plan, carrier }: StoredSubagent): string | undefined {
	return carrier ?? (record.isBackground ? undefined : plan.toolCallId);
}

function carryKey({ record, attempt }: StoredResult, carrier: string): string {
	return `${runKey(record.id, attempt)} ${carrier}`;
}

/** Nobody noted by which call; then the record's word has to do. */
function isBroughtByTool({ record: { delivery } }: StoredSubagent): boolean {
	return delivery.state === "delivered" && delivery.via !== "notification";
}

/** An entry cannot make a subagent another one, or take back a run: the one there is would be lost with its result. */
function contradiction(stored: StoredSubagent, last: ReadonlyMap<string, StoredSubagent>): string | undefined {
	const { id, parentSessionId } = stored.record;
	const before = last.get(id);
	if (!before) return undefined;
	if (before.record.parentSessionId !== parentSessionId) return `${id} belongs to another session`;
	return stored.attempt < before.attempt ? `${id} has been resumed since` : undefined;
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
