import type { SubagentRecord } from "../../src/domain/subagent-record.ts";
import type { SubagentSnapshot } from "../../src/ui/subagent-commands.ts";
import { conditionHere } from "../domain/sample-condition.ts";
import { sampleRecord } from "../domain/sample-record.ts";

/** One that has been running for 41 seconds, seen at 43 000. */
export function atWork(
	record: Partial<SubagentRecord> = {},
	rest: Partial<Omit<SubagentSnapshot, "record">> = {},
): SubagentSnapshot {
	const live = { status: "running", result: undefined, completedAt: undefined, isBackground: true } as const;
	const made = sampleRecord({ ...live, maxTurns: 20, ...record });
	return {
		record: made,
		activity: "bash npm test",
		contextPercent: 34,
		condition: conditionHere(made.status),
		queuePosition: 0,
		isAwaited: false,
		...rest,
	};
}

export const SEEN_AT = 43_000;

export function ended(record: Partial<SubagentRecord> = {}): SubagentSnapshot {
	const made = sampleRecord({ isBackground: true, ...record });
	return {
		record: made,
		activity: "",
		contextPercent: undefined,
		condition: conditionHere(made.status),
		queuePosition: 0,
		isAwaited: false,
	};
}
