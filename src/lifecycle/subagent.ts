import type { AgentEvent } from "@mariozechner/pi-agent-core";
import type { DeliveryRecord, SubagentRecord } from "../domain/subagent-record.ts";
import {
	queue,
	type RunOutcome,
	type StoppedBy,
	type SubagentState,
	settle,
	start,
	statusOf,
} from "../domain/subagent-state.ts";
import { modelKey } from "../session/model-choice.ts";
import type { RunPlan } from "../session/run-plan.ts";
import { SessionActivity } from "./session-activity.ts";
import type { SessionListener } from "./subagent-session.ts";

export type Clock = () => number;

/** One subagent: its identity, its state, its figures. All changes of its state are made here. */
export class Subagent implements SessionListener {
	private state: SubagentState;
	private delivery: DeliveryRecord = { state: "pending" };
	private transcript: string | undefined;
	private stopped: StoppedBy | undefined;
	private readonly activity = new SessionActivity();
	private readonly abort = new AbortController();

	/** @param onProgress called when the figures or the activity changed, within the child's scope and often */
	constructor(
		readonly id: string,
		readonly plan: RunPlan,
		private readonly clock: Clock,
		private readonly onProgress: () => void,
	) {
		this.state = queue(clock());
	}

	/** Fires when the run is to end; `stoppedBy` says why. */
	get signal(): AbortSignal {
		return this.abort.signal;
	}

	get stoppedBy(): StoppedBy | undefined {
		return this.stopped;
	}

	/** What it is doing right now, in a few words. */
	get currentActivity(): string {
		return this.activity.current();
	}

	start(): void {
		this.state = start(this.state, this.clock());
	}

	/** Asks the run to end, in whatever phase it is. It settles when its session has come to rest. */
	stop(by: StoppedBy): void {
		if (this.state.phase === "settled" || this.stopped) return;
		this.stopped = by;
		this.abort.abort();
	}

	settle(outcome: RunOutcome): void {
		this.state = settle(this.state, outcome, this.clock());
	}

	deliveredInForeground(): void {
		this.delivery = { state: "delivered", via: "foreground", at: this.clock() };
	}

	sessionCreated(transcript: string | undefined): void {
		this.transcript = transcript;
	}

	onAgentEvent(event: AgentEvent): void {
		if (this.activity.observe(event)) this.onProgress();
	}

	onCompacted(): void {
		this.activity.compacted();
		this.onProgress();
	}

	record(): SubagentRecord {
		const { state, plan } = this;
		const settled = state.phase === "settled" ? state : undefined;
		return Object.freeze({
			id: this.id,
			type: plan.definition.name,
			description: plan.description,
			status: statusOf(state),
			...(settled && { ...outcomeFields(settled.outcome), completedAt: settled.settledAt }),
			...this.activity.figures(),
			...(plan.limits.turns !== undefined && { maxTurns: plan.limits.turns }),
			queuedAt: state.queuedAt,
			startedAt: state.phase === "queued" ? state.queuedAt : state.startedAt,
			isBackground: false,
			model: modelKey(plan.model),
			...(this.transcript !== undefined && { transcriptFile: this.transcript }),
			parentSessionId: plan.parent.sessionId,
			delivery: Object.freeze({ ...this.delivery }),
		});
	}
}

function outcomeFields(outcome: RunOutcome): Pick<SubagentRecord, "result" | "error"> {
	const result = outcome.result === "" ? {} : { result: outcome.result };
	switch (outcome.status) {
		case "error":
			return { ...result, error: outcome.message };
		case "stopped":
			return { ...result, error: STOPPED[outcome.by] };
		case "completed":
		case "steered":
		case "aborted":
			return result;
		default:
			return outcome satisfies never;
	}
}

const STOPPED: Record<StoppedBy, string> = {
	user: "Stopped by the user.",
	parent: "Stopped because the turn that asked for it was interrupted.",
	shutdown: "Stopped because the session it belonged to ended.",
};
