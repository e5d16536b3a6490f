import type { AgentEvent } from "@mariozechner/pi-agent-core";
import type { AgentDefinition } from "../domain/agent-definition.ts";
import { claim, type DeliveryRecord, deliver, releaseClaim, withhold } from "../domain/delivery-state.ts";
import { outcomeFields, type SubagentRecord } from "../domain/subagent-record.ts";
import {
	isLive,
	queue,
	type RunOutcome,
	type SubagentState,
	type SubagentStatus,
	settle,
	start,
	statusOf,
} from "../domain/subagent-state.ts";
import type { Compaction } from "../events/subagent-events.ts";
import type { RunPlan } from "../session/run-plan.ts";
import { SessionActivity } from "./session-activity.ts";
import { firstDelivery, identityOf, type RunFacts, runFacts, type SubagentIdentity } from "./subagent-identity.ts";
import type { SessionListener, SubagentSession } from "./subagent-session.ts";
import { UntoldPrompts } from "./untold-prompts.ts";

export type Clock = () => number;

/** What became of a message for a subagent. */
export type SteerOutcome =
	| { readonly kind: "delivered" | "held" }
	| { readonly kind: "refused"; readonly status: SubagentStatus };

/** What a run came to that the parent does not know of yet. */
export interface UntoldResult {
	readonly record: SubagentRecord;
	readonly toolCallId: string | undefined;
	readonly contextPercent: number | undefined;
}

/** Told of what goes on in a subagent's session; called within the child's scope. */
export interface SubagentObserver {
	/** The figures or the activity changed; called often. */
	onProgress(subagent: Subagent): void;
	onCompacted(subagent: Subagent, compaction: Compaction): void;
}

/** One subagent: its identity, its state, its figures, its delivery. All changes of these are made here. */
export class Subagent implements SessionListener {
	readonly identity: SubagentIdentity;
	private state: SubagentState;
	/** What of the present or last plan is asked for; the plan itself, with its parent, is let go. */
	private run: RunFacts;
	private delivery: DeliveryRecord;
	private lastCwd: string | undefined;
	private owedResults: readonly UntoldResult[] = [];
	private claims = 0;
	private readonly untold = new UntoldPrompts();
	private session: SubagentSession | undefined;
	private heldMessages: string[] = [];
	private readonly activity = new SessionActivity();

	constructor(
		id: string,
		plan: RunPlan,
		private readonly clock: Clock,
		private readonly observer: SubagentObserver,
	) {
		this.identity = identityOf(id, plan, clock());
		this.state = queue(clock());
		this.run = runFacts(plan);
		this.delivery = firstDelivery(plan);
	}

	get id(): string {
		return this.identity.id;
	}

	get status(): SubagentStatus {
		return statusOf(this.state);
	}

	/** The run has ended, the parent is to be notified of it and was not, and nobody is waiting for it. */
	get awaitsDelivery(): boolean {
		return this.run.report === "notification" && this.state.phase === "settled" && this.delivery.state === "pending";
	}

	/** The parent's model should know of it: it lives, or ended without the parent having its result. */
	get isOpen(): boolean {
		const isDue = this.state.phase !== "settled" || this.delivery.state !== "delivered";
		return this.run.report === "notification" && isDue;
	}

	/** The tool call that asked for the present run, where a tool call did. */
	get toolCallId(): string | undefined {
		return this.run.toolCallId;
	}

	get turnLimit(): number | undefined {
		return this.run.limits.turns;
	}

	/** The directory of its present or last run; absent before its first one. */
	get workedIn(): string | undefined {
		return this.lastCwd;
	}

	/** What it ran as the last time; a resume falls back on it when the agent's file is gone. */
	get definition(): AgentDefinition {
		return this.run.definition;
	}

	/** What it is doing right now, in a few words. */
	get currentActivity(): string {
		return this.activity.current();
	}

