import type { DeliveryRecord } from "../domain/delivery-state.ts";
import { outcomeFields, type SubagentRecord } from "../domain/subagent-record.ts";
import { type SubagentState, statusOf } from "../domain/subagent-state.ts";
import type { ActivityFigures } from "./session-activity.ts";
import type { SubagentIdentity } from "./subagent-identity.ts";
import type { RunFacts } from "./subagent-parts.ts";

export interface RecordParts {
	readonly identity: SubagentIdentity;
	readonly state: SubagentState;
	readonly run: RunFacts;
	readonly figures: ActivityFigures;
	readonly delivery: DeliveryRecord;
}

/** What anyone outside may know of a subagent, at this moment. */
export function subagentRecord({ identity, state, run, figures, delivery }: RecordParts): SubagentRecord {
	const { id, type, description, model, transcriptFile, parentSessionId } = identity;
	return Object.freeze({
		id,
		type,
		description,
		status: statusOf(state),
		...(state.phase === "settled" && { ...outcomeFields(state.outcome), completedAt: state.settledAt }),
		...figures,
		...(run.limits.turns !== undefined && { maxTurns: run.limits.turns }),
		queuedAt: state.queuedAt,
		startedAt: "startedAt" in state ? state.startedAt : state.queuedAt,
		isBackground: run.isBackground,
		model,
		transcriptFile,
		parentSessionId,
		delivery,
	});
}
