import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import { PERSON_POLICY } from "../domain/run-request.ts";
import { isLive } from "../domain/subagent-state.ts";
import { defaultResumePrompt, type SessionSubagents } from "../engine/launcher.ts";
import type { Subagent } from "../engine/subagent.ts";
import type { SubagentSupervisor } from "../engine/subagent-supervisor.ts";
import { formatCount, shortId } from "../format/figures.ts";
import { shorten } from "../platform/shorten.ts";
import type { Answer, SubagentCommands, SubagentSnapshot } from "../ui/subagent-commands.ts";

/**
 * A person's commands on subagents, by the same code paths as the tools and the service.
 *
 * @param ctx of the command or key that the person used; valid only while that runs
 */
export function createSubagentCommands(session: SessionSubagents, ctx: ExtensionContext): SubagentCommands {
	const { manager } = session;
	const { start, resume } = personsRuns(session, ctx);
	const withOne = <A extends Answer | Promise<Answer>>(id: string, act: (subagent: Subagent) => A): A | Answer => {
		const found = manager.lookUp(id);
		return found.kind === "refused" ? found : act(found);
	};
	return {
		list: () => listed(manager),
		find: (id) => {
			const subagent = manager.find(id);
			return subagent && snapshotOf(subagent, manager);
		},
		start,
		stop: (id) =>
			withOne(id, (subagent) => {
				const isSuspended = subagent.condition.kind === "suspended";
				if (!manager.stop(subagent.id, "user"))
					return refused(`${describe(subagent)}, so there is nothing to stop here.`);
				return done(isSuspended ? `${named(subagent)} will not be started.` : `${named(subagent)} is stopping.`);
			}),
		stopAll: () => {
			const count = manager.stopAllBackground("user");
			return count > 0
				? done(`Stopping ${formatCount(count, "subagent")}.`)
				: refused("No subagent is running or queued in the background.");
		},
		detach: (id) =>
			withOne(id, (subagent) =>
				manager.detach(subagent.id)
					? done(`${named(subagent)} continues in the background.`)
					: refused(`${describe(subagent)}, and no call waits for it; only a foreground subagent can be moved.`),
			),
		detachAll: () => {
			const count = manager.detachAll();
			return count > 0
				? done(`${formatCount(count, "subagent")} ${count === 1 ? "continues" : "continue"} in the background.`)
				: refused("No subagent is running in the foreground.");
		},
		steer: async (id, message) =>
			withOne(id, async (subagent) => steered(subagent, (await manager.steer(subagent, message)).kind)),
		resume: (id, prompt) => withOne(id, (subagent) => resume(subagent, prompt)),
		discard: (id) =>
			withOne(id, (subagent) => {
				const { condition } = subagent;
				if (condition.kind === "suspended" && manager.stop(subagent.id, "user")) subagent.dismiss();
				else if (condition.kind === "settled" && condition.status === "interrupted") subagent.discard();
				else return refused(`${describe(subagent)}; only an interrupted or suspended subagent can be discarded.`);
				return done(`${named(subagent)} was discarded; its transcript stays.`);
			}),
		dismiss: (id) =>
			withOne(id, (subagent) => {
				if (isLive(subagent.status)) {
					const way = subagent.isElsewhere ? "it can only be stopped there" : "stop it first";
					return refused(`${describe(subagent)}; ${way}.`);
				}
				subagent.dismiss();
				return done(`${named(subagent)} was removed from the list; its result and transcript stay.`);
			}),
	};
}

/** The background runs that a person starts and resumes. */
function personsRuns({ manager, launcher }: SessionSubagents, ctx: ExtensionContext) {
	return { start, resume };

	function start(type: string, task: string): Answer {
		if (!ctx.hasUI) return refused(UNATTENDED);
		const description = shorten(task.split("\n", 1)[0] ?? task, LONGEST_DESCRIPTION);
		const launched = launcher.launch({ policy: PERSON_POLICY, prompt: task, description, type }, ctx);
		if (launched.kind === "refused") return refused(`Not started. ${launched.reason}`);
		const position = manager.queuePosition(launched.subagent.id);
		const state = position > 0 ? `is queued at position ${position}` : "started";
		const remarks = launched.plan.remarks.map((remark) => `\nNote: ${remark}`);
		return done(`${named(launched.subagent)} ${state} in the background.${remarks.join("")}`);
	}

	function resume(subagent: Subagent, prompt: string): Answer {
		if (!ctx.hasUI) return refused(UNATTENDED);
		const isSuspended = subagent.condition.kind === "suspended";
		const words = prompt.trim() || defaultResumePrompt(subagent);
		const resumed = launcher.resume(subagent.id, { policy: PERSON_POLICY, prompt: words }, ctx);
		if (resumed.kind === "refused") return resumed;
		return done(`${named(subagent)} ${isSuspended ? "starts" : "continues"} in the background.`);
	}
}

/** In the order in which they were started, without those that were dismissed. */
export function listed(manager: Pick<SubagentSupervisor, "list" | "queuePosition">): readonly SubagentSnapshot[] {
	return manager
		.list()
		.filter(({ isDismissed }) => !isDismissed)
		.map((subagent) => snapshotOf(subagent, manager))
		.reverse();
}

export function snapshotOf(subagent: Subagent, manager: Pick<SubagentSupervisor, "queuePosition">): SubagentSnapshot {
	const queuePosition = manager.queuePosition(subagent.id);
	const { currentActivity: activity, contextPercent, condition, isAwaited } = subagent;
	return { record: subagent.record(), activity, contextPercent, condition, queuePosition, isAwaited };
}

function steered(subagent: Subagent, outcome: "delivered" | "held" | "refused"): Answer {
	switch (outcome) {
		case "delivered":
			return done(`${named(subagent)} reads the message before its next step.`);
		case "held":
			return done(`${named(subagent)} reads the message when it starts.`);
		case "refused":
			return refused(
				subagent.isElsewhere
					? `${describe(subagent)}; it can only be steered there.`
					: `${describe(subagent)} and reads no messages; resume it instead.`,
			);
		default:
			return outcome satisfies never;
	}
}

const UNATTENDED = "A background subagent needs pi's user interface: in this mode pi ends before the subagent does.";

/** The first words of a task stand for it on screens. */
const LONGEST_DESCRIPTION = 60;

/** The start of a refusal. */
function describe(subagent: Subagent): string {
	const { status, isElsewhere } = subagent;
	if (isElsewhere) return `${named(subagent)} belongs to another session or another running pi`;
	return `${named(subagent)} ${isLive(status) ? `is ${status}` : `has ended (${status})`}`;
}

function named({ id, identity }: Subagent): string {
	return `${identity.type} ${shortId(id)}`;
}

function done(text: string): Answer {
	return { kind: "done", text };
}

function refused(reason: string): Answer {
	return { kind: "refused", reason };
}
