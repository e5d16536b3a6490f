import { reasonOf } from "../domain/reason-of.ts";
import { type Refusal, refuse } from "../domain/refusal.ts";
import type { RunRequest } from "../domain/run-request.ts";
import { isLive } from "../domain/subagent-state.ts";
import type { Subagent } from "./subagent.ts";
import { hasConversation } from "./transcript.ts";

/** What a caller says about a resume; the rest stays what it was. */
export type ResumeChoices = Omit<RunRequest, "description" | "type" | "previous" | "inheritContext" | "contextTurns">;

/** @returns why it cannot be resumed now; nothing when it can */
export function resumeRefusal(subagent: Subagent): Refusal | undefined {
	const { id, status, standing } = subagent;
	if (standing === "elsewhere") {
		return refuse("elsewhere", `Subagent ${id} belongs to another session or another running pi; resume it there.`);
	}
	if (isLive(status) && standing !== "held") {
		return refuse(
			"not-settled",
			`Subagent ${id} is ${status} and cannot be resumed. Tell it something with steer_subagent instead.`,
		);
	}
	const missing = missingConversation(subagent);
	if (missing === undefined) return undefined;
	return refuse("no-transcript", `Subagent ${id} cannot be resumed: ${missing}. Start a new one instead.`);
}

/** Refused before the run begins: a run that fails for it would take the place of the result there is. */
function missingConversation({ hasReplied, identity }: Subagent): string | undefined {
	if (!hasReplied) return undefined; // it begins anew, with all it was told
	const { transcriptFile } = identity;
	try {
		return hasConversation(transcriptFile)
			? undefined
			: `its transcript ${transcriptFile} is gone or could not be written`;
	} catch (error) {
		return `its transcript ${transcriptFile} cannot be read: ${reasonOf(error)}`;
	}
}

/** What a subagent is told when it is resumed and nobody has anything particular to say. */
export function wordToGoOn({ status, standing }: Subagent): string {
	if (standing === "held") return "Begin with your task now.";
	if (status === "interrupted")
		return "You were interrupted: pi ended while you worked and has been started again. Look at what is done already, and go on with your task.";
	return "Go on with your task.";
}

/** A resume goes on as what the subagent is: same type, model and thinking level, the same turn limit unless it gets another. */
export function resumeRequest({ identity, run, workedIn }: Subagent, choices: ResumeChoices): RunRequest {
	return {
		...choices,
		description: identity.description,
		type: identity.type,
		previous: {
			definition: run.definition,
			model: identity.model,
			thinkingLevel: identity.thinkingLevel,
			maxTurns: run.limits.turns,
			cwd: workedIn,
		},
	};
}
