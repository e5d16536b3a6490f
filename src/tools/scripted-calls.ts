import { isLive } from "../domain/subagent-state.ts";
import { plainLine } from "../format/plain-text.ts";
import type { Subagent } from "../lifecycle/subagent.ts";

/** The host's event of a tool that has ended, as far as it is looked at here. */
interface EndedTool<Part> {
	readonly toolCallId: string;
	readonly isError: boolean;
	readonly content: readonly Part[];
}

type TextPart = { type: "text"; text: string };

/**
 * A script that fails takes the results of the subagents it ran with it: they went to the script and not to the model. Its
 * error says where they are, so that nobody does the work again.
 *
 * @returns the content with that added; absent where there is nothing to say
 */
export function namesOfRuns<Part>(
	{ toolCallId, isError, content }: EndedTool<Part>,
	subagents: readonly Subagent[],
): { content: (Part | TextPart)[] } | undefined {
	if (!isError) return undefined;
	const made = subagents.filter(({ run }) => run.toolCallId?.startsWith(`${toolCallId}/`));
	const ended = made.filter(({ run, status }) => !run.isBackground && !isLive(status));
	if (ended.length === 0) return undefined;
	const lines = ended.map(({ id, identity, status }) => `${id} ${status} "${plainLine(identity.description)}"`);
	const text = `Subagents that this call ran, whose results get_subagent_result has:\n${lines.join("\n")}`;
	return { content: [...content, { type: "text", text }] };
}
