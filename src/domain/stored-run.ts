import type { KnownSpec } from "./run-spec.ts";
import type { LifetimeUsage, SubagentRecord } from "./subagent-record.ts";
import type { RunOutcome, StoppedBy } from "./subagent-state.ts";

/** A process on some machine. */
export interface ProcessIdentity {
	readonly pid: number;
	readonly hostname: string;
	/** When it began, as the system reports it: tells two processes of the same number apart. Absent where unknown. */
	readonly born?: string;
	/** Tells machines of the same name apart; absent where unknown. */
	readonly machine?: string;
	/** Tells boots and containers of a machine apart; absent where unknown. */
	readonly pidSpace?: string;
}

/** What a run waits for ends with its process. */
export type StoredRecord = Omit<SubagentRecord, "waiting">;

/** Everything of one run of a subagent that outlives the process. */
export interface StoredRun {
	/** The subagent as this run left it, or as it was at that moment while the run lasted. */
	readonly record: StoredRecord;
	readonly spec: KnownSpec;
	readonly prompts: StoredPrompts;
	/** The directory that was prepared for this run alone. */
	readonly workspace?: string;
	/** 1 for the first run, one more for each resume. */
	readonly attempt: number;
	/** The process whose run it is. */
	readonly owner: ProcessIdentity;
	/** Why it was stopped or failed, where it was. */
	readonly ending?: StoredEnding;
	/** The tool call whose result brings this one to the parent, where a tool does. */
	readonly carrier?: string;
	/** The tokens and compactions of this run alone. */
	readonly used: RunTokens;
	/** What of its figures is in the costs of the parent's session. Absent in records of a version that counted none. */
	readonly counted?: CountedUsage;
	/** The person has taken it from the list of those that ran lately. */
	readonly isDismissed?: boolean;
	/** The result was too large to be stored whole: the rest of it is in the transcript. */
	readonly resultIsCut?: boolean;
}

/** What a run used and its record does not list. */
export interface RunTokens extends LifetimeUsage {
	readonly compactionCount: number;
}

/** Tokens, and USD. */
export interface CountedUsage {
	readonly input: number;
	readonly output: number;
	readonly cacheRead: number;
	readonly cacheWrite: number;
	readonly cost: number;
}

/** Messages that its transcript may not hold, and messages it has not received yet. */
export interface StoredPrompts {
	readonly unwritten: readonly string[];
	readonly unheard: readonly string[];
}

export type StoredEnding = { readonly by: StoppedBy } | { readonly code: (RunOutcome & { status: "error" })["code"] };

export function endingOf(outcome: RunOutcome): { readonly ending?: StoredEnding } {
	if (outcome.status === "stopped") return { ending: { by: outcome.by } };
	return outcome.status === "error" ? { ending: { code: outcome.code } } : {};
}
