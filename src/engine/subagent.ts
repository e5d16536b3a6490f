import type { AgentEvent } from "@mariozechner/pi-agent-core";
import type { Usage } from "@mariozechner/pi-ai";
import type { Condition } from "../domain/condition.ts";
import type { RunUsage } from "../domain/run-limits.ts";
import type { KnownSpec } from "../domain/run-spec.ts";
import type { ProcessIdentity, StoredPrompts, StoredRun } from "../domain/stored-run.ts";
import type { SubagentRecord } from "../domain/subagent-record.ts";
import { isLive, queue, type RunOutcome, type SubagentStatus } from "../domain/subagent-state.ts";
import { type Waiting, waitingText } from "../domain/waiting.ts";
import type { Compaction } from "../events/subagent-events.ts";
import type { ChildSession, SessionListener } from "../host/child-session.ts";
import type { RunPlan } from "../planning/run-plan.ts";
import { MessageQueue, PendingPrompts, type SteerOutcome } from "./message-queue.ts";
import { newRun, Run, type RunParts, type RunSubject } from "./run.ts";
import { identityOf, type SubagentIdentity } from "./subagent-identity.ts";
import { type RunFigures, type UsageFigures, UsageTracker } from "./usage-tracker.ts";

export type Clock = () => number;

/** Hears what happens in a subagent's session; called within the child's scope. */
export interface SubagentObserver {
	/** The figures or the activity changed; called often. */
	onProgress(subagent: Subagent): void;
	onCompacted(subagent: Subagent, compaction: Compaction): void;
	/** Something of one of its runs changed that a later process has to know: its delivery, its directory. */
	onDurableChange(subagent: Subagent, run: Run): void;
}

/** A result that the parent does not have yet, as delivery sees it. */
export interface UndeliveredRun {
	readonly run: Run;
	/** The parent has been notified. */
	notified(): void;
}

/** What a subagent is made of, whether new or restored. */
export interface SubagentParts {
	readonly identity: SubagentIdentity;
	/** Its present or last run. */
	readonly run: RunParts;
	/** Earlier runs whose results the parent does not have yet, oldest first. */
	readonly undelivered?: readonly RunParts[];
	readonly prompts: PendingPrompts;
	readonly activity: UsageTracker;
	/** The directory of its last run. */
	readonly cwd?: string;
	/** The person does not want to see it any more. */
	readonly isDismissed?: boolean;
	/** Another process or another session owns it: here it can only be read. */
	readonly isElsewhere?: boolean;
}

export function newSubagent(id: string, plan: RunPlan, now: number): SubagentParts {
	const prompts = new PendingPrompts();
	prompts.ask(plan.spec.prompt);
	return {
		identity: identityOf(id, plan, now),
		run: newRun(plan, 1, queue(now)),
		prompts,
		activity: new UsageTracker(),
	};
}

/** One subagent: its identity, its conversation and its runs. All changes of these are made here. */
export class Subagent implements SessionListener, RunSubject {
	readonly kind = "subagent";
	readonly identity: SubagentIdentity;
	readonly isElsewhere: boolean;
	private current: Run;
	/** Runs before the current one whose results the parent does not have yet, oldest first. */
	private undelivered: readonly Run[];
	private lastCwd: string | undefined;
	private dismissed: boolean;
	private waitsFor: Waiting | undefined;
	/** What the watchdog has seen. */
	private attention: string | undefined;
	private readonly prompts: PendingPrompts;
	private readonly inbox = new MessageQueue();
	private readonly activity: UsageTracker;

	constructor(
		parts: SubagentParts,
		private readonly clock: Clock,
		private readonly observer: SubagentObserver,
	) {
		this.identity = parts.identity;
		this.isElsewhere = parts.isElsewhere ?? false;
		this.prompts = parts.prompts;
		this.activity = parts.activity;
		this.lastCwd = parts.cwd;
		this.dismissed = parts.isDismissed ?? false;
		this.current = new Run(parts.run, this);
		this.undelivered = (parts.undelivered ?? []).map((run) => new Run(run, this));
	}

	get id(): string {
		return this.identity.id;
	}

	get status(): SubagentStatus {
		return this.current.status;
	}

	/** Of its present or last run. */
	get spec(): KnownSpec {
		return this.current.spec;
	}

	/** The number of its present or last run. */
	get attempt(): number {
		return this.current.attempt;
	}

	/** Its last run has ended, the parent is to be notified of it and was not, and no tool call is waiting for it. */
	get awaitsDelivery(): boolean {
		return this.current.awaitsDelivery;
	}

	/** The parent's model should know of it: it has not ended, or it ended and the parent does not have its result. */
	get isOpen(): boolean {
		return this.current.isOpen;
	}

	/** The person does not want to see it any more. */
	get isDismissed(): boolean {
		return this.dismissed;
	}

	get condition(): Condition {
		return this.current.condition;
	}

	/** A call of the parent's model waits for its run. */
	get isAwaited(): boolean {
		return this.spec.report === "return" && isLive(this.status) && !this.isElsewhere;
	}

	/** The directory of its present or last run; absent before its first one. */
	get workedIn() {
		return this.lastCwd;
	}

	/** What it is doing right now, in a few words. */
	get currentActivity(): string {
		if (this.waitsFor) return waitingText(this.waitsFor);
		const activity = this.activity.current();
		return this.attention === undefined ? activity : `${activity} (${this.attention})`;
	}

	/** What its session waits for. */
	get waiting(): Waiting | undefined {
		return this.waitsFor;
	}

