import type { RunRequest } from "../domain/run-request.ts";
import type { Subagent } from "./subagent.ts";

/** What a caller may say about a resume; the rest stays what it was. */
export type ResumeChoices = Pick<
	RunRequest,
	"model" | "thinking" | "maxTurns" | "background" | "bypassQueue" | "notifyParent" | "toolCallId"
>;

/** A resume goes on as what the subagent is: same type, model and thinking level, the same turn limit unless it gets another. */
export function resumeRequest(
	{ identity, definition, turnLimit, workedIn }: Subagent,
	door: RunRequest["door"],
	prompt: string,
	choices: ResumeChoices,
): RunRequest {
	return {
		door,
		prompt,
		description: identity.description,
		type: identity.type,
		previous: {
			definition,
			model: identity.model,
			thinkingLevel: identity.thinkingLevel,
			maxTurns: turnLimit,
			cwd: workedIn,
		},
		...choices,
	};
}
