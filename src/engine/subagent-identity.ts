import type { ThinkingLevel } from "../domain/agent-definition.ts";
import type { Lineage } from "../domain/subagent-record.ts";
import { transcriptPath } from "../host/transcript.ts";
import { modelKey } from "../planning/model-match.ts";
import type { RunPlan } from "../planning/run-plan.ts";

/** What stays the same over all runs of a subagent. Small on purpose: it outlives the plan by far. */
export interface SubagentIdentity {
	readonly id: string;
	readonly type: string;
	readonly description: string;
	readonly model: string;
	readonly contextWindow: number;
	readonly thinkingLevel: ThinkingLevel;
	readonly parentSessionId: string;
	readonly lineage: Lineage;
	/** Where its conversation is written, from its first reply on. */
	readonly transcriptFile: string;
}

export function identityOf(id: string, plan: RunPlan, now: number): SubagentIdentity {
	return {
		id,
		type: plan.definition.name,
		description: plan.description,
		model: modelKey(plan.model),
		contextWindow: plan.model.contextWindow,
		thinkingLevel: plan.thinkingLevel,
		parentSessionId: plan.parent.sessionId,
		lineage: plan.parent.childLineage,
		transcriptFile: transcriptPath(plan.parent, id, now),
	};
}
