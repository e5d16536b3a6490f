import type { ThinkingLevel } from "../domain/agent-definition.ts";
import { queue } from "../domain/subagent-state.ts";
import { transcriptPath } from "../host/transcript.ts";
import { modelKey } from "../planning/model-match.ts";
import type { RunPlan } from "../planning/run-plan.ts";
import { UntoldPrompts } from "./message-queue.ts";
import { newRun, type RunParts } from "./run.ts";
import { SessionActivity } from "./usage-tracker.ts";

/** What a subagent is made of, whether new or restored. */
export interface SubagentParts {
	readonly identity: SubagentIdentity;
	/** Its present or last run. */
	readonly run: RunParts;
	/** Earlier runs whose results the parent does not have yet, oldest first. */
	readonly undelivered?: readonly RunParts[];
	readonly prompts: UntoldPrompts;
	readonly activity: SessionActivity;
	/** The directory of its last run. */
	readonly cwd?: string;
	/** The person does not want to see it any more. */
	readonly isDismissed?: boolean;
	/** Another process or another session owns it: here it can only be read. */
	readonly isElsewhere?: boolean;
}

export function newSubagent(id: string, plan: RunPlan, now: number): SubagentParts {
	const prompts = new UntoldPrompts();
	prompts.ask(plan.prompt);
	return {
		identity: identityOf(id, plan, now),
		run: newRun(plan, 1, queue(now)),
		prompts,
		activity: new SessionActivity(),
	};
}

/** What stays the same over all runs of a subagent. Small on purpose: it outlives the plan by far. */
export interface SubagentIdentity {
	readonly id: string;
	readonly type: string;
	readonly description: string;
	readonly model: string;
	readonly contextWindow: number;
	readonly thinkingLevel: ThinkingLevel;
	readonly parentSessionId: string;
	/** Where its conversation is written, from its first reply on. */
	readonly transcriptFile: string;
}

function identityOf(id: string, plan: RunPlan, now: number): SubagentIdentity {
	return {
		id,
		type: plan.definition.name,
		description: plan.description,
		model: modelKey(plan.model),
		contextWindow: plan.model.contextWindow,
		thinkingLevel: plan.thinkingLevel,
		parentSessionId: plan.parent.sessionId,
		transcriptFile: transcriptPath(plan.parent, id, now),
	};
}
