import type { AgentEvent } from "@mariozechner/pi-agent-core";
import type { Usage } from "@mariozechner/pi-ai";
import type { ProcessIdentity, StoredSubagent } from "../domain/stored-subagent.ts";
import type { SubagentRecord } from "../domain/subagent-record.ts";
import {
	isLive,
	queue,
	type RunOutcome,
	type Standing,
	type SubagentState,
	type SubagentStatus,
	settle,
	start,
	statusOf,
} from "../domain/subagent-state.ts";
import type { Compaction } from "../events/subagent-events.ts";
import type { RunPlan } from "../session/run-plan.ts";
import { Inbox, type SteerOutcome } from "./inbox.ts";
import { subagentRecord } from "./record-form.ts";
import type { ResultClaims } from "./result-claims.ts";
import type { SessionActivity } from "./session-activity.ts";
import { storedSubagent } from "./stored-form.ts";
import type { SubagentIdentity } from "./subagent-identity.ts";
import { firstDelivery, type RunFacts, runFacts, type SubagentParts, type UntoldResult } from "./subagent-parts.ts";
import type { SessionListener, SubagentSession } from "./subagent-session.ts";
import type { UntoldPrompts } from "./untold-prompts.ts";

export type Clock = () => number;

/** Told of what goes on in a subagent's session; called within the child's scope. */
export interface SubagentObserver {
	/** The figures or the activity changed; called often. */
	onProgress(subagent: Subagent): void;
	onCompacted(subagent: Subagent, compaction: Compaction): void;
	/** The parent has its result from now on, or it works in another directory: a later process has to know. */
	onDurableChange(subagent: Subagent): void;
}

/** One subagent: its identity, its state, its figures, its delivery. All changes of these are made here. */
export class Subagent implements SessionListener {
	readonly identity: SubagentIdentity;
	private readonly isElsewhere: boolean;
	private state: SubagentState;
	private facts: RunFacts;
	private delivery: ResultClaims;
	private lastCwd: string | undefined;
	private readonly prompts: UntoldPrompts;
	private owedResults: readonly UntoldResult[];
	private readonly inbox = new Inbox();
	private readonly activity: SessionActivity;

	constructor(
		parts: SubagentParts,
		private readonly clock: Clock,
		private readonly observer: SubagentObserver,
	) {
		this.identity = parts.identity;
		this.isElsewhere = parts.isElsewhere ?? false;
		this.state = parts.state;
		this.facts = parts.run;
		this.delivery = parts.delivery;
		this.prompts = parts.prompts;
		this.activity = parts.activity;
		this.owedResults = parts.owed ?? [];
		this.lastCwd = parts.cwd;
	}

	get id(): string {
		return this.identity.id;
	}

	get status(): SubagentStatus {
		return statusOf(this.state);
	}

	/** What of its present or last plan is asked for. */
	get run(): RunFacts {
		return this.facts;
	}

	/** The run has ended, the parent is to be notified of it and was not, and nobody is waiting for it. */
	get awaitsDelivery(): boolean {
		const isDue = this.delivery.state === "pending" && !this.isElsewhere;
		return this.facts.report === "notification" && this.state.phase === "settled" && isDue;
	}

	/** The parent's model should know of it: it lives, or ended without the parent having its result. */
	get isOpen(): boolean {
		const isDue = this.state.phase !== "settled" || this.delivery.state !== "delivered";
		return this.facts.report === "notification" && isDue && !this.isElsewhere;
	}

	get standing(): Standing {
		if (this.isElsewhere) return "elsewhere";
		return this.state.phase === "held" ? "held" : "here";
	}

	/** The directory of its present or last run; absent before its first one. */
	get workedIn() {
		return this.lastCwd;
	}

	/** What it is doing right now, in a few words. */
	get currentActivity(): string {
		return this.activity.current();
	}

	/** How full its context is, in percent; unknown before the first reply and after a compaction. */
	get contextPercent(): number | undefined {
		return this.activity.contextPercent(this.identity.contextWindow);
	}

	/** Results of earlier runs that the parent is still to be notified of. */
	get owed(): readonly UntoldResult[] {
		return this.owedResults.filter(({ carrier }) => carrier === undefined);
	}

	/** The parent was notified of what was owed. */
	owedWasTold(): void {
		this.owedResults = this.owedResults.filter(({ carrier }) => carrier !== undefined);
		this.observer.onDurableChange(this);
	}