	/** How full its context is, in percent; unknown before the first reply and after a compaction. */
	get contextPercent(): number | undefined {
		const tokens = this.activity.context();
		const { contextWindow } = this.identity;
		return tokens === undefined || contextWindow <= 0 ? undefined : Math.round((tokens / contextWindow) * 100);
	}

	/** Results of earlier runs that the parent is still to be notified of. */
	get owed(): readonly UntoldResult[] {
		return this.owedResults;
	}

	/** The parent was told what was owed. */
	owedWasTold(): void {
		this.owedResults = [];
	}

	/** A settled subagent runs again. */
	requeue(plan: RunPlan): void {
		const { toolCallId, contextPercent } = this;
		if (this.awaitsDelivery)
			this.owedResults = [...this.owedResults, { record: this.record(), toolCallId, contextPercent }];
		this.state = queue(this.clock());
		this.run = runFacts(plan);
		this.delivery = firstDelivery(plan);
	}

	/** The session begins a run. @returns its prompt, after what earlier runs were to say and did not get told */
	hear(prompt: string, session: "blank" | "remembers"): string {
		return this.untold.tell(prompt, session);
	}

	/** There is a conversation that a resume has to go on with. */
	get hasReplied(): boolean {
		return this.activity.figures().turns > 0;
	}

	start(): void {
		this.state = start(this.state, this.clock());
	}

	settle(outcome: RunOutcome, prompt: string): void {
		if (!this.session) this.untold.notHeard(prompt);
		if (this.hasReplied) this.untold.written();
		this.state = settle(this.state, outcome, this.clock());
		this.session = undefined;
		this.heldMessages = [];
		if (this.run.report === "return")
			this.deliveredVia("foreground"); // whoever waited has it with the return
		else if (outcome.status === "stopped" && outcome.by === "user") this.delivery = withhold(this.delivery);
	}

	/** From now on messages go to the session. */
	attach(session: SubagentSession, cwd: string): void {
		this.session = session;
		this.lastCwd = cwd;
	}

	takeHeldMessages(): readonly string[] {
		const held = this.heldMessages;
		this.heldMessages = [];
		return held;
	}

	/** The one way to tell a subagent something while it lives. */
	async steer(message: string): Promise<SteerOutcome> {
		if (!isLive(this.status)) return { kind: "refused", status: this.status };
		if (!this.session) {
			this.heldMessages.push(message);
			return { kind: "held" };
		}
		return (await this.session.steer(message)) ? { kind: "delivered" } : { kind: "refused", status: this.status };
	}

	/** A tool waits for the result: no notification meanwhile. @returns gives the claim up, once */
	claimDelivery(): () => void {
		this.claims++;
		this.delivery = claim(this.delivery);
		let claimed = true;
		return () => {
			if (!claimed) return;
			claimed = false;
			if (--this.claims === 0) this.delivery = releaseClaim(this.delivery);
		};
	}

	deliveredVia(via: NonNullable<DeliveryRecord["via"]>): void {
		this.delivery = deliver(this.delivery, via, this.clock());
	}

	onAgentEvent(event: AgentEvent): void {
		if (this.activity.observe(event)) this.observer.onProgress(this);
	}

	onCompacted(compaction: Compaction): void {
		this.activity.compacted();
		this.observer.onCompacted(this, compaction);
	}

	record(): SubagentRecord {
		const { state, identity } = this;
		const { id, type, description, model, parentSessionId } = identity;
		return Object.freeze({
			id,
			type,
			description,
			status: statusOf(state),
			...(state.phase === "settled" && { ...outcomeFields(state.outcome), completedAt: state.settledAt }),
			...this.activity.figures(),
			...(this.turnLimit !== undefined && { maxTurns: this.turnLimit }),
			queuedAt: state.queuedAt,
			startedAt: state.phase === "queued" ? state.queuedAt : state.startedAt,
			isBackground: this.run.isBackground,
			model,
			transcriptFile: identity.transcriptFile,
			parentSessionId,
			delivery: Object.freeze({ ...this.delivery }),
		});
	}
}
