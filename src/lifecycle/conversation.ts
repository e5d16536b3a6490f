import type { AgentMessage } from "@mariozechner/pi-agent-core";
import type { SessionEntry } from "@mariozechner/pi-coding-agent";

/** What was said in a subagent, as it is at one moment. Looking at it changes nothing. */
export interface Conversation {
	/** Another one when anything has changed since, so that nobody walks the entries to find out. */
	readonly revision: string;
	/** Where the subagent works. */
	readonly cwd: string;
	/** The reply that is being written, or is not among the entries yet. */
	readonly streaming: AgentMessage | undefined;
	/** What tools that still run have told so far, by the id of their call. */
	readonly toolUpdates: ReadonlyMap<string, unknown>;
	/** @param after an entry that is known already; what came before it is not walked again */
	read(after?: string): Reading;
}

/** Entries of a conversation in the host's own form, oldest first, those that were compacted away among them. */
export interface Reading {
	readonly entries: readonly SessionEntry[];
	/** They follow the entry that was known; else they are the whole conversation. */
	readonly continues: boolean;
	/** What is to be said about them: nothing was written yet, something cannot be read. Empty when all is well. */
	readonly notice: string;
}

/** The entries from the known one on, going back from the last. @param before the entry an entry follows */
export function entriesAfter(
	known: string | undefined,
	last: SessionEntry | undefined,
	before: (entry: SessionEntry) => SessionEntry | undefined,
): Pick<Reading, "entries" | "continues"> {
	const entries: SessionEntry[] = [];
	const seen = new Set<SessionEntry>(); // a damaged file may hold a circle
	for (let entry = last; entry && !seen.has(entry); entry = before(entry)) {
		if (entry.id === known) return { entries: entries.reverse(), continues: true };
		seen.add(entry);
		entries.push(entry);
	}
	return { entries: entries.reverse(), continues: false };
}
