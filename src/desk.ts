import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import type { Crew } from "./crew.ts";
import { isLive } from "./domain/subagent-state.ts";
import { formatCount } from "./format/figures.ts";
import { resumeRefusal, resumeRequest, wordToGoOn } from "./lifecycle/resume-request.ts";
import type { Subagent } from "./lifecycle/subagent.ts";
import type { SubagentManager } from "./lifecycle/subagent-manager.ts";
import { type PlanningParts, planRun } from "./session/plan-run.ts";
import type { Answer, SubagentSnapshot, SubagentsDesk } from "./ui/subagents-desk.ts";

/**
 * What a person does with subagents, on the roads that the tools and the service take.
 *
 * @param ctx of the command or key the person used; for no longer than that lasts
 */
export function createDesk(crew: () => Crew, planning: PlanningParts, ctx: ExtensionContext): SubagentsDesk {
	const manager = () => crew().manager;
	const withOne = <A extends Answer | Promise<Answer>>(id: string, act: (subagent: Subagent) => A): A | Answer => {
		const subagent = manager().find(id);
		return subagent ? act(subagent) : refused(`There is no subagent ${id} in this session.`);
	};
	return {
		list: () => listed(manager()),
		find: (id) => {
			const subagent = manager().find(id);
			return subagent && snapshotOf(subagent);
		},
		stop: (id) =>
			withOne(id, (subagent) => {
				const isHeld = subagent.standing === "held";
				if (!manager().stop(id, "user")) return refused(`${howItStands(subagent)}, so there is nothing to stop here.`);
				return done(isHeld ? `${named(subagent)} is not started any more.` : `${named(subagent)} is being stopped.`);
			}),
		stopAll: () => {
			const count = manager().stopAllBackground("user");
			return count > 0
				? done(`${formatCount(count, "subagent")} being stopped.`)
				: refused("No subagent works or waits in the background.");
		},
		steer: async (id, message) =>
			withOne(id, async (subagent) => steered(subagent, (await manager().steer(subagent, message)).kind)),
		resume: (id, prompt) => withOne(id, (subagent) => resume(subagent, prompt)),
		discard: (id) =>
			withOne(id, (subagent) => {
				if (subagent.standing === "held" && manager().stop(id, "user")) subagent.dismiss();
				else if (subagent.status === "interrupted" && subagent.standing === "here") subagent.discard();
				else return refused(`${howItStands(subagent)}; discarded is what was interrupted or is held.`);
				return done(`${named(subagent)} is discarded; its transcript stays.`);
			}),
		dismiss: (id) =>
			withOne(id, (subagent) => {
				if (isLive(subagent.status)) {
					const way = subagent.standing === "elsewhere" ? "it can only be stopped there" : "stop it first";
					return refused(`${howItStands(subagent)}; ${way}.`);
				}
				subagent.dismiss();
				return done(`${named(subagent)} has left the list; its result and transcript stay.`);
			}),
	};

	function resume(subagent: Subagent, prompt: string): Answer {
		const refusal = resumeRefusal(subagent);
		if (refusal?.code === "not-settled")
			return refused(`${howItStands(subagent)} and cannot be resumed; steer it instead.`);
		if (refusal) return refused(refusal.message);
		if (!ctx.hasUI)
			return refused("It would run in the background, and without a UI nobody would be there when it ends.");
		const { standing } = subagent;
		const words = prompt.trim() || wordToGoOn(subagent);
		const plan = planRun(resumeRequest(subagent, { door: "person", prompt: words }), planning, ctx);
		if (plan.kind === "refused") return refused(plan.message);
		manager().resume(subagent, plan);
		return done(`${named(subagent)} ${standing === "held" ? "starts" : "goes on"} in the background.`);
	}
}

/** Newest first, without those that were dismissed. */
export function listed(manager: Pick<SubagentManager, "list">): readonly SubagentSnapshot[] {
	return manager
		.list()
		.filter(({ isDismissed }) => !isDismissed)
		.map(snapshotOf);
}

export function snapshotOf(subagent: Subagent): SubagentSnapshot {
	const { currentActivity: activity, contextPercent, standing } = subagent;
	return { record: subagent.record(), activity, contextPercent, standing };
}

function steered(subagent: Subagent, outcome: "delivered" | "held" | "refused"): Answer {
	switch (outcome) {
		case "delivered":
			return done(`${named(subagent)} reads it before its next step.`);
		case "held":
			return done(`${named(subagent)} reads it as soon as it begins.`);
		case "refused":
			return refused(
				subagent.standing === "elsewhere"
					? `${howItStands(subagent)}; it can only be steered there.`
					: `${howItStands(subagent)} and reads nothing any more; resume it instead.`,
			);
		default:
			return outcome satisfies never;
	}
}

/** What a refusal begins with. */
function howItStands(subagent: Subagent): string {
	const { status, standing } = subagent;
	if (standing === "elsewhere") return `${named(subagent)} belongs to another session or another running pi`;
	return `${named(subagent)} ${isLive(status) ? `is ${status}` : `has ended (${status})`}`;
}

function named({ id, identity }: Subagent): string {
	return `${identity.type} ${id}`;
}

function done(text: string): Answer {
	return { kind: "done", text };
}

function refused(text: string): Answer {
	return { kind: "refused", text };
}
