import { statSync } from "node:fs";
import type { AgentEvent, AgentMessage } from "@mariozechner/pi-agent-core";
import type { AgentSession, SessionEntry } from "@mariozechner/pi-coding-agent";
import * as host from "@mariozechner/pi-coding-agent";
import { reasonOf } from "../platform/reason-of.ts";
import { readRegularFile } from "../platform/regular-file.ts";
import { BIGGEST_SESSION } from "./session-file.ts";

/** The conversation of a subagent at one moment. Read-only. */
export interface Conversation {
	/** Another one when anything has changed since, so that nobody walks the entries to find out. */
	readonly revision: string;
	/** Where the subagent works. */
	readonly cwd: string;
	/** The reply that is being written, or is not among the entries yet. */
	readonly streaming: AgentMessage | undefined;
	/** The output so far of running tools, by the id of their call. */
	readonly toolUpdates: ReadonlyMap<string, unknown>;
	/** @param after an entry that is known already; what came before it is not walked again */
	read(after?: string): Reading;
}

/** Entries of a conversation in the host's own form, oldest first, those that were compacted away among them. */
export interface Reading {
	readonly entries: readonly SessionEntry[];
	/** They follow the entry that was known; else they are the whole conversation. */
	readonly continues: boolean;
	/** A remark about them: nothing was written yet, something cannot be read. Empty when there is none. */
	readonly notice: string;
}

/** The entries from the known one on, going back from the last. @param before the entry an entry follows */
function entriesAfter(
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

/** The conversation of a session that is in memory: what is written, and what is not yet. */
export class LiveConversation {
	private changes = 0;
	private readonly toolUpdates = new Map<string, unknown>();

	constructor(private readonly session: Pick<AgentSession, "sessionManager" | "agent" | "sessionId">) {}

	/** Called for each streamed token among others. */
	observe(event: AgentEvent): void {
		this.changes++;
		if (event.type === "tool_execution_update") this.toolUpdates.set(event.toolCallId, event.partialResult);
		else if (event.type === "tool_execution_end") this.toolUpdates.delete(event.toolCallId);
		else if (event.type === "agent_end") this.toolUpdates.clear();
	}

	now(): Conversation {
		const { sessionManager, sessionId } = this.session;
		return {
			// The older host writes an entry some time after its event for the message, so the last entry counts, too.
			revision: `${sessionId}:${this.changes}:${sessionManager.getLeafId()}`,
			cwd: sessionManager.getCwd(),
			streaming: this.session.agent.state.streamingMessage ?? this.unwritten(),
			toolUpdates: this.toolUpdates,
			read: (after) => ({
				...entriesAfter(after, sessionManager.getLeafEntry(), (entry) => this.before(entry)),
				notice: "",
			}),
		};
	}

	/** A reply that has ended and has no entry yet. */
	private unwritten(): AgentMessage | undefined {
		const last = this.session.agent.state.messages.at(-1);
		if (last?.role !== "assistant") return undefined;
		let entry = this.session.sessionManager.getLeafEntry();
		while (entry && !(entry.type === "message" && entry.message.role === "assistant")) entry = this.before(entry);
		const isWritten = entry?.type === "message" && entry.message.timestamp >= last.timestamp;
		return isWritten ? undefined : last;
	}

	private before({ parentId }: SessionEntry): SessionEntry | undefined {
		return parentId === null ? undefined : this.session.sessionManager.getEntry(parentId);
	}
}

const TRANSCRIPT = { maxBytes: BIGGEST_SESSION, links: "refuse" } as const;
const NOTHING = { entries: [], continues: false };

export interface WrittenPlace {
	readonly file: string;
	/** Where the subagent worked. */
	readonly cwd: string;
	/** It has replied, so there was a file. */
	readonly hasReplied: boolean;
}

/** The conversation of a subagent whose session is gone, from its file, which is only read. Never throws. */
export function writtenConversation(place: WrittenPlace): Conversation {
	return {
		revision: fileRevision(place.file),
		cwd: place.cwd,
		streaming: undefined,
		toolUpdates: new Map(),
		read: (after) => readWritten(place, after),
	};
}

function fileRevision(file: string): string {
	try {
		const { mtimeNs, size } = statSync(file, { bigint: true });
		return `file:${mtimeNs}:${size}`;
	} catch {
		return "no file"; // which reading it says in words
	}
}

function readWritten({ file, hasReplied }: WrittenPlace, after: string | undefined): Reading {
	let text: string;
	try {
		text = readRegularFile(file, TRANSCRIPT).toString();
	} catch (error) {
		return { ...NOTHING, notice: unreadable(file, error, hasReplied) };
	}
	const { entries, damaged } = parseLines(text);
	const places = new Map(entries.map((entry, at) => [entry.id, at]));
	const before = (entry: host.SessionEntry) => {
		if (entry.parentId === null) return undefined;
		// What an unreadable line held is missing; what lies before it in the file still belongs to the conversation.
		const at = places.get(entry.parentId) ?? (places.get(entry.id) ?? 0) - 1;
		return entries[at];
	};
	const read = entriesAfter(after, entries.at(-1), before);
	return { ...read, notice: damageText(file, damaged, entries.length) };
}

function unreadable(file: string, error: unknown, hasReplied: boolean): string {
	const { code } = error as NodeJS.ErrnoException;
	if (code !== "ENOENT" && code !== "ENOTDIR") return `Its transcript ${file} cannot be read: ${reasonOf(error)}`;
	return hasReplied
		? `Its transcript ${file} is gone.`
		: "Nothing was said yet: its transcript starts with its first reply.";
}

/** Never by way of the host's session manager, which writes to a file that it finds damaged or old. */
function parseLines(text: string): { entries: readonly host.SessionEntry[]; damaged: readonly number[] } {
	const entries: host.FileEntry[] = [];
	const damaged: number[] = [];
	for (const [index, line] of text.split("\n").entries()) {
		if (line.trim() === "") continue;
		const entry = parseEntry(line);
		if (entry) entries.push(entry);
		else damaged.push(index + 1);
	}
	return { entries: inPresentForm(entries).filter(isEntry), damaged };
}

function parseEntry(line: string): host.FileEntry | undefined {
	try {
		const entry = JSON.parse(line);
		return typeof entry === "object" && typeof entry?.type === "string" ? entry : undefined;
	} catch {
		return undefined;
	}
}

function inPresentForm(entries: host.FileEntry[]): readonly host.FileEntry[] {
	// Where the header is lost the host would take the entries for very old ones and give them other ids.
	if (!entries.some(({ type }) => type === "session")) return entries;
	try {
		host.migrateSessionEntries(entries);
	} catch {
		// of a shape that no host has written; what can be shown of it is shown as it is
	}
	return entries;
}

function isEntry(entry: host.FileEntry): entry is host.SessionEntry {
	return entry.type !== "session" && typeof entry.id === "string" && "parentId" in entry;
}

const LINES_NAMED = 5;

function damageText(file: string, damaged: readonly number[], readable: number): string {
	if (damaged.length === 0) return readable === 0 ? `Its transcript ${file} holds no conversation.` : "";
	const [lines, are, them] = damaged.length === 1 ? ["Line", "is", "it"] : ["Lines", "are", "them"];
	const named = damaged.slice(0, LINES_NAMED).join(", ");
	const more = damaged.length > LINES_NAMED ? ` and ${damaged.length - LINES_NAMED} more` : "";
	return `${lines} ${named}${more} of its transcript ${are} damaged; what was in ${them} is missing here: ${file}`;
}
