import type { Condition } from "../domain/condition.ts";
import { DeliveryTracker, NOT_FOR_PARENT, PENDING } from "../domain/delivery-state.ts";
import type { RunUsage } from "../domain/run-limits.ts";
import type { KnownSpec } from "../domain/run-spec.ts";
import {
	type CountedUsage,
	endingOf,
	type ProcessIdentity,
	type StoredPrompts,
	type StoredRun,
} from "../domain/stored-run.ts";
import { outcomeFields, runIdOf, type SubagentRecord, totalTokens } from "../domain/subagent-record.ts";
import {
	type RunOutcome,
	type SubagentState,
	type SubagentStatus,
	settle,
	start,
	statusOf,
} from "../domain/subagent-state.ts";
import type { Waiting } from "../domain/waiting.ts";
import type { RunPlan } from "../planning/run-plan.ts";
import type { SubagentIdentity } from "./subagent-identity.ts";
import type { RunFigures, UsageFigures } from "./usage-tracker.ts";

/** What a run knows of its subagent. Figures are those of the subagent's whole life. */
export interface RunSubject {
	readonly identity: SubagentIdentity;
	/** Another process or another session owns the subagent: here it can only be read. */
	readonly isElsewhere: boolean;
	readonly contextPercent: number | undefined;
	/** What its session waits for while it runs. */
	readonly waiting: Waiting | undefined;
	figures(): UsageFigures;
	/** Of its present or last run. */
	runFigures(): RunFigures;
	/** Epoch milliseconds. */
	now(): number;
}

export interface RunParts {
	readonly spec: KnownSpec;
	/** 1 for the first run of a subagent, one more for each resume. */
	readonly attempt: number;
	/** Whether its result may start the parent's model; a result that an earlier process left behind may not. */
	readonly wakesParent: boolean;
	readonly state: SubagentState;
	readonly delivery: DeliveryTracker;
	/** The subagent's figures when the run ended; absent for a run that has not ended. */
	readonly final?: FinalFigures;
}

interface FinalFigures {
	readonly figures: UsageFigures;
	readonly run: RunFigures;
	readonly contextPercent: number | undefined;
}

/** The state of a run that was just planned. */
export function newRun({ spec }: RunPlan, attempt: number, state: SubagentState): RunParts {
	const delivery = new DeliveryTracker(spec.report === "none" ? NOT_FOR_PARENT : PENDING);
	return { spec, attempt, wakesParent: true, state, delivery };
}

/**
 * One run of a subagent: what it was asked to do, its state and outcome, and whether the parent has its result. A resume
 * begins another run and leaves this one as it is, so that a result which the parent does not have yet is not lost.
 */
export class Run {
	readonly attempt: number;
	readonly wakesParent: boolean;
	private asked: KnownSpec;
	private state: SubagentState;
	private readonly delivery: DeliveryTracker;
	private final: FinalFigures | undefined;

	constructor(
		parts: RunParts,
		private readonly subject: RunSubject,
	) {
		this.asked = parts.spec;
		this.attempt = parts.attempt;
		this.wakesParent = parts.wakesParent;
		this.state = parts.state;
		this.delivery = parts.delivery;
		this.final = parts.final;
	}

	get spec(): KnownSpec {
		return this.asked;
	}

	get status(): SubagentStatus {
		return statusOf(this.state);
	}

	get condition(): Condition {
		const { state } = this;
		if (this.subject.isElsewhere) return { kind: "owned-elsewhere", status: statusOf(state) };
		return state.phase === "settled" ? { kind: "settled", status: state.outcome.status } : { kind: state.phase };
	}

	/** It has ended, the parent is to be notified of its result and was not, and no tool call is waiting for it. */
	get awaitsDelivery(): boolean {
		return this.isUndelivered && this.delivery.state === "pending";
	}

	/** The same, but a tool call may be waiting for it. */
	get isUndelivered(): boolean {
		const isDue = this.delivery.state === "pending" || this.delivery.state === "claimed";
		return this.spec.report === "notification" && this.state.phase === "settled" && isDue && !this.subject.isElsewhere;
	}

	/** The parent's model should know of it: it has not ended, or it ended and the parent does not have its result. */
	get isOpen(): boolean {
		const isDue = this.state.phase !== "settled" || this.delivery.state !== "delivered";
		return this.spec.report === "notification" && isDue && !this.subject.isElsewhere;
	}

	/** How full the subagent's context was at the end of this run, or is now, in percent. */
	get contextPercent(): number | undefined {
		return this.final ? this.final.contextPercent : this.subject.contextPercent;
	}

