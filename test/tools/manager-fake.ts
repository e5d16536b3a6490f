import type { Usage } from "@mariozechner/pi-ai";
import type { DeliveryRecord } from "../../src/domain/delivery-state.ts";
import { refuse } from "../../src/domain/refusal.ts";
import type { SubagentRecord } from "../../src/domain/subagent-record.ts";
import { isLive } from "../../src/domain/subagent-state.ts";
import { BudgetLedger } from "../../src/engine/budget-ledger.ts";
import type { SteerOutcome } from "../../src/engine/message-queue.ts";
import type { Subagent } from "../../src/engine/subagent.ts";
import type { SubagentSupervisor } from "../../src/engine/subagent-supervisor.ts";
import type { SubagentsOfParent } from "../../src/engine/subagents-of-parent.ts";
import { conditionHere } from "../domain/sample-condition.ts";
import { sampleRecord } from "../domain/sample-record.ts";

/** What a subagent of the fake manager is besides its record. */
interface Extras {
	readonly thinkingLevel?: string;
	readonly turnLimit?: number;
	readonly usage?: Usage;
}

/** A subagent with this record, as far as the tools look at one; it notes what they do to its delivery. */
export function fakeSubagent(changes: Partial<SubagentRecord> = {}, extras: Extras = {}) {
	const state = { record: sampleRecord(changes), delivery: [] as string[] };
	const subagent = {
		kind: "subagent",
		identity: {
			...sampleRecord(changes),
			thinkingLevel: extras.thinkingLevel ?? "off",
			lineage: { rootSessionId: "parent-session", depth: 0 },
		},
		spec: { definition: undefined, limits: { turns: extras.turnLimit } },
		isElsewhere: false,
		get condition() {
			return conditionHere(state.record.status);
		},
		contextPercent: 43,
		currentActivity: "bash ls",
		get id() {
			return state.record.id;
		},
		get status() {
			return state.record.status;
		},
		record: () => state.record,
		lifeUsage: () => state.record.run,
		takeUncountedUsage: () => extras.usage,
		claimDelivery: () => {
			state.delivery.push("claimed");
			return () => void state.delivery.push("released");
		},
		deliveredVia: (via: NonNullable<DeliveryRecord["via"]>) => void state.delivery.push(`delivered via ${via}`),
	} as unknown as Subagent;
	return { subagent, state };
}

/** A manager of these subagents, oldest first. A message to them is answered with `steered`. */
export function fakeManager(
	subagents: readonly Subagent[],
	parts: { settled?: Promise<void>; steered?: SteerOutcome } = {},
): { manager: SubagentSupervisor & SubagentsOfParent; told: string[] } {
	const told: string[] = [];
	const manager = {
		ledger: new BudgetLedger(),
		lookUp: (id: string) =>
			subagents.find((subagent) => subagent.id === id) ?? refuse("not-found", `There is no subagent "${id}".`),
		list: () => subagents.toReversed(),
		isOwn: () => true,
		directionRefusal: () => undefined,
		whenSettled: (subagent: Subagent) =>
			isLive(subagent.status) ? parts.settled?.then(() => subagent.record()) : undefined,
		steer: async (subagent: Subagent, message: string) => {
			told.push(`${subagent.id}: ${message}`);
			return parts.steered ?? { kind: "delivered" };
		},
	} as unknown as SubagentSupervisor & SubagentsOfParent;
	return { manager, told };
}