	/**
	 * A settled or held subagent runs again. A result that the parent was not told yet stays in the record: whether it got there
	 * is known only when the parent's session holds what brings it.
	 *
	 * @param carrier the tool call whose result brings the one that is still to be told; without it, a notification does
	 */
	requeue(plan: RunPlan, carrier?: string): void {
		const { attempt, toolCallId } = this.facts;
		const { contextPercent } = this;
		const untold = this.awaitsDelivery ? [{ record: this.record(), attempt, toolCallId, contextPercent, carrier }] : [];
		this.owedResults = [...this.owed, ...untold]; // what an earlier call carried is there: it has been answered since
		this.state = queue(this.clock());
		this.facts = runFacts(plan, attempt + 1);
		this.delivery = firstDelivery(plan);
		this.prompts.ask(plan.prompt);
	}

	/** The session begins a run. @returns its prompt, after what earlier runs were to say and did not get told */
	hear(session: "blank" | "remembers"): string {
		return this.prompts.tell(session);
	}

	/** There is a conversation that a resume has to go on with. */
	get hasReplied(): boolean {
		return this.activity.figures().turns > 0;
	}

	start(): void {
		this.state = start(this.state, this.clock());
	}

	settle(outcome: RunOutcome): void {
		if (this.hasReplied) this.prompts.written();
		this.state = settle(this.state, outcome, this.clock());
		this.inbox.close();
		if (this.facts.report === "return")
			this.delivery.deliver("foreground", this.facts.toolCallId, this.clock()); // whoever waited has it with the return
		else if (outcome.status === "stopped" && outcome.by === "user") this.delivery.withhold();
	}

	/** Its run has a directory: known before anything happens there, so that work in it is found again after a kill. */
	workIn(cwd: string): void {
		const before = this.lastCwd ?? this.facts.cwd;
		this.lastCwd = cwd;
		if (cwd !== before) this.observer.onDurableChange(this);
	}

	/** From now on messages go to the session. */
	attach(session: SubagentSession): void {
		this.inbox.open(session);
	}

	takeHeldMessages(): readonly string[] {
		return this.inbox.take();
	}

	/** The one way to tell a subagent something while it lives. */
	async steer(message: string): Promise<SteerOutcome> {
		const fate = isLive(this.status) && !this.isElsewhere ? await this.inbox.put(message) : "too-late";
		if (fate === "held") this.observer.onDurableChange(this);
		return fate === "too-late" ? { kind: "refused", status: this.status } : { kind: fate };
	}

	/** A tool waits for the result: no notification meanwhile. @returns gives the claim up, once */
	claimDelivery(): () => void {
		return this.delivery.claim();
	}

	/** @param carrier the tool call that answers with it */
	deliveredVia(via: "tool" | "notification", carrier?: string): void {
		if (this.delivery.state === "delivered" || this.isElsewhere) return;
		this.delivery.deliver(via, carrier, this.clock());
		this.observer.onDurableChange(this);
	}

	/** A settled one leaves the person's list until it is resumed; nothing of it is lost. */
	dismiss(): void {
		if (isLive(this.status)) return;
		this.facts = { ...this.facts, isDismissed: true };
		if (!this.isElsewhere) this.observer.onDurableChange(this); // else it would be noted as ours
	}

	/** Nobody goes on with it: where the parent was not told of it yet, it does not wake the parent. */
	discard(): void {
		this.delivery.withhold();
		this.dismiss();
	}

	onAgentEvent(event: AgentEvent): void {
		if (this.activity.observe(event)) this.observer.onProgress(this);
	}

	onCompacted(compaction: Compaction): void {
		this.activity.compacted();
		this.observer.onCompacted(this, compaction);
	}

	/**
	 * What its model calls used since this was last asked, absent for nothing. Whoever asks puts it into the costs of the
	 * parent's session.
	 */
	takeUncountedUsage(): Usage | undefined {
		return this.isElsewhere ? undefined : this.activity.takeUncounted();
	}

	record(): SubagentRecord {
		const { identity, state, run } = this;
		return subagentRecord({ identity, state, run, figures: this.activity.figures(), delivery: this.delivery.record() });
	}

	/** All of it that outlives the process. */
	stored(owner: ProcessIdentity): StoredSubagent {
		const { run, identity, state, delivery, prompts, owedResults: owed, lastCwd: cwd } = this;
		const counted = this.activity.counted();
		const parts = { run, identity, state, delivery, prompts, owed, counted, ...(cwd !== undefined && { cwd }) };
		return storedSubagent(this.record(), { ...parts, waiting: this.inbox.waiting }, owner);
	}
}
