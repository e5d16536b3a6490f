import { NOT_FOR_PARENT, PENDING } from "../domain/delivery-state.ts";
import type { SubagentRecord } from "../domain/subagent-record.ts";
import { queue, type SubagentState } from "../domain/subagent-state.ts";
import type { RunPlan } from "../session/run-plan.ts";
import { ResultClaims } from "./result-claims.ts";
import { SessionActivity } from "./session-activity.ts";
import { identityOf, type SubagentIdentity } from "./subagent-identity.ts";
import { UntoldPrompts } from "./untold-prompts.ts";

/** What a run came to that the parent does not know of yet. */
export interface UntoldResult {
	readonly record: SubagentRecord;
	readonly attempt: number;
	readonly toolCallId: string | undefined;
	readonly contextPercent: number | undefined;
	/** The tool call whose result brings it; nobody is notified of it then. */
	readonly carrier?: string | undefined;
}

/** What a subagent is made of, new or from what was stored of it. */
export interface SubagentParts {
	readonly identity: SubagentIdentity;
	readonly state: SubagentState;
	readonly run: RunFacts;
	readonly delivery: ResultClaims;
	readonly prompts: UntoldPrompts;
	readonly activity: SessionActivity;
	/** Results of earlier runs that the parent was not told yet. */
	readonly owed?: readonly UntoldResult[];
	/** The directory of its last run. */
	readonly cwd?: string;
	/** Another process or another session looks after it: here it can be read, and nothing else. */
	readonly isElsewhere?: boolean;
}

/** What of a plan is asked for later; the plan itself, with its parent, is let go. */
export interface RunFacts extends Pick<RunPlan, "limits" | "isBackground" | "report" | "toolCallId" | "cwd"> {
	/** A resume falls back on it when the agent's file is gone. Absent when it ran in a process before this one. */
	readonly definition: RunPlan["definition"] | undefined;
	/** 1 for the first run. */
	readonly attempt: number;
	/** Its result may start the parent's model; what is left of an earlier process only lies there. */
	readonly wakesParent: boolean;
	/** The person does not want to see it any more. */
	readonly isDismissed: boolean;
}

export function runFacts(plan: RunPlan, attempt: number): RunFacts {
	const { definition, limits, isBackground, report, toolCallId, cwd } = plan;
	return { definition, limits, isBackground, report, toolCallId, cwd, attempt, wakesParent: true, isDismissed: false };
}

export function newSubagent(id: string, plan: RunPlan, now: number): SubagentParts {
	const prompts = new UntoldPrompts();
	prompts.ask(plan.prompt);
	return {
		identity: identityOf(id, plan, now),
		state: queue(now),
		run: runFacts(plan, 1),
		delivery: firstDelivery(plan),
		prompts,
		activity: new SessionActivity(),
	};
}

export function firstDelivery({ report }: RunPlan): ResultClaims {
	return new ResultClaims(report === "none" ? NOT_FOR_PARENT : PENDING);
}
