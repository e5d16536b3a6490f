import { durationMs, type SubagentRecord } from "../domain/subagent-record.ts";
import { type Completion, type MessageFrame, notificationText, resultPreview } from "../format/notification-text.ts";
import { carriedRecord } from "../format/outcome-text.ts";

/** What renderers get of one run that has ended: figures of that run alone. Durations are milliseconds. */
export interface CompletionDetails {
	readonly id: string;
	/** Counts the subagent's runs; with the id it says which result the parent has. */
	readonly attempt: number;
	readonly type: string;
	readonly description: string;
	readonly status: SubagentRecord["status"];
	readonly toolUses: number;
	readonly turns: number;
	readonly totalTokens: number;
	readonly cost: number;
	readonly durationMs: number;
	readonly transcriptFile: string | undefined;
	readonly error: string | undefined;
	/** Absent where nothing is known of it. */
	readonly lastReply?: SubagentRecord["lastReply"];
	readonly resultPreview: string;
}

/** The host's custom message that notifies the parent; `details` describe the first run, `others` the rest of a batch. */
export interface CompletionMessage {
	readonly customType: "subagent-notification";
	readonly content: string;
	readonly display: true;
	readonly details: CompletionDetails & { readonly others: readonly CompletionDetails[] };
}

/** @param completions at least one */
export function completionMessage(completions: readonly Completion[], frame: MessageFrame): CompletionMessage {
	const [first, ...others] = completions.map(detailsOf);
	if (!first) throw new Error("completionMessage needs at least one completion, got none");
	return {
		customType: "subagent-notification",
		content: notificationText(completions, frame),
		display: true,
		details: { ...first, others },
	};
}

function detailsOf({ record: whole, attempt }: Completion): CompletionDetails {
	const record = carriedRecord(whole);
	return {
		id: record.id,
		attempt,
		type: record.type,
		description: record.description,
		status: record.status,
		toolUses: record.run.toolUses,
		turns: record.run.turns,
		totalTokens: record.run.tokens,
		cost: record.run.cost,
		durationMs: durationMs(record),
		transcriptFile: record.transcriptFile,
		error: record.error,
		...(record.lastReply && { lastReply: record.lastReply }),
		resultPreview: resultPreview(record),
	};
}