	/** What this run has used, or had used when it ended. */
	usage(): RunUsage {
		const { turns, toolUses, tokens, cost } = this.figures;
		return { turns, toolUses, tokens: totalTokens(tokens), cost, durationMs: this.durationMs };
	}

	/** What this run alone counted. */
	get figures(): RunFigures {
		return this.final?.run ?? this.subject.runFigures();
	}

	start(now: number): void {
		this.state = start(this.state, now);
	}

	/** Whoever waited for it continues without it: it is background work now, and the parent is notified of its result. */
	detach(): void {
		this.asked = { ...this.spec, isBackground: true, report: "notification" };
	}

	settle(outcome: RunOutcome, now: number): void {
		this.state = settle(this.state, outcome, now);
		const { subject } = this;
		this.final ??= { figures: subject.figures(), run: subject.runFigures(), contextPercent: subject.contextPercent };
		// The caller who waited for it has the result with the return.
		if (this.spec.report === "return") this.delivery.deliver("foreground", this.spec.toolCallId, now);
		else if (outcome.status === "stopped" && outcome.by === "user") this.delivery.withhold();
	}

	/** A tool call waits for the result: no notification meanwhile. @returns gives the claim up, once */
	claimDelivery(): () => void {
		return this.delivery.claim();
	}

	/**
	 * The result is on its way to the parent.
	 *
	 * @param carrier the tool call that answers with it; when its answer is missing in the parent's session at the next
	 * start, the parent is notified after all
	 * @returns whether that is news
	 */
	deliveredVia(via: "tool" | "notification", carrier: string | undefined, now: number): boolean {
		if (this.delivery.state === "delivered" || this.subject.isElsewhere) return false;
		this.delivery.deliver(via, carrier, now);
		return true;
	}

	/** Nobody is notified of it any more. */
	withhold(): void {
		this.delivery.withhold();
	}

	/** The subagent as this run left it, or as it is now while the run lasts. */
	record(): SubagentRecord {
		const { spec, attempt, state, subject } = this;
		const { id, type, description, model, transcriptFile, parentSessionId, lineage } = subject.identity;
		return Object.freeze({
			id,
			runId: runIdOf(id, attempt),
			attempt,
			...lineage,
			type,
			description,
			status: statusOf(state),
			...(state.phase === "settled" && { ...outcomeFields(state.outcome), completedAt: state.settledAt }),
			...(this.final?.figures ?? subject.figures()),
			...(spec.limits.turns !== undefined && { maxTurns: spec.limits.turns }),
			limits: Object.freeze({ ...spec.limits }),
			run: Object.freeze(this.usage()),
			queuedAt: state.queuedAt,
			startedAt: "startedAt" in state ? state.startedAt : state.queuedAt,
			isBackground: spec.isBackground,
			model,
			transcriptFile,
			parentSessionId,
			delivery: this.delivery.record(),
			...this.waitingField(),
		});
	}

	private waitingField(): Pick<SubagentRecord, "waiting"> {
		if (this.state.phase === "queued" && this.spec.isBackground) return { waiting: { for: "slot" } };
		const { waiting } = this.subject;
		return this.state.phase === "running" && waiting ? { waiting: Object.freeze(waiting) } : {};
	}

	private get durationMs(): number {
		const { state } = this;
		switch (state.phase) {
			case "queued":
			case "suspended":
				return 0;
			case "running":
				return Math.max(0, this.subject.now() - state.startedAt); // clocks are set back
			case "settled":
				return state.settledAt - state.startedAt;
			default:
				return state satisfies never;
		}
	}

	/** Everything of it that outlives the process. `restoreRun` makes it a run again. */
	stored(extras: StoredExtras): StoredRun {
		const { spec, attempt, state, delivery } = this;
		const { owner, prompts, cwd, isDismissed, counted } = extras;
		const { carrier } = delivery;
		const { waiting: _, ...record } = this.record();
		const hasWorkspace = cwd !== undefined && cwd !== spec.cwd;
		return {
			record: Object.freeze(record),
			spec,
			prompts,
			...(hasWorkspace && { workspace: cwd }),
			attempt,
			owner,
			used: this.figures.tokens,
			counted,
			...(state.phase === "settled" && endingOf(state.outcome)),
			...(carrier !== undefined && { carrier }),
			...(isDismissed && { isDismissed }),
		};
	}
}

/** What is stored with a run and belongs to its subagent. */
export interface StoredExtras {
	readonly owner: ProcessIdentity;
	readonly prompts: StoredPrompts;
	/** The directory it works in; absent before it has one. */
	readonly cwd: string | undefined;
	readonly isDismissed: boolean;
	/** What of the subagent's figures is in the costs of the parent's session. */
	readonly counted: CountedUsage;
}
