import { type Refused, refuse } from "../domain/refusal.ts";
import type { SubagentRecord } from "../domain/subagent-record.ts";
import type { Attended, ForegroundCaller } from "./live-run.ts";
import type { SteerOutcome } from "./message-queue.ts";
import type { Subagent } from "./subagent.ts";
import type { SubagentSupervisor } from "./subagent-supervisor.ts";

/** What the tools of one parent, the session or a subagent, can do with subagents. */
export interface SubagentsOfParent {
	/** @returns a refusal that lists the newest ids where there is none of this id */
	lookUp(id: string): Subagent | Refused;
	/** Its result goes to this parent. */
	isOwn(subagent: Subagent): boolean;
	/** @returns why this parent cannot tell the subagent what to do; nothing where it can */
	directionRefusal(subagent: Subagent): Refused | undefined;
	/** 1 for the next in the queue; 0 for one that does not wait. */
	queuePosition(id: string): number;
	/** Stays with a run that was just launched until it settles; the caller's signal ends it. Never rejects. */
	attend(subagent: Subagent, caller: ForegroundCaller): Promise<Attended>;
	/** Resolves with the outcome of the subagent's present run, or at once with a refusal where that would never come. */
	whenSettled(subagent: Subagent): Promise<SubagentRecord | Refused>;
	steer(subagent: Subagent, message: string): Promise<SteerOutcome>;
}

/** @param parentId the subagent whose tools they are; absent for the session's own */
export function subagentsOf(supervisor: SubagentSupervisor, parentId: string | undefined): SubagentsOfParent {
	const own = (subagent: Subagent) => subagent.identity.lineage.parentId === parentId;
	const shared = {
		isOwn: own,
		lookUp: (id: string) => supervisor.lookUp(id),
		queuePosition: (id: string) => supervisor.queuePosition(id),
		steer: (subagent: Subagent, message: string) => supervisor.steer(subagent, message),
	};
	if (parentId === undefined) {
		return {
			...shared,
			directionRefusal: () => undefined,
			attend: (subagent, caller) => supervisor.attend(subagent, caller),
			whenSettled: (subagent) => supervisor.whenSettled(subagent),
		};
	}
	return {
		...shared,
		directionRefusal: (subagent) => (supervisor.isBelow(subagent, parentId) ? undefined : notYours(subagent)),
		attend: async (subagent, caller) => {
			const attended = await supervisor.waitOn(parentId, subagent, () => supervisor.attend(subagent, caller));
			if (attended.kind !== "refused") return attended;
			return { kind: "settled", record: await supervisor.whenSettled(subagent) }; // nobody waits for what was just started
		},
		whenSettled: (subagent) => supervisor.waitOn(parentId, subagent, () => supervisor.whenSettled(subagent)),
	};
}

function notYours({ id }: Subagent): Refused {
	return refuse("nesting", `${id} was not started by you, nor by a subagent of yours.`);
}
