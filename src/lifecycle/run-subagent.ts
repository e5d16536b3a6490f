import { debuglog } from "node:util";
import type { RunOutcome } from "../domain/subagent-state.ts";
import { outsideChildren } from "../session/child-scope.ts";
import { AbortedEarly } from "./abort.ts";
import { createSubagentSession, type SessionFactory } from "./create-subagent-session.ts";
import type { Subagent } from "./subagent.ts";
import type { SubagentSession, TurnsEnd } from "./subagent-session.ts";
import { TurnLimit } from "./turn-limit.ts";

const debug = debuglog("pi-crew");

/** Runs a subagent from its plan to its outcome. Resolves always: what goes wrong is an outcome, not an exception. */
export async function runSubagent(subagent: Subagent, factory: SessionFactory): Promise<RunOutcome> {
	const { plan, id, signal } = subagent;
	let session: SubagentSession;
	try {
		const info = { subagentId: id, agentName: plan.definition.name };
		session = await createSubagentSession(plan, info, factory, signal);
	} catch (error) {
		return signal.aborted ? stopped(subagent, "") : sessionFailed(subagent, error);
	}
	try {
		subagent.sessionCreated(session.transcriptFile);
		const limit = new TurnLimit(plan.limits);
		const end = await session.runTurns({ prompt: plan.prompt, limit, signal }, subagent);
		announceTurnsEnd(subagent, session, factory, end, limit);
		return outcomeOf(subagent, end, limit);
	} finally {
		await session.dispose();
	}
}

function announceTurnsEnd(
	{ plan }: Subagent,
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

function outcomeOf(subagent: Subagent, end: TurnsEnd, limit: TurnLimit): RunOutcome {
	switch (end.kind) {
		case "answered":
			return { status: limit.reached ? "steered" : "completed", result: end.text };
		case "swallowed":
			return { status: "completed", result: "An extension handled the prompt itself; no model was asked." };
		case "cut-off":
			return { status: "aborted", result: end.text, limit: "turns" };
		case "stopped":
			return stopped(subagent, end.text);
		case "failed":
		case "threw":
			return { status: "error", code: "model", message: end.message, result: end.text };
		default:
			return end satisfies never;
	}
}

function stopped(subagent: Subagent, result: string): RunOutcome {
	return { status: "stopped", by: subagent.stoppedBy ?? "parent", result };
}

function sessionFailed(subagent: Subagent, error: unknown): RunOutcome {
	if (error instanceof AbortedEarly) return stopped(subagent, "");
	debug("the session of %s could not be created: %O", subagent.id, error);
	const reason = error instanceof Error ? error.message : String(error);
	return { status: "error", code: "session", message: `Its session could not be created: ${reason}`, result: "" };
}
