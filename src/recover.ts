import type { AgentMessage } from "@mariozechner/pi-agent-core";
import type { Crew, Recovery } from "./crew.ts";
import type { Diagnostic } from "./domain/diagnostic.ts";
import { reasonOf } from "./domain/reason-of.ts";
import type { StoredResult, StoredSubagent } from "./domain/stored-subagent.ts";
import { isLive } from "./domain/subagent-state.ts";
import { restoredSubagent } from "./lifecycle/restored-subagent.ts";
import { damagedLines, mendEnd } from "./lifecycle/session-file.ts";
import type { Subagent } from "./lifecycle/subagent.ts";
import type { SubagentParts } from "./lifecycle/subagent-parts.ts";
import { leasePath, readTranscript, storedTranscriptPath } from "./lifecycle/transcript.ts";
import { type Replay, replay, type SessionEntryLike } from "./store/replay.ts";

/** The parent's session as it was opened. */
export interface OpenedSession {
	readonly sessionId: string;
	/** Absent when it is not persisted. */
	readonly sessionFile: string | undefined;
	readonly entries: readonly SessionEntryLike[];
}

/**
 * Takes in what the session's file tells of subagents, and tells what an earlier process did not live to tell. What belongs
 * to another session (this one was forked from it) or to another living process is read, and left alone.
 */
export function recover(crew: Crew, session: OpenedSession, now: number): Recovery {
	const { sessionId, sessionFile } = session;
	const replayed = replay(session.entries);
	const diagnostics = sessionFile === undefined ? [] : damageOf(sessionFile, session.entries.length + 1, replayed); // and its header
	crew.custody.open({ id: sessionId, leaseFile: leasePath({ sessionId, sessionFile }) });
	const restored = replayed.stored
		.filter(({ record }) => !crew.manager.find(record.id))
		.flatMap((stored) => restore(stored, replayed, { crew, session, now, diagnostics }));
	const own = restored.filter((subagent) => subagent.standing !== "elsewhere");
	const wasRunning = new Set(
		replayed.stored.filter(({ record }) => record.status === "running").map(({ record }) => record.id),
	);
	// One that an earlier start found, and did not live to tell of, is news as well.
	const isNews = (subagent: Subagent) => wasRunning.has(subagent.id) || subagent.awaitsDelivery;
	const interrupted = own.filter((subagent) => subagent.status === "interrupted" && isNews(subagent));
	crew.delivery.deliverNow();
	return { interrupted, held: own.filter((subagent) => subagent.standing === "held"), diagnostics };
}

function restore(found: StoredSubagent, replayed: Replay, surroundings: Surroundings): Subagent[] {
	const { crew } = surroundings;
	if (!needsNothing(found, replayed)) return [crew.manager.restore(partsOf(found, replayed, surroundings), found)];
	crew.manager.restoreLater(found.record.id, () => partsOf(found, replayed, surroundings));
	return [];
}

interface Surroundings {
	readonly crew: Crew;
	readonly session: OpenedSession;
	readonly now: number;
	readonly diagnostics: Diagnostic[];
}

/** It has settled, whoever is to have its result has it, and its record says so. */
function needsNothing(stored: StoredSubagent, replayed: Replay): boolean {
	const { record, plan, owed = [] } = stored;
	const { state } = record.delivery;
	if (isLive(record.status) || !owed.every(replayed.isOwedTold)) return false;
	return plan.report === "none" || state === "withheld" || (state === "delivered" && replayed.isAcknowledged(stored));
}

function partsOf(
	found: StoredSubagent,
	replayed: Replay,
	{ crew, session, now, diagnostics }: Surroundings,
): SubagentParts {
	const isElsewhere = crew.custody.custodianOf(found) !== "us";
	const transcriptFile = isElsewhere ? found.record.transcriptFile : storedTranscriptPath(session, found.record);
	const stored = { ...found, record: { ...found.record, transcriptFile } };
	const isNeeded = !isElsewhere && (stored.record.status === "running" || stored.resultIsCut === true);
	const conversation = isNeeded ? conversationOf(stored, diagnostics) : [];
	const isAcknowledged = replayed.isAcknowledged(stored);
	const isOwedTold = (owed: StoredResult) => replayed.isOwedTold(owed);
	return restoredSubagent(stored, { isElsewhere, isAcknowledged, isOwedTold, conversation, now });
}

function conversationOf({ record }: StoredSubagent, diagnostics: Diagnostic[]): readonly AgentMessage[] {
	const { transcriptFile: file } = record;
	if (file === undefined) return [];
	const warn = (what: string) =>
		diagnostics.push({ severity: "warning", file, message: `the transcript of ${record.id} ${what}` });
	try {
		const conversation = readTranscript(file);
		if (conversation.length === 0 && record.turns > 0) warn("is gone");
		return conversation;
	} catch (error) {
		warn(`cannot be read: ${reasonOf(error)}`);
		return [];
	}
}

function damageOf(file: string, readable: number, { stored, troubles }: Replay): Diagnostic[] {
	mendEnd(file);
	if (stored.length === 0 && troubles.length === 0) return [];
	const lines = damagedLines(file, readable).map((line) => ({
		line,
		message: "this line is damaged and was left out",
	}));
	const entries = troubles.map((message) => ({ message: `of the subagents' records ${message}` }));
	return [...lines, ...entries].map((trouble) => ({ severity: "warning", file, ...trouble }));
}
