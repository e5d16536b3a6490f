import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import type { Crew } from "./crew.ts";
import type { Settings } from "./domain/settings.ts";
import { plainLine } from "./format/plain-text.ts";
import { resumeRequest, wordToGoOn } from "./lifecycle/resume-request.ts";
import type { Subagent } from "./lifecycle/subagent.ts";
import { type PlanningParts, planRun } from "./session/plan-run.ts";

/** Tells the person once what was interrupted, and lets it go on where the settings or the person say so. Never rejects. */
export async function goOn(
	crew: Crew,
	{ planning, ctx, mode }: { planning: PlanningParts; ctx: ExtensionContext; mode: Settings["resumeInterrupted"] },
): Promise<void> {
	const { interrupted = [], held = [] } = crew.atStart.recovery ?? {};
	if (crew.atStart.isRecoveryTold || interrupted.length + held.length === 0) return;
	crew.atStart.isRecoveryTold = true;
	crew.link.warn(recoveryText(interrupted, held));
	if (interrupted.length === 0 || !ctx.hasUI || mode === "never") return;
	try {
		if (mode === "ask" && !(await ctx.ui.confirm("Resume interrupted subagents?", linesOf(interrupted)))) return;
		for (const subagent of interrupted) resume(subagent, crew, planning, ctx);
	} catch (error) {
		crew.link.warn(`Interrupted subagents were not resumed: ${error instanceof Error ? error.message : error}`);
	}
}

function resume(subagent: Subagent, crew: Crew, planning: PlanningParts, ctx: ExtensionContext): void {
	if (subagent.status !== "interrupted") return; // somebody else was quicker while the person was asked
	const plan = planRun(resumeRequest(subagent, "person", wordToGoOn(subagent), {}), planning, ctx);
	if (plan.kind === "planned") crew.manager.resume(subagent, plan);
	else crew.link.warn(`Subagent ${subagent.id} was not resumed: ${plan.message}`);
}

function recoveryText(interrupted: readonly Subagent[], held: readonly Subagent[]): string {
	const parts: string[] = [];
	if (interrupted.length > 0)
		parts.push(`Interrupted when pi ended; a resume goes on with it:\n${linesOf(interrupted)}`);
	if (held.length > 0) parts.push(`Still queued from then; a resume starts it:\n${linesOf(held)}`);
	return parts.join("\n");
}

function linesOf(subagents: readonly Subagent[]): string {
	return subagents.map(({ id, identity }) => `${id} ${identity.type} "${plainLine(identity.description)}"`).join("\n");
}
