import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import type { Crew } from "./crew.ts";
import { reasonOf } from "./domain/reason-of.ts";
import { PERSON_POLICY } from "./domain/run-request.ts";
import type { Settings } from "./domain/settings.ts";
import { plainLabel } from "./format/plain-text.ts";
import { defaultResumePrompt, type Launcher } from "./lifecycle/launcher.ts";
import type { Subagent } from "./lifecycle/subagent.ts";

interface StartedSession {
	readonly launcher: Launcher;
	readonly ctx: ExtensionContext;
}

/** Tells the person once what was interrupted, and lets it go on where the settings or the person say so. Never rejects. */
export async function goOn(
	crew: Crew,
	{ launcher, ctx, mode }: StartedSession & { readonly mode: Settings["resumeInterrupted"] },
): Promise<void> {
	const { interrupted = [], suspended = [] } = crew.atStart.recovery ?? {};
	if (crew.atStart.isRecoveryTold || interrupted.length + suspended.length === 0) return;
	crew.atStart.isRecoveryTold = true;
	crew.link.warn(recoveryText(interrupted, suspended));
	if (interrupted.length === 0 || !ctx.hasUI || mode === "never") return;
	try {
		if (mode === "ask" && !(await ctx.ui.confirm("Resume interrupted subagents?", linesOf(interrupted)))) return;
		for (const subagent of interrupted) resume(subagent, crew, { launcher, ctx });
	} catch (error) {
		crew.link.warn(`Interrupted subagents were not resumed: ${reasonOf(error)}`);
	}
}

function resume(subagent: Subagent, { link }: Crew, { launcher, ctx }: StartedSession): void {
	if (subagent.status !== "interrupted") return; // somebody else was quicker while the person was asked
	const request = { policy: PERSON_POLICY, prompt: defaultResumePrompt(subagent) };
	const resumed = launcher.resume(subagent.id, request, ctx);
	if (resumed.kind === "refused") link.warn(`Subagent ${subagent.id} was not resumed: ${resumed.message}`);
}

function recoveryText(interrupted: readonly Subagent[], suspended: readonly Subagent[]): string {
	const parts: string[] = [];
	if (interrupted.length > 0)
		parts.push(`Interrupted when pi ended; resume one to continue it:\n${linesOf(interrupted)}`);
	if (suspended.length > 0) parts.push(`Suspended since pi ended; resume one to start it:\n${linesOf(suspended)}`);
	return parts.join("\n");
}

function linesOf(subagents: readonly Subagent[]): string {
	return subagents.map(({ id, identity }) => plainLabel(`${id} ${identity.type} "${identity.description}"`)).join("\n");
}
