import { existsSync } from "node:fs";
import { debuglog } from "node:util";
import type { RunOutcome, StoppedBy } from "../domain/subagent-state.ts";
import { outsideChildren } from "../session/child-scope.ts";
import type { RunPlan } from "../session/run-plan.ts";
import { createSubagentSession, type SessionFactory } from "./create-subagent-session.ts";
import type { HeldSessions } from "./held-sessions.ts";
import type { Subagent } from "./subagent.ts";
import type { SubagentSession, TurnsEnd } from "./subagent-session.ts";
import { TurnLimit } from "./turn-limit.ts";

const debug = debuglog("pi-crew");

/** One execution of a subagent: what it is to do and what ends it early. */
export interface Run {
	readonly subagent: Subagent;
	readonly plan: RunPlan;
	/** Fires when the run is to end; `stoppedBy` then says why. */
	readonly signal: AbortSignal;
	readonly stoppedBy: () => StoppedBy;
}

/**
 * Runs a subagent from its plan to its outcome. Resolves always: what goes wrong is an outcome, not an exception. When it
 * resolves the child's session is held for a resume, or disposed.
 */
export async function runSubagent(run: Run, factory: SessionFactory, held: HeldSessions): Promise<RunOutcome> {
	const { subagent, signal } = run;
	let session: SubagentSession;
	let memory: "blank" | "remembers" = "remembers";
	try {
		const kept = held.take(subagent.id);
		if (!kept) memory = memoryOf(subagent);
		session = kept ?? (await openSession(run, factory));
	} catch (error) {
		return signal.aborted ? stopped(run, "") : sessionFailed(subagent, error);
	}
	subagent.attach(session);
	const limit = new TurnLimit(run.plan.limits);
	const takeHeldMessages = () => subagent.takeHeldMessages();
	const prompt = subagent.hear(run.plan.prompt, memory);
	const end = await session.runTurns({ prompt, takeHeldMessages, limit, signal }, subagent);
	announceTurnsEnd(run.plan, session, factory, end, limit);
	if (session.isReusable && end.kind !== "threw") held.keep(subagent.id, session);
	else await session.dispose();
	return outcomeOf(run, end, limit);
}

/** @throws when a conversation there was is gone: going on without it would be another run under the same name */
function memoryOf({ hasReplied, identity }: Subagent): "blank" | "remembers" {
	if (existsSync(identity.transcriptFile)) return "remembers";
	if (hasReplied) throw new Error(`its transcript ${identity.transcriptFile} is gone`);
	return "blank";
}

function openSession({ subagent, plan, signal }: Run, factory: SessionFactory): Promise<SubagentSession> {
	const info = { subagentId: subagent.id, agentName: plan.definition.name };
	return createSubagentSession({ plan, info, transcript: subagent.identity.transcriptFile, signal }, factory);
}

function announceTurnsEnd(
	plan: RunPlan,
	session: SubagentSession,
	{ hooks }: SessionFactory,
	end: TurnsEnd,
	limit: TurnLimit,
): void {
	if (end.kind === "threw") return;
	const aborted = end.kind === "cut-off" || end.kind === "stopped";
	outsideChildren(() =>
		hooks.completed({
			sessionId: session.sessionId,
			sessionDir: session.sessionDir,
			agentName: plan.definition.name,
			aborted,
			steered: limit.reached && !aborted,
		}),
	);
}

function outcomeOf(run: Run, end: TurnsEnd, limit: TurnLimit): RunOutcome {
	switch (end.kind) {
		case "answered":
			return { status: limit.reached ? "steered" : "completed", result: end.text };
		case "swallowed":
			return { status: "completed", result: "An extension handled the prompt itself; no model was asked." };
		case "cut-off":
			return { status: "aborted", result: end.text, limit: "turns" };
		case "stopped":
			return stopped(run, end.text);
		case "failed":
		case "threw":
			return { status: "error", code: "model", message: end.message, result: end.text };
		default:
			return end satisfies never;
	}
}

function stopped(run: Run, result: string): RunOutcome {
	return { status: "stopped", by: run.stoppedBy(), result };
}

function sessionFailed(subagent: Subagent, error: unknown): RunOutcome {
	debug("the session of %s could not be created: %O", subagent.id, error);
	const reason = error instanceof Error ? error.message : String(error);
	return { status: "error", code: "session", message: `Its session could not be created: ${reason}`, result: "" };
}
