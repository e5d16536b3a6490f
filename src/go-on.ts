import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import type { Crew } from "./crew.ts";
import { reasonOf } from "./domain/reason-of.ts";
import type { Settings } from "./domain/settings.ts";
import { plainLabel } from "./format/plain-text.ts";
import { resumeRequest, wordToGoOn } from "./lifecycle/resume-request.ts";
import type { Subagent } from "./lifecycle/subagent.ts";
import { type PlanningParts, planRun } from "./session/plan-run.ts";

interface PlanningSession {
	readonly planning: PlanningParts;
	readonly ctx: ExtensionContext;
}

/** Tells the person once what was interrupted, and lets it go on where the settings or the person say so. Never rejects. */
export async function goOn(
	crew: Crew,
	{ planning, ctx, mode }: PlanningSession & { readonly mode: Settings["resumeInterrupted"] },
): Promise<void> {
	const { interrupted = [], held = [] } = crew.atStart.recovery ?? {};
	if (crew.atStart.isRecoveryTold || interrupted.length + held.length === 0) return;
	crew.atStart.isRecoveryTold = true;
	crew.link.warn(recoveryText(interrupted, held));
	if (interrupted.length === 0 || !ctx.hasUI || mode === "never") return;
	try {
		if (mode === "ask" && !(await ctx.ui.confirm("Resume interrupted subagents?", linesOf(interrupted)))) return;
		for (const subagent of interrupted) resume(subagent, crew, { planning, ctx });
	} catch (error) {
		crew.link.warn(`Interrupted subagents were not resumed: ${reasonOf(error)}`);
	}
}

function resume(subagent: Subagent, { manager, link }: Crew, { planning, ctx }: PlanningSession): void {
	if (subagent.status !== "interrupted") return; // somebody else was quicker while the person was asked
	const plan = planRun(resumeRequest(subagent, { door: "person", prompt: wordToGoOn(subagent) }), planning, ctx);
	if (plan.kind === "planned") manager.resume(subagent, plan);
	else link.warn(`Subagent ${subagent.id} was not resumed: ${plan.message}`);
}

function recoveryText(interrupted: readonly Subagent[], held: readonly Subagent[]): string {
	const parts: string[] = [];
	if (interrupted.length > 0)
		parts.push(`Interrupted when pi ended; a resume goes on with it:\n${linesOf(interrupted)}`);
	if (held.length > 0) parts.push(`Held since pi ended; a resume starts it:\n${linesOf(held)}`);
	return parts.join("\n");
}

function linesOf(subagents: readonly Subagent[]): string {
	return subagents.map(({ id, identity }) => plainLabel(`${id} ${identity.type} "${identity.description}"`)).join("\n");
}
