import type { LimitName } from "./run-limits.ts";
import type { StructuredOutcome } from "./structured-result.ts";

/**
 * Who ended a run before it was done. `parent`: the parent's turn was interrupted; `extension`: one that uses the service;
 * `shutdown`: its session ended; `watchdog`: it repeated itself, or was silent for too long.
 */
export type StoppedBy = "user" | "parent" | "extension" | "shutdown" | "watchdog";

/**
 * How a run ended. One that answered carries the text of its last reply (`""` when that had none), any other one the last
 * text the subagent wrote.
 *
 * - `completed`: it answered.
 * - `steered`: it reached its turn limit, was asked to wrap up, and answered within the grace turns.
 * - `aborted`: it exceeded the grace turns and was cut off.
 * - `stopped`: ended by a person, the parent, another extension or shutdown.
 * - `error`: the workspace, the session or the model failed, and `message` is theirs; or a run that was asked for data submitted
 *   no valid value (`invalid-result`).
 * - `interrupted`: the process died while it ran; found out when the parent's session is opened again.
 */
export type RunOutcome = (
	| { status: "completed" | "steered" | "interrupted"; result: string }
	| { status: "aborted"; result: string; limit: "turns" }
	| { status: "stopped"; result: string; by: StoppedBy /** Why, where `by` does not say it all. */; reason?: string }
	| { status: "error"; result: string; code: "workspace" | "session" | "model" | "invalid-result"; message: string }
) &
	ResultFacts;

/** How a run ends that was stopped by one of its limits. @param result the last text the subagent wrote */
export function outcomeOfLimit(limit: LimitName, result: string): RunOutcome {
	switch (limit) {
		case "turns":
			return { status: "aborted", result, limit };
		default:
			return limit satisfies never;
	}
}

/** What is known about a result besides its text. */
export interface ResultFacts {
	/** How the model's last reply ended; absent where it never replied, and in records of older versions. */
	readonly lastReply?: LastReplyEnd;
	/** The value that a run was asked for; absent where it was asked for text. */
	readonly structured?: StructuredOutcome;
	/** So many UTF-16 units at the end of the result were added by the workspace provider; absent for none. */
	readonly addendumLength?: number;
}

/** How the last reply of a run ended, and what is missing where it brought no text. */
export interface LastReplyEnd {
	/** The host's stop reason; `length` means that the model's output limit cut the reply. */
	readonly finishReason: string;
	/** What the last reply of a run that was answered held instead of text. Such a run has no result: an earlier remark is no answer. */
	readonly heldOnly?: "thinking" | "tool calls" | "thinking and tool calls" | "nothing";
	/** The beginning of the last text before such a reply. */
	readonly earlierText?: string;
}

export type SubagentState =
	| { phase: "queued"; queuedAt: number }
	/** It waited in the queue of a process that died. It stays queued, and starts when somebody says so. */
	| { phase: "suspended"; queuedAt: number }
	| { phase: "running"; queuedAt: number; startedAt: number }
	| { phase: "settled"; queuedAt: number; startedAt: number; settledAt: number; outcome: RunOutcome };

/** The words of the contract for a subagent's present condition: its phase until it settles, its outcome afterwards. */
export type SubagentStatus = "queued" | "running" | RunOutcome["status"];

/** Every status. The type checks that none is missing and none too many. */
export const SUBAGENT_STATUSES = Object.keys({
	queued: true,
	running: true,
	completed: true,
	steered: true,
	aborted: true,
	stopped: true,
	error: true,
	interrupted: true,
} satisfies Record<SubagentStatus, true>) as readonly SubagentStatus[];

/** A new subagent, or a settled one that is resumed, begins here. */
export function queue(now: number): SubagentState {
	return { phase: "queued", queuedAt: now };
}

export function start(state: SubagentState, now: number): SubagentState {
	if (state.phase !== "queued") return state; // a run stopped in the queue must not come alive
	return { phase: "running", queuedAt: state.queuedAt, startedAt: now };
}

export function settle(state: SubagentState, outcome: RunOutcome, now: number): SubagentState {
	if (state.phase === "settled") return state; // first outcome wins: a late failure must not undo a stop
	const startedAt = state.phase === "running" ? state.startedAt : state.queuedAt;
	const settledAt = Math.max(now, startedAt); // clocks are set back
	return { phase: "settled", queuedAt: state.queuedAt, startedAt, settledAt, outcome };
}

export function statusOf(state: SubagentState): SubagentStatus {
	if (state.phase === "settled") return state.outcome.status;
	return state.phase === "suspended" ? "queued" : state.phase;
}

/** A foreground run that ends this way is a tool error for the parent; `aborted` and `steered` still bring an answer. */
export function isFailure(status: SubagentStatus): boolean {
	switch (status) {
		case "error":
		case "stopped":
		case "interrupted":
			return true;
		case "completed":
		case "steered":
		case "aborted":
		case "queued":
		case "running":
			return false;
		default:
			return status satisfies never;
	}
}

export function isLive(status: SubagentStatus): boolean {
	return status === "queued" || status === "running";
}
