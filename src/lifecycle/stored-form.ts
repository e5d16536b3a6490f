import {
	type CountedUsage,
	endingOf,
	type ProcessIdentity,
	type StoredPlan,
	type StoredResult,
	type StoredSubagent,
} from "../domain/stored-subagent.ts";
import type { SubagentRecord } from "../domain/subagent-record.ts";
import type { SubagentIdentity } from "./subagent-identity.ts";
import type { RunFacts, SubagentParts, UntoldResult } from "./subagent-parts.ts";

/** All of a subagent that outlives the process. `restoredSubagent` makes it one again. */
export function storedSubagent(
	record: SubagentRecord,
	parts: Omit<SubagentParts, "activity"> & { readonly waiting: readonly string[]; readonly counted: CountedUsage },
	owner: ProcessIdentity,
): StoredSubagent {
	const { run, identity, state, delivery, owed = [], cwd, waiting, counted } = parts;
	const { carrier } = delivery;
	const prompts = parts.prompts.stored();
	return {
		record,
		plan: { ...storedFacts(run, identity, cwd), prompts: { ...prompts, unheard: [...prompts.unheard, ...waiting] } },
		attempt: run.attempt,
		owner,
		counted,
		...(owed.length > 0 && { owed: owed.map(storedResult) }),
		...(state.phase === "settled" && endingOf(state.outcome)),
		...(carrier !== undefined && { carrier }),
		...(run.isDismissed && { isDismissed: true }),
	};
}

function storedFacts(
	{ limits, report, toolCallId, cwd }: RunFacts,
	{ thinkingLevel, contextWindow }: SubagentIdentity,
	workedIn: string | undefined,
): Omit<StoredPlan, "prompts"> {
	const { graceTurns } = limits;
	const hasWorkspace = workedIn !== undefined && workedIn !== cwd;
	return {
		...{ thinkingLevel, contextWindow, graceTurns, cwd, report },
		...(hasWorkspace && { workspace: workedIn }),
		...(toolCallId !== undefined && { toolCallId }),
	};
}

function storedResult({ record, attempt, toolCallId, carrier }: UntoldResult): StoredResult {
	return {
		record,
		attempt,
		...(toolCallId !== undefined && { toolCallId }),
		...(carrier !== undefined && { carrier }),
	};
}