	/** How full its context is, in percent; unknown before the first reply and after a compaction. */
	get contextPercent(): number | undefined {
		return this.activity.contextPercent(this.identity.contextWindow);
	}

	/** The figures of its whole life. */
	figures(): UsageFigures {
		return this.activity.figures();
	}

	/** The figures of its present or last run. */
	runFigures(): RunFigures {
		return this.activity.runFigures();
	}

	/** The same as limits and records have it. */
	runUsage(): RunUsage {
		return this.current.usage();
	}

	now(): number {
		return this.clock();
	}

	/** Results that the parent is to be notified of now, oldest first. */
	dueResults(): readonly UndeliveredRun[] {
		return [...this.undelivered, this.current]
			.filter((run) => run.awaitsDelivery)
			.map((run) => ({ run, notified: () => this.delivered(run, "notification", undefined) }));
	}

	/** A settled or suspended subagent runs again. A result that the parent does not have yet stays due. */
	requeue(plan: RunPlan): void {
		if (this.current.isUndelivered) this.undelivered = [...this.undelivered, this.current];
		this.dismissed = false;
		this.activity.runBegins();
		this.current = new Run(newRun(plan, this.current.attempt + 1, queue(this.clock())), this);
		this.prompts.ask(plan.spec.prompt);
	}

	/** The session begins a run. @returns its prompt, after the prompts of earlier runs that no session has heard */
	hear(session: "blank" | "remembers"): string {
		return this.prompts.tell(session);
	}

	/** There is a conversation that a resume has to continue. */
	get hasReplied(): boolean {
		return this.activity.figures().turns > 0;
	}

	start(): void {
		this.current.start(this.clock());
	}

	/** The call that waits for its run returns, and the run continues in the background. */
	detach(): void {
		this.current.detach();
		this.observer.onDurableChange(this, this.current);
	}

	settle(outcome: RunOutcome): void {
		if (this.hasReplied) this.prompts.written();
		this.waitsFor = undefined;
		this.attention = undefined;
		this.current.settle(outcome, this.clock());
		this.inbox.close();
	}

	/** Its run has a directory: known before anything happens there, so that work in it is found again after a kill. */
	workIn(cwd: string): void {
		const before = this.lastCwd ?? this.spec.cwd;
		this.lastCwd = cwd;
		if (cwd !== before) this.observer.onDurableChange(this, this.current);
	}

	/** What is to be said of how its run starts, shown as its activity until its first reply. */
	noteStart(note: string): void {
		this.activity.noteStart(note);
		this.observer.onProgress(this);
	}

	/** From now on messages go to the session. */
	attach(session: ChildSession): void {
		this.inbox.open(session);
	}

	takeHeldMessages(): readonly string[] {
		return this.inbox.take();
	}

	/** The one way to tell a subagent something while it lives. */
	async steer(message: string): Promise<SteerOutcome> {
		const fate = isLive(this.status) && !this.isElsewhere ? await this.inbox.put(message) : "too-late";
		if (fate === "held") this.observer.onDurableChange(this, this.current);
		return fate === "too-late" ? { kind: "refused", status: this.status } : { kind: fate };
	}

	/** A tool call waits for the result: no notification meanwhile. @returns gives the claim up, once */
	claimDelivery(): () => void {
		return this.current.claimDelivery();
	}

	/**
	 * The result of its last run is on its way to the parent.
	 *
	 * @param carrier the tool call that answers with it
	 */
	deliveredVia(via: "tool" | "notification", carrier?: string): void {
		this.delivered(this.current, via, carrier);
	}

	/** A settled one leaves the person's list until it is resumed; nothing of it is lost. */
	dismiss(): void {
		if (isLive(this.status)) return;
		this.dismissed = true;
		if (!this.isElsewhere) this.observer.onDurableChange(this, this.current); // else it would be stored as ours
	}

	/** Nobody continues it: where the parent was not notified yet, it does not wake the parent. */
	discard(): void {
		this.current.withhold();
		this.dismiss();
	}

	onAgentEvent(event: AgentEvent): void {
		if (this.activity.observe(event)) this.observer.onProgress(this);
	}

	onPaused(what: string | undefined): void {
		this.activity.paused(what);
		this.observer.onProgress(this);
	}

	/** Its session waits, or does no longer. */
	onWaiting(waiting: Waiting | undefined): void {
		this.waitsFor = waiting;
		this.observer.onProgress(this);
	}

	/** The watchdog sees something wrong with it, or no longer. */
	onAttention(what: string | undefined): void {
		this.attention = what;
		this.observer.onProgress(this);
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
		return this.current.record();
	}

	/** All of one of its runs that outlives the process. */
	stored(owner: ProcessIdentity, run = this.current): StoredRun {
		const isCurrent = run === this.current;
		const prompts = isCurrent ? this.storedPrompts() : NO_PROMPTS;
		const counted = this.activity.counted();
		return run.stored({ owner, prompts, cwd: this.lastCwd, isDismissed: isCurrent && this.dismissed, counted });
	}

	private storedPrompts(): StoredPrompts {
		const { unwritten, unheard } = this.prompts.stored();
		return { unwritten, unheard: [...unheard, ...this.inbox.waiting] };
	}

	private delivered(run: Run, via: "tool" | "notification", carrier: string | undefined): void {
		if (!run.deliveredVia(via, carrier, this.clock())) return;
		this.undelivered = this.undelivered.filter((other) => other !== run);
		this.observer.onDurableChange(this, run);
	}
}

const NO_PROMPTS: StoredPrompts = { unwritten: [], unheard: [] };
