import type { StoredSubagent } from "../domain/stored-subagent.ts";
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
}

/**
 * Reads all entries, not the current branch alone: what was delivered on any branch is delivered. Whether it was is told by
 * the parent's own messages; a record may have been written just before a kill kept the message from being so.
 */
export function replay(entries: readonly SessionEntryLike[]): Replay {
	const last = new Map<string, StoredSubagent>();
	const troubles: string[] = [];
	const notified = new Set<string>();
	const answered = new Set<string>();
	for (const entry of entries) {
		if (entry.type === "custom" && entry.customType === RECORD_ENTRY) {
			const fault = takeIn(entry.data, last);
			if (fault !== undefined) troubles.push(`the entry ${entry.id ?? "without an id"} was left out: ${fault}`);
		} else if (entry.type === "custom_message" && entry.customType === "subagent-notification") {
			for (const run of notifiedRuns(entry.details)) notified.add(run);
		} else if (entry.type === "message" && entry.message?.role === "toolResult" && entry.message.toolCallId) {
			answered.add(entry.message.toolCallId);
		}
	}
	return {
		stored: [...last.values()],
		troubles,
		isAcknowledged: (stored) => {
			const carrier = carrierOf(stored);
			return notified.has(runKey(stored.record.id, stored.attempt)) || (carrier !== undefined && answered.has(carrier));
		},
	};
}

/** @returns why it was left out; nothing when it was taken in */
function takeIn(data: unknown, last: Map<string, StoredSubagent>): string | undefined {
	const decoded = decodeRecord(data);
	if (decoded.kind === "unusable") return decoded.reason;
	const fault = contradiction(decoded.stored, last);
	if (fault === undefined) last.set(decoded.stored.record.id, decoded.stored);
	return fault;
}

/** The call of a foreground run answers with its result, also when its last record could not be written. */
function carrierOf({ record, plan, carrier }: StoredSubagent): string | undefined {
	return carrier ?? (record.isBackground ? undefined : plan.toolCallId);
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
