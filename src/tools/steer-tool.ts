import type { ToolDefinition } from "@mariozechner/pi-coding-agent";
import { Type } from "typebox";
import type { SessionSubagents } from "../engine/launcher.ts";
import type { Subagent } from "../engine/subagent.ts";
import { findSubagent, type ToolView } from "./get-result-tool.ts";

import { parameterReader } from "./parameter-reader.ts";
import type { ScriptableTool } from "./structured-result.ts";

export const STEER_TOOL = "steer_subagent";

export const SteerParams = Type.Object({
	agent_id: Type.String({ description: "The subagent's id." }),
	message: Type.String({ description: "What to tell it. It reads it before its next step." }),
});

const SteerOutput = Type.Object({ id: Type.String(), outcome: Type.String(), text: Type.String() });

const readCall = parameterReader("Nothing was sent.", SteerParams, {
	agent_id: "a string: the id of a subagent that runs or is queued",
	message: "a non-empty string",
});

export function createSteerTool(
	session: Pick<SessionSubagents, "manager">,
	view: ToolView,
): ToolDefinition<typeof SteerParams, { outcome: string }> & ScriptableTool {
	return {
		name: STEER_TOOL,
		label: "Steer subagent",
		description: "Send a message to a running or queued subagent, which reads it before its next step.",
		parameters: SteerParams,
		prepareArguments: readCall,
		outputSchema: SteerOutput,
		annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
		...view,
		execute: async (_toolCallId, { agent_id, message }) => {
			if (message.trim() === "")
				throw new Error("Nothing was sent. `message` is empty; say what to tell the subagent.");
			const subagent = findSubagent(agent_id, session.manager);
			const outcome = await session.manager.steer(subagent, message);
			if (outcome.kind === "refused") throw new Error(refusal(subagent, outcome.status));
			const text =
				outcome.kind === "delivered"
					? `Delivered to ${subagent.id}: it reads the message before its next step.`
					: `Held for ${subagent.id}: its session does not exist yet; it reads the message when it starts.`;
			const details = { outcome: outcome.kind };
			const structuredContent = { id: subagent.id, ...details, text };
			return { content: [{ type: "text", text }], details, structuredContent };
		},
	};
}

function refusal({ id, isElsewhere }: Subagent, status: string): string {
	if (isElsewhere)
		return `Not delivered: ${id} belongs to another session or another running pi, and can only be steered there.`;
	const way = "Use the subagent tool with `resume` to continue it.";
	if (status === "running") return `Not delivered: ${id} has given its last answer and is just ending. ${way}`;
	return `Not delivered: ${id} has ended (${status}). ${way}`;
}
