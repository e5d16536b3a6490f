import type { AgentMessage } from "@mariozechner/pi-agent-core";
import type { ToolDefinition } from "@mariozechner/pi-coding-agent";
import { type TSchema, Type } from "typebox";
import type { SubagentRecord } from "../domain/subagent-record.ts";
import { isLive } from "../domain/subagent-state.ts";
import type { SessionSubagents } from "../engine/launcher.ts";
import type { Subagent } from "../engine/subagent.ts";
import type { SubagentSupervisor } from "../engine/subagent-supervisor.ts";
import { reportText } from "../format/outcome-text.ts";
import { transcriptText } from "../format/transcript-text.ts";
import { untilAborted } from "../platform/cancellation.ts";
import { reasonOf } from "../platform/reason-of.ts";
import { parameterReader } from "./parameter-reader.ts";
import type { ResultRoom } from "./result-room.ts";
import { RUN_OUTPUT, runResult, type ScriptableTool } from "./structured-result.ts";

export const ResultParams = Type.Object({
	agent_id: Type.String({ description: "The subagent's id." }),
	wait: Type.Optional(Type.Boolean({ description: "Wait until it has ended. Default: false." })),
	verbose: Type.Optional(Type.Boolean({ description: "Add its whole conversation. Default: false." })),
	offset: Type.Optional(
		Type.Integer({
			minimum: 0,
			description: "Begin at this character of a long result; with verbose, of the conversation.",
		}),
	),
});

const readCall = parameterReader("Nothing was read.", ResultParams, {
	agent_id: "a string: a subagent's id",
	wait: "true or false",
	verbose: "true or false",
	offset: "an integer >= 0: a character of the result to begin at",
});

export const RESULT_TOOL = "get_subagent_result";

export interface ResultToolParts {
	/** The parent's; none of it is kept beyond a call. */
	readonly session: Pick<SessionSubagents, "manager">;
	/** A claim was given up: the parent may have to be notified after all. */
	readonly claimReleased: () => void;
	/** The messages in a transcript. @throws when it cannot be read */
	readonly readTranscript: (file: string) => readonly AgentMessage[];
	readonly clock: () => number;
	/** Shared with the other tool that returns results. */
	readonly room: ResultRoom;
	readonly view: ToolView;
}

/** How calls and their answers are drawn. */
export type ToolView = Pick<ToolDefinition<TSchema, unknown>, "renderCall" | "renderResult">;

export type ResultTool = ToolDefinition<typeof ResultParams, SubagentRecord> & ScriptableTool;

export function createResultTool(parts: ResultToolParts): ResultTool {
	return {
		name: RESULT_TOOL,
		label: "Subagent result",
		description:
			"Read the result of a background subagent. You are notified when one ends, so do not poll; with wait it returns when the subagent has ended.",
		parameters: ResultParams,
		prepareArguments: readCall,
		outputSchema: RUN_OUTPUT,
		annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
		...parts.view,
		execute: async (toolCallId, { agent_id, wait, verbose, offset }, signal, _onUpdate, ctx) => {
			const subagent = findSubagent(agent_id, parts.session.manager);
			if (wait && isLive(subagent.status)) await waitFor(subagent, parts, signal);
			const file = verbose ? subagent.record().transcriptFile : undefined;
			const extras = {
				contextPercent: subagent.contextPercent,
				now: parts.clock(),
				activity: subagent.currentActivity,
				condition: subagent.condition,
				conversation: file === undefined ? undefined : conversationIn(file, parts),
				offset,
			};
			const reported = subagent.record();
			const text = parts.room.fit(toolCallId, ctx, (room) => reportText(reported, { ...extras, room }));
			if (!isLive(reported.status)) subagent.deliveredVia("tool", toolCallId); // with the result, not with a refusal
			return runResult(text, subagent.record()); // what it used was counted when it ended
		},
	};
}

function conversationIn(file: string, { readTranscript }: ResultToolParts): string {
	try {
		return transcriptText(readTranscript(file)) || "(Nothing was written yet.)";
	} catch (error) {
		return `(The transcript ${file} cannot be read: ${reasonOf(error)})`;
	}
}

/**
 * Claims the result while it waits, so that no notification repeats what this call returns. When the parent's turn is
 * interrupted, the subagent keeps running and the parent will be notified.
 */
async function waitFor(subagent: Subagent, parts: ResultToolParts, signal: AbortSignal | undefined): Promise<void> {
	const release = subagent.claimDelivery();
	const settled = parts.session.manager.whenSettled(subagent);
	const isSettled = await (signal ? untilAborted(settled, signal) : settled).then(
		() => true,
		() => false,
	);
	release();
	if (!isSettled) parts.claimReleased();
}

/** @throws Error listing the existing ids */
export function findSubagent(id: string, manager: SubagentSupervisor): Subagent {
	const found = manager.lookUp(id);
	if (found.kind === "refused") throw new Error(found.reason);
	return found;
}
