import type { SubagentRecord } from "../../src/domain/subagent-record.ts";
import { oldEntry, sampleStored } from "../store/sample-stored.ts";
import { type CraftedLine, SESSION_ID } from "./lasting-session.ts";

/** What the record says of one that ran when pi died. */
export const RAN = { status: "running", result: undefined, completedAt: undefined, turns: 0, toolUses: 0 } as const;

/** The entry that a dead pi wrote of a background subagent that had ended. */
export function craftRecord(
	description: string,
	record: Partial<SubagentRecord> = {},
	changes: Omit<NonNullable<Parameters<typeof sampleStored>[0]>, "record"> = {},
): Exclude<CraftedLine, string> {
	const stored = sampleStored({
		...changes,
		plan: { cwd: "/", ...changes.plan },
		record: {
			id: craftedId(description),
			type: "general-purpose",
			model: "faux/faux-1",
			description,
			result: `the result of ${description}`,
			parentSessionId: SESSION_ID,
			transcriptFile: `/nowhere/tasks/${craftedId(description)}.jsonl`,
			...record,
		},
	});
	return { type: "custom", customType: "subagents:record", data: oldEntry(1, stored) };
}

export function craftedId(description: string): string {
	return description.replace(/\W/g, "-").padEnd(20, "0");
}

/** The notification that told of these. */
export function craftNotification(...descriptions: string[]): CraftedLine {
	const [first, ...others] = descriptions.map((description) => ({ id: craftedId(description), attempt: 1 }));
	const content = descriptions.map((description) => `<task-id>${craftedId(description)}</task-id>`).join("\n");
	const details = { ...first, others };
	return { type: "custom_message", customType: "subagent-notification", content, display: true, details };
}

export function craftToolResult(toolCallId: string, toolName: string): CraftedLine {
	const content = [{ type: "text", text: "a result" }];
	return {
		type: "message",
		message: { role: "toolResult", toolCallId, toolName, content, isError: false, timestamp: Date.now() },
	};
}
