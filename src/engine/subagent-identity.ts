import type { ThinkingLevel } from "../domain/agent-definition.ts";
import type { Lineage } from "../domain/subagent-record.ts";
import { transcriptPath } from "../host/transcript.ts";
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

export function identityOf(id: string, { spec, context }: RunPlan, now: number): SubagentIdentity {
	const { definition, description, modelId, contextWindow, thinkingLevel, parentSessionId, lineage } = spec;
	return {
		...{
			id,
			type: definition.name,
			description,
			model: modelId,
			contextWindow,
			thinkingLevel,
			parentSessionId,
			lineage,
		},
		transcriptFile: transcriptPath(context.parent, id, now),
	};
}
