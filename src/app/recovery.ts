import type { AgentMessage } from "@mariozechner/pi-agent-core";
import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import type { Diagnostic } from "../domain/diagnostic.ts";
import { PERSON_POLICY } from "../domain/run-request.ts";
import type { StoredRun } from "../domain/stored-run.ts";
import { isLive } from "../domain/subagent-state.ts";
import { defaultResumePrompt, type Launcher } from "../engine/launcher.ts";
import { restoreSubagent } from "../engine/restore-subagent.ts";
import type { Subagent, SubagentParts } from "../engine/subagent.ts";
import { damagedLines, mendEnd } from "../host/session-file.ts";
import { othersTranscriptPath, readTranscript, sessionLockPath, storedTranscriptPath } from "../host/transcript.ts";
import { projectOf } from "../planning/parent-snapshot.ts";
import type { PlanningParts } from "../planning/run-plan.ts";
import { plainLabel } from "../platform/plain-text.ts";
import { reasonOf } from "../platform/reason-of.ts";
import { type Replay, replay, type SessionEntryLike, type StoredRuns } from "../store/replay.ts";
import type { Recovery, SessionRuntime } from "./session-runtime.ts";

/** The parent's session as it was opened. */
export interface OpenedSession {
	readonly sessionId: string;
	/** Absent when it is not persisted. */
	readonly sessionFile: string | undefined;
	readonly entries: readonly SessionEntryLike[];
}

/**
 * Restores subagents from the session's file, and delivers what an earlier process could not. What belongs
 * to another session (this one was forked from it) or to another running process is only read.
 */
export function recover(runtime: SessionRuntime, session: OpenedSession, now: number): Recovery {
	const { sessionId, sessionFile } = session;
	const replayed = replay(session.entries);
	const diagnostics = sessionFile === undefined ? [] : damageOf(sessionFile, session.entries.length + 1, replayed); // and its header
	runtime.ownership.open({ id: sessionId, leaseFile: sessionLockPath({ sessionId, sessionFile }) });
	const restored = replayed.stored
		.filter(({ latest }) => !runtime.manager.find(latest.record.id))
		.flatMap((runs) => restore(runs, replayed, { runtime, session, now, diagnostics }));
	const own = restored.filter((subagent) => !subagent.isElsewhere);
	const wasRunning = new Set(
		replayed.stored.flatMap(({ latest: { record } }) => (record.status === "running" ? [record.id] : [])),
	);
	// One that an earlier start found but did not report is news as well.
	const isNews = (subagent: Subagent) => wasRunning.has(subagent.id) || subagent.awaitsDelivery;
	const interrupted = own.filter((subagent) => subagent.status === "interrupted" && isNews(subagent));
	diagnostics.push(...denialOf(runtime));
	runtime.mailbox.deliverNow();
	return { interrupted, suspended: own.filter(({ condition }) => condition.kind === "suspended"), diagnostics };
}

function restore(found: StoredRuns, replayed: Replay, surroundings: Surroundings): Subagent[] {
	const { runtime } = surroundings;
	const { latest, earlier } = found;
	if (![latest, ...earlier].every((run) => needsNothing(run, replayed)))
		return [runtime.manager.restore(partsOf(found, replayed, surroundings), latest)];
	runtime.manager.restoreLater(latest.record.id, () => partsOf(found, replayed, surroundings));
	return [];
}

interface Surroundings {
	readonly runtime: SessionRuntime;
	readonly session: OpenedSession;
	readonly now: number;
	readonly diagnostics: Diagnostic[];
}

/** It has settled, its result is delivered where it should be, and its record says so. */
function needsNothing(stored: StoredRun, replayed: Replay): boolean {
	const { record, spec } = stored;
	const { state } = record.delivery;
	if (isLive(record.status)) return false;
	return spec.report === "none" || state === "withheld" || (state === "delivered" && replayed.isAcknowledged(stored));
}

function partsOf(
	{ latest: found, earlier }: StoredRuns,
	replayed: Replay,
	{ runtime, session, now, diagnostics }: Surroundings,
): SubagentParts {
	const owner = runtime.ownership.ownerOf(found);
	const isElsewhere = owner !== "us";
	const transcriptFile =
		owner === "another-session"
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
	return restoreSubagent({ latest: stored, earlier }, { isElsewhere, isAcknowledged, conversation, now });
}

function conversationOf({ record }: StoredRun, diagnostics: Diagnostic[]): readonly AgentMessage[] {
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

function denialOf({ ownership }: SessionRuntime): Diagnostic[] {
	const { denial } = ownership;
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

interface RecoveredSession {
	readonly runtime: SessionRuntime;
	readonly launcher: Launcher;
	readonly planning: PlanningParts;
}

/** Reports once to the person what was interrupted, and resumes it where the settings or the person say so. Never rejects. */
export async function offerResume(session: RecoveredSession, ctx: ExtensionContext): Promise<void> {
	const { runtime } = session;
	const mode = session.planning.settings(projectOf(ctx)).resumeInterrupted;
	const { interrupted = [], suspended = [] } = runtime.atStart.recovery ?? {};
	if (runtime.atStart.isRecoveryTold || interrupted.length + suspended.length === 0) return;
	runtime.atStart.isRecoveryTold = true;
	runtime.link.warn(recoveryText(interrupted, suspended));
	if (interrupted.length === 0 || !ctx.hasUI || mode === "never") return;
	try {
		if (mode === "ask" && !(await ctx.ui.confirm("Resume interrupted subagents?", linesOf(interrupted)))) return;
		for (const subagent of interrupted) resume(subagent, session, ctx);
	} catch (error) {
		runtime.link.warn(`Interrupted subagents were not resumed: ${reasonOf(error)}`);
	}
}

function resume(subagent: Subagent, { runtime, launcher }: RecoveredSession, ctx: ExtensionContext): void {
	if (subagent.status !== "interrupted") return; // it was resumed in another way while the person was asked
	const request = { policy: PERSON_POLICY, prompt: defaultResumePrompt(subagent) };
	const resumed = launcher.resume(subagent.id, request, ctx);
	if (resumed.kind === "refused") runtime.link.warn(`Subagent ${subagent.id} was not resumed: ${resumed.reason}`);
}

function recoveryText(interrupted: readonly Subagent[], suspended: readonly Subagent[]): string {
	const parts: string[] = [];
	if (interrupted.length > 0)
		parts.push(`Interrupted when pi ended; resume one to continue it:\n${linesOf(interrupted)}`);
	if (suspended.length > 0) parts.push(`Suspended since pi ended; resume one to start it:\n${linesOf(suspended)}`);
	return parts.join("\n");
}

function linesOf(subagents: readonly Subagent[]): string {
	return subagents.map(({ id, identity }) => plainLabel(`${id} ${identity.type} "${identity.description}"`)).join("\n");
}
