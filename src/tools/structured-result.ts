import type { Usage } from "@mariozechner/pi-ai";
import type { AgentToolResult } from "@mariozechner/pi-coding-agent";
import { type TSchema, Type } from "typebox";
import type { SubagentRecord } from "../domain/subagent-record.ts";
import { isLive } from "../domain/subagent-state.ts";
import type { Subagent } from "../engine/subagent.ts";
import { headAndTail } from "../format/bounded-text.ts";
import { carriedRecord } from "../format/outcome-text.ts";
import { modelText, plainLine } from "../platform/plain-text.ts";
import { reasonOf } from "../platform/reason-of.ts";

/** Parts of a tool definition that only the newer host uses; the older one ignores them. */
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

/** The whole record, and the text the model gets; the named ones are the fields that a script needs first. */
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
	record: Details,
	usage?: Usage,
): StructuredResult<Details> {
	const details = carriedRecord(record);
	return {
		content: [{ type: "text", text }],
		details,
		structuredContent: { ...details, text },
		...(usage && { usage }),
	};
}

/** The parts of the host's `tool_result` event that are used here. */
interface EndedTool<Part> {
	readonly toolCallId: string;
	readonly isError: boolean;
	readonly content: readonly Part[];
}

type TextPart = { type: "text"; text: string };

/**
 * A script that fails loses the results of the subagents it ran: they went to the script and not to the model. Its
 * error says where they are, so that nobody does the work again.
 *
 * @returns the content with that added; absent where there is nothing to say
 */
export function namesOfRuns<Part>(
	{ toolCallId, isError, content }: EndedTool<Part>,
	subagents: readonly Subagent[],
): { content: (Part | TextPart)[] } | undefined {
	if (!isError) return undefined;
	const made = subagents.filter(({ spec }) => spec.toolCallId?.startsWith(`${toolCallId}/`));
	const ended = made.filter(({ spec, status }) => !spec.isBackground && !isLive(status));
	if (ended.length === 0) return undefined;
	const lines = ended.map(({ id, identity, status }) => `${id} ${status} "${plainLine(identity.description)}"`);
	const text = `Subagents that this call ran, whose results get_subagent_result has:\n${lines.join("\n")}`;
	return { content: [...content, { type: "text", text }] };
}

/** A call may hold anything, and what is wrong with it is repeated to the model and shown to the person. */
const MOST_OF_ERROR = 10_000;

interface Throwing {
	execute(...given: never[]): Promise<unknown>;
	prepareArguments?: ((args: unknown) => unknown) | undefined;
}

/** The same tool; what it throws has a text that is bounded and safe to print. */
export function withPlainErrors<T extends Throwing>(tool: T): T {
	const execute: Throwing["execute"] = async (...given) => {
		try {
			return await tool.execute(...given);
		} catch (error) {
			throw plainError(error);
		}
	};
	const prepareArguments = (args: unknown) => {
		try {
			return tool.prepareArguments?.(args);
		} catch (error) {
			throw plainError(error);
		}
	};
	return { ...tool, execute, ...(tool.prepareArguments && { prepareArguments }) };
}

function plainError(error: unknown): Error {
	const note = (from: number, to: number) => `${to - from} characters are left out here`;
	return new Error(headAndTail(modelText(reasonOf(error)), { room: MOST_OF_ERROR, note }), { cause: error });
}
