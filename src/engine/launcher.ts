import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import { type Refused, refuse } from "../domain/refusal.ts";
import type { RunRequest } from "../domain/run-request.ts";
import type { SubagentRecord } from "../domain/subagent-record.ts";
import { hasConversation } from "../host/transcript.ts";
import { type PlanningParts, type PlanningSources, planRun, type RunPlan } from "../planning/run-plan.ts";
import { reasonOf } from "../platform/reason-of.ts";
import type { Subagent } from "./subagent.ts";
import type { SubagentSupervisor } from "./subagent-supervisor.ts";

/** A run that was planned and has begun, or waits in the queue. */
export interface Launched {
	readonly kind: "launched";
	readonly subagent: Subagent;
	readonly plan: RunPlan;
}

export interface Resumed extends Launched {
	/** The result of the run before, where the parent did not have it yet and gets it with this call's answer. */
	readonly undelivered: SubagentRecord | undefined;
}

/** What a caller says about a resume; the rest stays what it was. */
export type ResumeRequest = Omit<RunRequest, "description" | "type" | "previous" | "inheritContext" | "contextTurns">;

/** The subagents of one parent session, and the way to start and resume them. */
export interface SessionSubagents {
	readonly manager: SubagentSupervisor;
	readonly launcher: Launcher;
}

/**
 * The one way to start and to resume a subagent, for tools, service, person and recovery: plans, then hands the plan to the
 * supervisor, or refuses before anything is spent. How a run is admitted and reported is in its request's policy.
 */
export class Launcher {
	constructor(
		private readonly supervisor: SubagentSupervisor,
		private readonly planning: PlanningParts,
	) {}

	/**
	 * @param ctx of the parent's session; not kept
	 * @param catalog the agent types there are for this run, where they are not those of the project
	 */
	launch(request: RunRequest, ctx: ExtensionContext, catalog?: PlanningSources["catalog"]): Launched | Refused {
		const planning = catalog ? { ...this.planning, catalog: () => catalog } : this.planning;
		const plan = planRun(request, planning, ctx);
		if (plan.kind === "refused") return plan;
		return { kind: "launched", subagent: this.supervisor.spawn(plan), plan };
	}

	/** Continues the conversation of a subagent that has ended or is suspended: same type, model and thinking level. */
	resume(id: string, request: ResumeRequest, ctx: ExtensionContext): Resumed | Refused {
		const subagent = this.supervisor.lookUp(id);
		if (subagent.kind === "refused") return subagent;
		const refused = resumeRefusal(subagent);
		if (refused) return refused;
		const plan = planRun(resumeRequest(subagent, request), this.planning, ctx);
		if (plan.kind === "refused") return plan;
		const undelivered = request.policy.report === "return" ? takeUndelivered(subagent, request.toolCallId) : undefined;
		this.supervisor.resume(subagent, plan);
		return { kind: "launched", subagent, plan, undelivered };
	}
}

/** @returns why it cannot be resumed now; nothing when it can */
function resumeRefusal(subagent: Subagent): Refused | undefined {
	const { id, condition } = subagent;
	switch (condition.kind) {
		case "settled":
		case "suspended":
			return missingTranscript(subagent);
		case "owned-elsewhere":
			return refuse("elsewhere", `Subagent ${id} belongs to another session or another running pi; resume it there.`);
		case "queued":
		case "running":
			return refuse("not-settled", `Subagent ${id} is ${condition.kind} and cannot be resumed; steer it instead.`);
		default:
			return condition satisfies never;
	}
}

/** Refused before the run begins: a run that fails for this would take the place of the result there is. */
function missingTranscript({ id, hasReplied, identity }: Subagent): Refused | undefined {
	if (!hasReplied) return undefined; // it begins anew, with all its prompts
	const { transcriptFile } = identity;
	const missing = (why: string) =>
		refuse(
			"no-transcript",
			`Subagent ${id} cannot be resumed: its transcript ${transcriptFile} ${why}. Start a new one instead.`,
		);
	try {
		return hasConversation(transcriptFile) ? undefined : missing("is gone or could not be written");
	} catch (error) {
		return missing(`cannot be read: ${reasonOf(error)}`);
	}
}

/** What a subagent is prompted with when it is resumed and nobody has anything particular to say. */
export function defaultResumePrompt({ status, condition }: Subagent): string {
	if (condition.kind === "suspended") return "Begin with your task now.";
	if (status === "interrupted")
		return "You were interrupted: pi ended while you were working and has been started again. Check what is already done, then continue with your task.";
	return "Continue with your task.";
}

function resumeRequest({ identity, spec, workedIn }: Subagent, request: ResumeRequest): RunRequest {
	return {
		...request,
		description: identity.description,
		type: identity.type,
		previous: {
			definition: spec.definition,
			model: identity.model,
			thinkingLevel: identity.thinkingLevel,
			limits: spec.limits,
			...(spec.outputSchema && { outputSchema: spec.outputSchema }),
			cwd: workedIn,
		},
	};
}

function takeUndelivered(subagent: Subagent, toolCallId: string | undefined): SubagentRecord | undefined {
	if (!subagent.awaitsDelivery) return undefined;
	const record = subagent.record();
	subagent.deliveredVia("tool", toolCallId);
	return record;
}
