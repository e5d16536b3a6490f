import type { Usage } from "@mariozechner/pi-ai";
import type { AgentToolResult } from "@mariozechner/pi-coding-agent";
import { type TSchema, Type } from "typebox";
import type { SubagentRecord } from "../domain/subagent-record.ts";

/** What the newer host takes of a tool beside its definition for the older one, which ignores it. */
export interface ScriptableTool {
	/** What a script that calls the tool gets. Its field names go to the model while scripts can be written, so they are few. */
	readonly outputSchema: TSchema;
	/** Hints for extensions that decide which calls are confirmed. */
	readonly annotations: {
		readonly readOnlyHint: boolean;
		readonly destructiveHint: boolean;
		readonly idempotentHint: boolean;
		readonly openWorldHint: boolean;
	};
}

export type StructuredResult<Details> = AgentToolResult<Details> & {
	/** In place of the text for scripts; the model gets the text. */
	readonly structuredContent: object;
	/** Added to the costs of the parent's session. */
	readonly usage?: Usage;
};

/** The whole record, and the text the model gets; named are the fields a script begins with. */
export const RUN_OUTPUT = Type.Object({
	id: Type.String(),
	status: Type.String(),
	result: Type.Optional(Type.String()),
	error: Type.Optional(Type.String()),
	text: Type.String(),
});

/** @param usage what this result brings into the costs of the parent's session; absent where it is counted elsewhere */
export function runResult<Details extends SubagentRecord>(
	text: string,
	details: Details,
	usage?: Usage,
): StructuredResult<Details> {
	return {
		content: [{ type: "text", text }],
		details,
		structuredContent: { ...details, text },
		...(usage && { usage }),
	};
}
