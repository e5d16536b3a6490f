import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import { amountText, LIMIT_NAMES, type LimitName, type LimitValues, spentOfText } from "../domain/run-limits.ts";
import { PERSON_POLICY } from "../domain/run-request.ts";
import { isLive } from "../domain/subagent-state.ts";
import { defaultResumePrompt, type SessionSubagents } from "../engine/launcher.ts";
import type { Subagent } from "../engine/subagent.ts";
import type { SubagentSupervisor } from "../engine/subagent-supervisor.ts";
import { formatCount } from "../format/figures.ts";
import { limitTexts } from "../format/outcome-text.ts";
import { plainLabel } from "../platform/plain-text.ts";
import type { Answer, SubagentCommands, SubagentSnapshot } from "../ui/subagent-commands.ts";

/**
 * A person's commands on subagents, by the same code paths as the tools and the service.
 *
 * @param ctx of the command or key that the person used; valid only while that runs
 */
export function createSubagentCommands(
	{ manager, launcher, limitsOfEachRun }: CommandedSession,
	ctx: ExtensionContext,
): SubagentCommands {
	const withOne = <A extends Answer | Promise<Answer>>(id: string, act: (subagent: Subagent) => A): A | Answer => {
		const found = manager.lookUp(id);
		return found.kind === "refused" ? found : act(found);
	};
	return {
		list: () => listed(manager),
		find: (id) => {
			const subagent = manager.find(id);
			return subagent && snapshotOf(subagent);
		},
		stop: (id) =>
			withOne(id, (subagent) => {
				const isSuspended = subagent.condition.kind === "suspended";
				if (!manager.stop(id, "user")) return refused(`${describe(subagent)}, so there is nothing to stop here.`);
				return done(
					isSuspended ? `${named(subagent)} is not started any more.` : `${named(subagent)} is being stopped.`,
				);
			}),
		stopAll: () => {
			const count = manager.stopAllBackground("user");
			return count > 0
				? done(`${formatCount(count, "subagent")} being stopped.`)
				: refused("No subagent is running or queued in the background.");
		},
		steer: async (id, message) =>
			withOne(id, async (subagent) => steered(subagent, (await manager.steer(subagent, message)).kind)),
		resume: (id, prompt) => withOne(id, (subagent) => resume(subagent, prompt)),
		discard: (id) =>
			withOne(id, (subagent) => {
				const { condition } = subagent;
				if (condition.kind === "suspended" && manager.stop(id, "user")) subagent.dismiss();
				else if (condition.kind === "settled" && condition.status === "interrupted") subagent.discard();
				else return refused(`${describe(subagent)}; only an interrupted or suspended subagent can be discarded.`);
				return done(`${named(subagent)} is discarded; its transcript stays.`);
			}),
		dismiss: (id) =>
			withOne(id, (subagent) => {
				if (isLive(subagent.status)) {
					const way = subagent.isElsewhere ? "it can only be stopped there" : "stop it first";
					return refused(`${describe(subagent)}; ${way}.`);
				}
				subagent.dismiss();
				return done(`${named(subagent)} has left the list; its result and transcript stay.`);
			}),
		limitsText: () => limitsText(manager),
		grant: (id, changes) => withOne(id, (subagent) => grant(subagent, changes)),
	};

	function grant(subagent: Subagent, changes: { readonly [Name in LimitName]?: number | "none" }): Answer {
		if (subagent.isElsewhere) return refused(`${describe(subagent)}; it can only be limited there.`);
		manager.grant(subagent, changes, limitsOfEachRun(ctx));
		const { granted = {} } = subagent.spec;
		const inForce = isLive(subagent.status) ? `; in force: ${limitList(subagent.spec.limits)}` : "";
		return done(`${named(subagent)} is granted: ${limitList(granted)}${inForce}.`);
	}

	function resume(subagent: Subagent, prompt: string): Answer {
		if (!ctx.hasUI)
			return refused("It would run in the background, and without a UI nobody would be there when it ends.");
		const isSuspended = subagent.condition.kind === "suspended";
		const words = prompt.trim() || defaultResumePrompt(subagent);
		const resumed = launcher.resume(subagent.id, { policy: PERSON_POLICY, prompt: words }, ctx);
		if (resumed.kind === "refused") return resumed;
		return done(`${named(subagent)} ${isSuspended ? "starts" : "continues"} in the background.`);
	}
}

interface CommandedSession extends SessionSubagents {
	/** The setting `limits` as it is now. */
	readonly limitsOfEachRun: (ctx: ExtensionContext) => LimitValues;
}

function limitsText(manager: Pick<SubagentSupervisor, "ledger" | "list">): string {
	const { values, spent } = manager.ledger.session;
	const session = LIMIT_NAMES.map((name) => {
		const value = values[name];
		return value === undefined
			? `${name}: ${amountText(name, spent[name])}, no limit`
			: `${name}: ${spentOfText(name, spent[name], value)}`;
	});
	const own = listed(manager)
		.filter(({ record }) => limitTexts(record).length > 0)
		.map(({ record }) => {
			const { id, type, status } = record;
			return `${id} ${plainLabel(type)}, ${status}: ${limitTexts(record).join(", ")}`;
		});
	return ["All subagents of this session together:", ...session, ...own].join("\n");
}

function limitList(limits: LimitValues): string {
	const texts = LIMIT_NAMES.flatMap((name) => {
		const value = limits[name];
		return value === undefined ? [] : [amountText(name, value)];
	});
	return texts.join(", ") || "no limits";
}

/** Newest first, without those that were dismissed. */
export function listed(manager: Pick<SubagentSupervisor, "list">): readonly SubagentSnapshot[] {
	return manager
		.list()
		.filter(({ isDismissed }) => !isDismissed)
		.map(snapshotOf);
}

export function snapshotOf(subagent: Subagent): SubagentSnapshot {
	const { currentActivity: activity, contextPercent, condition } = subagent;
	return { record: subagent.record(), activity, contextPercent, condition };
}

function steered(subagent: Subagent, outcome: "delivered" | "held" | "refused"): Answer {
	switch (outcome) {
		case "delivered":
			return done(`${named(subagent)} reads it before its next step.`);
		case "held":
			return done(`${named(subagent)} reads it as soon as it begins.`);
		case "refused":
			return refused(
				subagent.isElsewhere
					? `${describe(subagent)}; it can only be steered there.`
					: `${describe(subagent)} and reads nothing any more; resume it instead.`,
			);
		default:
			return outcome satisfies never;
	}
}

/** The start of a refusal. */
function describe(subagent: Subagent): string {
	const { status, isElsewhere } = subagent;
	if (isElsewhere) return `${named(subagent)} belongs to another session or another running pi`;
	return `${named(subagent)} ${isLive(status) ? `is ${status}` : `has ended (${status})`}`;
}

function named({ id, identity }: Subagent): string {
	return `${identity.type} ${id}`;
}

function done(text: string): Answer {
	return { kind: "done", text };
}

function refused(reason: string): Answer {
	return { kind: "refused", reason };
}
