import { queue } from "../domain/subagent-state.ts";
import type { RunPlan } from "../session/run-plan.ts";
import { newRun, type RunParts } from "./run.ts";
import { SessionActivity } from "./session-activity.ts";
import { identityOf, type SubagentIdentity } from "./subagent-identity.ts";
import { UntoldPrompts } from "./untold-prompts.ts";

/** What a subagent is made of, whether new or restored. */
export interface SubagentParts {
	readonly identity: SubagentIdentity;
	/** Its present or last run. */
	readonly run: RunParts;
	/** Earlier runs whose results the parent does not have yet, oldest first. */
	readonly undelivered?: readonly RunParts[];
	readonly prompts: UntoldPrompts;
	readonly activity: SessionActivity;
	/** The directory of its last run. */
	readonly cwd?: string;
	/** The person does not want to see it any more. */
	readonly isDismissed?: boolean;
	/** Another process or another session owns it: here it can only be read. */
	readonly isElsewhere?: boolean;
}

export function newSubagent(id: string, plan: RunPlan, now: number): SubagentParts {
	const prompts = new UntoldPrompts();
	prompts.ask(plan.prompt);
	return {
		identity: identityOf(id, plan, now),
		run: newRun(plan, 1, queue(now)),
		prompts,
		activity: new SessionActivity(),
	};
}
