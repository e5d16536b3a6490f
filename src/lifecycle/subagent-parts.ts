import { NOT_FOR_PARENT, PENDING } from "../domain/delivery-state.ts";
import type { StoredPlan } from "../domain/stored-subagent.ts";
import { queue, type SubagentState } from "../domain/subagent-state.ts";
import type { RunPlan } from "../session/run-plan.ts";
import { ResultClaims } from "./result-claims.ts";
import { SessionActivity } from "./session-activity.ts";
import { identityOf, type SubagentIdentity } from "./subagent-identity.ts";
import { UntoldPrompts } from "./untold-prompts.ts";

/** What a subagent is made of, new or from what was stored of it. */
export interface SubagentParts {
	readonly identity: SubagentIdentity;
	readonly state: SubagentState;
	readonly run: RunFacts;
	readonly delivery: ResultClaims;
	readonly prompts: UntoldPrompts;
	readonly activity: SessionActivity;
	/** The directory of its last run. */
	readonly cwd?: string;
	/** Another process or another session looks after it: here it can be read, and nothing else. */
	readonly isElsewhere?: boolean;
}

/** What of a plan is asked for later; the plan itself, with its parent, is let go. */
export interface RunFacts extends Pick<RunPlan, "limits" | "isBackground" | "reportsToParent" | "toolCallId" | "cwd"> {
	/** Absent when it ran in a process before this one. */
	readonly definition: RunPlan["definition"] | undefined;
	/** 1 for the first run. */
	readonly attempt: number;
	/** Its result may start the parent's model; what is left of an earlier process only lies there. */
	readonly wakesParent: boolean;
}

export function runFacts(plan: RunPlan, attempt: number): RunFacts {
	const { definition, limits, isBackground, reportsToParent, toolCallId, cwd } = plan;
	return { definition, limits, isBackground, reportsToParent, toolCallId, cwd, attempt, wakesParent: true };
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

export function firstDelivery({ reportsToParent }: RunPlan): ResultClaims {
	return new ResultClaims(reportsToParent ? PENDING : NOT_FOR_PARENT);
}

/** What of a run is stored so that a later process can go on with it. */
export function storedFacts(
	{ limits, reportsToParent, toolCallId, cwd }: RunFacts,
	{ thinkingLevel, contextWindow }: SubagentIdentity,
	workedIn: string | undefined,
): Omit<StoredPlan, "prompts"> {
	const { graceTurns } = limits;
	const hasWorkspace = workedIn !== undefined && workedIn !== cwd;
	return {
		...{ thinkingLevel, contextWindow, graceTurns, cwd, reportsToParent },
		...(hasWorkspace && { workspace: workedIn }),
		...(toolCallId !== undefined && { toolCallId }),
	};
}
