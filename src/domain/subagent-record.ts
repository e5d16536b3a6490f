import type { DeliveryRecord } from "./delivery-state.ts";
import type { LimitValues, RunUsage } from "./run-limits.ts";
import type { ResultFacts, RunOutcome, StoppedBy, SubagentStatus } from "./subagent-state.ts";
import type { Waiting } from "./waiting.ts";

/** Tokens counted over a subagent's whole life, resumes and compacted turns included. */
export interface LifetimeUsage {
	readonly input: number;
	readonly output: number;
	readonly cacheWrite: number;
}

/** Where a subagent stands in the tree of those that began in one session. */
export interface Lineage {
	/** The subagent that started it; absent for one that the session itself started. */
	readonly parentId?: string;
	/** The session at the root of the tree. */
	readonly rootSessionId: string;
	/** 0 for one that the session itself started. */
	readonly depth: number;
}

/**
 * What anyone outside may know of a subagent: a frozen, structured-clone-safe snapshot.
 * Times are epoch milliseconds, tokens are counts, cost is USD. `startedAt` equals `queuedAt` until it runs. Times, status,
 * result and limits are those of the last run; figures are of the whole life of the subagent, but for those in `run`.
 */
export interface SubagentRecord extends ResultFacts, Lineage {
	readonly id: string;
	/** Its last run: `<id>.<attempt>`. */
	readonly runId: string;
	/** 1 for the first run, one more for each resume. */
	readonly attempt: number;
	/** The agent definition's own spelling. */
	readonly type: string;
	readonly description: string;
	readonly status: SubagentStatus;
	/** The text of its last reply, and what a workspace added; absent while it runs and when there is none. */
	readonly result?: string;
	/** Why it ended as `error`, `stopped` or `interrupted`. */
	readonly error?: string;
	readonly toolUses: number;
	readonly turns: number;
	/** The same as `limits.turns`. */
	readonly maxTurns?: number;
	/** The limits that are in force for its last run. */
	readonly limits: LimitValues;
	/** The figures of its last run alone. */
	readonly run: RunUsage;
	readonly queuedAt: number;
	readonly startedAt: number;
	readonly completedAt?: number;
	readonly lifetimeUsage: LifetimeUsage;
	readonly cacheRead: number;
	readonly cost: number;
	readonly compactionCount: number;
	readonly isBackground: boolean;
	/** `provider/id`. */
	readonly model: string;
	/** The child's session file in the host's JSONL format, known from the beginning; it is there from the first reply on. */
	readonly transcriptFile?: string;
	readonly parentSessionId: string;
	readonly delivery: DeliveryRecord;
	/** What it waits for; absent for one that does not wait, and for one that has ended. Not stored. */
	readonly waiting?: Waiting;
}

/** The id of one run of a subagent. */
export function runIdOf(id: string, attempt: number): string {
	return `${id}.${attempt}`;
}

/** The contract's total: cache reads are listed apart because they cost next to nothing. */
export function totalTokens(usage: LifetimeUsage): number {
	return usage.input + usage.output + usage.cacheWrite;
}

/** How long its run took, or has taken so far. @param now where it has not ended; left out, that is no time at all */
export function durationMs({ startedAt, completedAt }: Times, now = startedAt): number {
	return (completedAt ?? now) - startedAt;
}

type Times = Pick<SubagentRecord, "startedAt" | "completedAt">;

/** What an outcome leaves in the record. */
export function outcomeFields(outcome: RunOutcome): Pick<SubagentRecord, "result" | "error" | keyof ResultFacts> {
	const result = { ...(outcome.result !== "" && { result: outcome.result }), ...resultFacts(outcome) };
	switch (outcome.status) {
		case "error":
			return { ...result, error: outcome.message };
		case "stopped":
			return { ...result, error: outcome.reason ?? STOPPED[outcome.by] };
		case "interrupted":
			return { ...result, error: INTERRUPTED };
		case "completed":
		case "steered":
		case "aborted":
			return result;
		default:
			return outcome satisfies never;
	}
}

/** Of a record or an outcome, without the rest. */
export function resultFacts({ lastReply, structured, addendumLength }: ResultFacts): ResultFacts {
	return {
		...(lastReply && { lastReply }),
		...(structured && { structured }),
		...(addendumLength && { addendumLength }),
	};
}

const INTERRUPTED = "Interrupted: pi ended while it ran. Resume it to continue.";

const STOPPED: Record<StoppedBy, string> = {
	user: "Stopped by the user.",
	extension: "Stopped by another extension.",
	parent: "Stopped because the turn that asked for it was interrupted.",
	watchdog: "Stopped by the watchdog.",
	shutdown: "Stopped because the session it belonged to ended.",
};

/**
 * The record in a value of unknown origin: the details of a tool's result as a session file has them, which another version, the
 * host (for a call that was interrupted before it began) or a stranger may have written.
 *
 * @returns undefined where anything is missing, or is not of its kind, that drawing a record needs. Older versions have no
 * figures of the last run: those of the whole life are given in their place.
 */
export function recordIn<T extends SubagentRecord>(details: unknown): T | undefined {
	if (typeof details !== "object" || details === null) return undefined;
	const record = details as Readonly<Record<string, unknown>>;
	const usage = (record.lifetimeUsage ?? {}) as Readonly<Record<string, unknown>>;
	const isWhole =
		["id", "type", "description", "status"].every((key) => typeof record[key] === "string") &&
		["toolUses", "turns", "startedAt"].every((key) => Number.isFinite(record[key])) &&
		["input", "output", "cacheWrite"].every((key) => Number.isFinite(usage[key])) &&
		["result", "error", "transcriptFile", "activity"].every((key) =>
			["string", "undefined"].includes(typeof record[key]),
		) &&
		["completedAt", "maxTurns"].every((key) => record[key] === undefined || Number.isFinite(record[key]));
	return isWhole ? withRunFigures(details as T) : undefined;
}

function withRunFigures<T extends SubagentRecord>(record: T): T {
	const run: Readonly<Record<string, unknown>> = { ...record.run };
	const hasRun = ["turns", "toolUses", "tokens", "cost", "durationMs"].every((key) => Number.isFinite(run[key]));
	return hasRun ? record : { ...record, run: wholeLifeAsRun(record) };
}

/** Of a record that says nothing of its last run: what is true of one that has run once. */
function wholeLifeAsRun(record: Omit<SubagentRecord, "run">): RunUsage {
	const { turns, toolUses, lifetimeUsage, cost = 0 } = record;
	return { turns, toolUses, tokens: totalTokens(lifetimeUsage), cost, durationMs: durationMs(record) };
}
