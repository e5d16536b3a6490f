import { type Refusal, refuse } from "../domain/refusal.ts";
import type { RunRequest } from "../domain/run-request.ts";
import { isLive } from "../domain/subagent-state.ts";
import type { Subagent } from "./subagent.ts";

/** What a caller says about a resume; the rest stays what it was. */
export type ResumeChoices = Omit<RunRequest, "description" | "type" | "previous" | "inheritContext" | "contextTurns">;

/** @returns why it cannot be resumed now; nothing when it can */
export function resumeRefusal({ id, status, standing }: Subagent): Refusal | undefined {
	if (standing === "elsewhere") {
		return refuse("elsewhere", `Subagent ${id} belongs to another session or another running pi; resume it there.`);
	}
	if (!isLive(status) || standing === "held") return undefined;
	return refuse(
		"not-settled",
		`Subagent ${id} is ${status} and cannot be resumed. Tell it something with steer_subagent instead.`,
	);
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
