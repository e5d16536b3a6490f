import type { RunRequest } from "../domain/run-request.ts";
import { resumeRefusal, resumeRequest } from "../lifecycle/resume-request.ts";
import type { Subagent } from "../lifecycle/subagent.ts";
import type { SubagentManager } from "../lifecycle/subagent-manager.ts";
import { findSubagent } from "./find-subagent.ts";
import type { SubagentCall } from "./subagent-params.ts";

/** With the id the host gave it. */
export type OrderedCall = SubagentCall & { readonly toolCallId?: string };

export interface PlannedResume {
	readonly subagent: Subagent;
	readonly request: RunRequest;
	readonly remarks: readonly string[];
}

/**
 * A resume goes on as what the subagent is: same type, model and thinking level, the same turn limit unless the call gives
 * another one. What of the call does not fit that is named.
 *
 * @throws Error when there is no such subagent or it has not ended
 */
export function planResume(call: OrderedCall, id: string, manager: SubagentManager): PlannedResume {
	const subagent = findSubagent(id, manager);
	const { identity, status } = subagent;
	const refused = resumeRefusal(subagent);
	if (refused) throw new Error(refused.message);
	const request = resumeRequest(subagent, {
		door: "tool",
		prompt: call.prompt,
		model: call.model,
		thinking: call.thinking,
		maxTurns: call.max_turns,
		background: call.run_in_background,
		toolCallId: call.toolCallId,
	});
	const ignored = [
		call.subagent_type.trim().toLowerCase() !== identity.type.toLowerCase() && `it is of type ${identity.type}`,
		call.model !== undefined && `it goes on with its model ${identity.model}`,
		call.thinking !== undefined && `it goes on thinking at level ${identity.thinkingLevel}`,
		(call.inherit_context === true || call.context_turns !== undefined) &&
			"it has a conversation of its own and inherits none",
	].filter((reason) => reason !== false);
	// Its last result would never be notified any more, for the next one takes its place.
	const undelivered = subagent.awaitsDelivery
		? [`its last run ended as ${status} and had not been told yet: ${subagent.record().result ?? "(no text)"}`]
		: [];
	const remarks = [...ignored.map((reason) => `resumed as it was: ${reason}`), ...undelivered];
	return { subagent, request, remarks };
}
