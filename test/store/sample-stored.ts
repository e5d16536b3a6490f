import type { KnownSpec } from "../../src/domain/run-spec.ts";
import type { StoredRun } from "../../src/domain/stored-run.ts";
import type { SubagentRecord } from "../../src/domain/subagent-record.ts";
import { encodeRecord, RECORD_ENTRY } from "../../src/store/journal.ts";
import type { SessionEntryLike } from "../../src/store/replay.ts";
import { sampleRecord } from "../domain/sample-record.ts";

/** A process that never was: its number is beyond those that systems give. */
export const DEAD = { pid: 2 ** 30, hostname: "elsewhere" };

/** What a test says of the run: of its spec, and of what is stored with it. */
export type RunChanges = Partial<KnownSpec & Pick<StoredRun, "prompts" | "workspace">>;

/** A stored background subagent that has ended and was not told yet; a test says what it wants different. */
export function sampleStored(
	changes: Partial<Omit<StoredRun, "record" | "spec" | "prompts" | "workspace">> & {
		record?: Partial<SubagentRecord>;
		plan?: RunChanges;
	} = {},
): StoredRun {
	const { record, plan = {}, ...rest } = changes;
	const { prompts = { unheard: [], unwritten: [] }, workspace, ...spec } = plan;
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
		spec: {
			thinkingLevel: "off",
			contextWindow: 100_000,
			limits: made.limits,
			graceTurns: 5,
			cwd: "/project",
			isBackground: made.isBackground,
			report: "notification",
			toolCallId: "call-1",
			...spec,
		},
		prompts,
		...(workspace !== undefined && { workspace }),
		record: made,
		used: { ...made.lifetimeUsage, compactionCount: made.compactionCount, ...rest.used },
	};
}

/** The entry that a version of pi-crew before this one would have written. */
export function oldEntry(version: 1 | 2, stored: StoredRun): object {
	const { spec, prompts, workspace, used: _, ...rest } = stored;
	const { thinkingLevel, contextWindow, graceTurns, cwd, report, toolCallId } = spec;
	const { runId, attempt, parentId, rootSessionId, depth, limits, run, ...record } = stored.record;
	const plan = {
		...{ thinkingLevel, contextWindow, graceTurns, cwd, report, prompts },
		...(toolCallId !== undefined && { toolCallId }),
		...(workspace !== undefined && { workspace }),
	};
	return { v: version, ...rest, plan, record };
}

let entries = 0;

/** As the host hands out what was appended, after a way over the disk. */
export function recordEntry(stored: StoredRun): SessionEntryLike {
	const data = JSON.parse(JSON.stringify(encodeRecord(stored)));
	return { id: `entry-${++entries}`, type: "custom", customType: RECORD_ENTRY, data };
}
