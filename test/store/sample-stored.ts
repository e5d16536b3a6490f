import type { StoredRun } from "../../src/domain/stored-run.ts";
import type { SubagentRecord } from "../../src/domain/subagent-record.ts";
import { encodeRecord, RECORD_ENTRY } from "../../src/store/journal.ts";
import type { SessionEntryLike } from "../../src/store/replay.ts";
import { sampleRecord } from "../domain/sample-record.ts";

/** A process that never was: its number is beyond those that systems give. */
export const DEAD = { pid: 2 ** 30, hostname: "elsewhere" };

/** A stored background subagent that has ended and was not told yet; a test says what it wants different. */
export function sampleStored(
	changes: Partial<Omit<StoredRun, "record" | "plan">> & {
		record?: Partial<SubagentRecord>;
		plan?: Partial<StoredRun["plan"]>;
	} = {},
): StoredRun {
	const { record, plan, ...rest } = changes;
	const attempt = rest.attempt ?? 1;
	const made = sampleRecord({
		isBackground: true,
		transcriptFile: "/sessions/parent/tasks/a.jsonl",
		attempt,
		...record,
	});
	return {
		attempt,
		owner: DEAD,
		...rest,
		plan: {
			thinkingLevel: "off",
			contextWindow: 100_000,
			graceTurns: 5,
			cwd: "/project",
			report: "notification",
			toolCallId: "call-1",
			prompts: { unheard: [], unwritten: [] },
			...plan,
		},
		record: made,
		used: { ...made.lifetimeUsage, compactionCount: made.compactionCount, ...rest.used },
	};
}

let entries = 0;

/** As the host hands out what was appended, after a way over the disk. */
export function recordEntry(stored: StoredRun): SessionEntryLike {
	const data = JSON.parse(JSON.stringify(encodeRecord(stored)));
	return { id: `entry-${++entries}`, type: "custom", customType: RECORD_ENTRY, data };
}
