import type { AgentMessage } from "@mariozechner/pi-agent-core";
import type { Crew, Recovery } from "./crew.ts";
import type { Diagnostic } from "./domain/diagnostic.ts";
import { reasonOf } from "./domain/reason-of.ts";
import type { StoredSubagent } from "./domain/stored-subagent.ts";
import { isLive } from "./domain/subagent-state.ts";
import { restoredSubagent } from "./lifecycle/restored-subagent.ts";
import { damagedLines, mendEnd } from "./lifecycle/session-file.ts";
import type { Subagent } from "./lifecycle/subagent.ts";
import type { SubagentParts } from "./lifecycle/subagent-parts.ts";
import { leasePath, othersTranscriptPath, readTranscript, storedTranscriptPath } from "./lifecycle/transcript.ts";
import { type Replay, replay, type SessionEntryLike, type StoredRuns } from "./store/replay.ts";

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
		.filter(({ latest }) => !crew.manager.find(latest.record.id))
		.flatMap((runs) => restore(runs, replayed, { crew, session, now, diagnostics }));
	const own = restored.filter((subagent) => !subagent.isElsewhere);
	const wasRunning = new Set(
		replayed.stored.flatMap(({ latest: { record } }) => (record.status === "running" ? [record.id] : [])),
	);
	// One that an earlier start found, and did not live to tell of, is news as well.
	const isNews = (subagent: Subagent) => wasRunning.has(subagent.id) || subagent.awaitsDelivery;
	const interrupted = own.filter((subagent) => subagent.status === "interrupted" && isNews(subagent));
	diagnostics.push(...denialOf(crew));
	crew.delivery.deliverNow();
	return { interrupted, suspended: own.filter(({ condition }) => condition.kind === "suspended"), diagnostics };
}

function restore(found: StoredRuns, replayed: Replay, surroundings: Surroundings): Subagent[] {
	const { crew } = surroundings;
	const { latest, earlier } = found;
	if (![latest, ...earlier].every((run) => needsNothing(run, replayed)))
		return [crew.manager.restore(partsOf(found, replayed, surroundings), latest)];
	crew.manager.restoreLater(latest.record.id, () => partsOf(found, replayed, surroundings));
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
	const { record, plan } = stored;
	const { state } = record.delivery;
	if (isLive(record.status)) return false;
	return plan.report === "none" || state === "withheld" || (state === "delivered" && replayed.isAcknowledged(stored));
}

function partsOf(
	{ latest: found, earlier }: StoredRuns,
	replayed: Replay,
	{ crew, session, now, diagnostics }: Surroundings,
): SubagentParts {
	const custodian = crew.custody.custodianOf(found);
	const isElsewhere = custodian !== "us";
	const transcriptFile =
		custodian === "another-session"
			? othersTranscriptPath(session, found.record)
			: storedTranscriptPath(session, found.record);
	if (found.record.transcriptFile !== undefined && transcriptFile === undefined) {
		const message = `the transcript of ${found.record.id} is said to be ${found.record.transcriptFile}, outside its session's folder; it is not read`;
		diagnostics.push({ severity: "warning", file: session.sessionFile ?? "", message });
	}
	const stored = { ...found, record: { ...found.record, transcriptFile } };
	const isNeeded = !isElsewhere && (stored.record.status === "running" || stored.resultIsCut === true);
	const conversation = isNeeded ? conversationOf(stored, diagnostics) : [];
	const { isAcknowledged } = replayed;
	return restoredSubagent({ latest: stored, earlier }, { isElsewhere, isAcknowledged, conversation, now });
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

function denialOf({ custody }: Crew): Diagnostic[] {
	const { denial } = custody;
	if (!denial) return [];
	const { file, holder } = denial;
	const message = `another pi (${holder}) has this session's subagents; here they can only be read. If it has ended, delete this file and open the session again`;
	return [{ severity: "warning", file, message }];
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
