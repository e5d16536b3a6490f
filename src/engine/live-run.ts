import type { SubagentRecord } from "../domain/subagent-record.ts";
import type { RunOutcome, StoppedBy } from "../domain/subagent-state.ts";
import type { Waiting } from "../domain/waiting.ts";
import type { RunPlan } from "../planning/run-plan.ts";
import { untilAborted } from "../platform/cancellation.ts";
import type { ConcurrencyLimiter, Ticket } from "./concurrency-limiter.ts";
import { brokeOff, type ExecutionParts, executeRun } from "./execute-run.ts";
import type { Subagent } from "./subagent.ts";
import { Watchdog, type WatchSettings } from "./watchdog.ts";

export interface LiveRunParts {
	readonly subagent: Subagent;
	readonly plan: RunPlan;
	readonly shared: ExecutionParts;
	readonly limiter: ConcurrencyLimiter;
	/** The live runs of subagents that this one has started. */
	readonly children: () => readonly LiveRun[];
	/** Absent: nobody watches it. */
	readonly watch?: WatchSettings;
	/** Tells the subagent something in the watchdog's name. */
	readonly steer?: (message: string) => void;
}

/** What a caller that waited for a run gets: the run has settled, or continues in the background without it. */
export interface Attended {
	readonly kind: "settled" | "detached";
	readonly record: SubagentRecord;
}

/** A caller that waits for the run: its signal ends the run, and it hears when there is something new to show. */
export interface ForegroundCaller {
	readonly signal: AbortSignal | undefined;
	/** Called often, and within the child's scope: who passes it on leaves the scope. What there is to see is pulled. */
	readonly onProgress: () => void;
}

/**
 * One execution of a subagent, from the queue to its settling. It settles exactly once, and holds its slot no longer than
 * its child lives.
 */
export class LiveRun {
	/** Resolves with the record as this run left it; a resume may have changed it again by the time somebody looks. */
	readonly settled: Promise<SubagentRecord>;
	private readonly abort = new AbortController();
	private ticket: Ticket | undefined;
	private stopper: StoppedBy | undefined;
	private stopReason: string | undefined;
	private resolveSettled: (record: SubagentRecord) => void = () => {};
	private begun = false;
	private pauses = 0;
	private watchdog: Watchdog | undefined;
	private waiting: { readonly caller: ForegroundCaller; readonly leave: (attended: Attended) => void } | undefined;

	/** @param onChange called when the run has started and when it has settled, after the record changed. Must not throw. */
	constructor(
		private readonly parts: LiveRunParts,
		private readonly onChange: (change: "started" | "settled") => void,
	) {
		this.settled = new Promise((resolve) => {
			this.resolveSettled = resolve;
		});
	}

	/** Begins, or takes its place in the queue, unless it was stopped before. Called once. */
	enter(): void {
		if (this.stopper) return;
		const begin = () => void this.begin();
		if (this.plan.spec.admission === "queued") this.ticket = this.parts.limiter.request(begin);
		else begin();
	}

	get subagent(): Subagent {
		return this.parts.subagent;
	}

	get plan(): RunPlan {
		return this.parts.plan;
	}

	queuePosition(): number {
		return this.ticket?.position() ?? 0;
	}

	/** Stays with it until it settles or is detached; until then the caller's signal ends it. Never rejects. */
	async attend(caller: ForegroundCaller): Promise<Attended> {
		const interrupt = () => this.stop("parent");
		const detached = new Promise<Attended>((leave) => {
			this.waiting = { caller, leave };
		});
		caller.signal?.addEventListener("abort", interrupt, { once: true });
		if (caller.signal?.aborted) interrupt();
		const settled = this.settled.then((record): Attended => ({ kind: "settled", record }));
		const attended = await Promise.race([detached, settled]);
		caller.signal?.removeEventListener("abort", interrupt);
		return attended;
	}

	/**
	 * The call of the parent's model that waits for it returns, and it continues in the background.
	 *
	 * @returns false where no such call waits, or it is ending already: then the call returns with the result
	 */
	detach(): boolean {
		const { waiting, subagent, ticket } = this;
		if (!waiting || this.stopper || !subagent.isAwaited) return false;
		this.waiting = undefined;
		subagent.detach();
		this.ticket = ticket ?? this.parts.limiter.occupy(); // it counts from now on, though it does not wait
		if (this.pauses > 0) this.ticket.lend();
		waiting.leave({ kind: "detached", record: subagent.record() });
		return true;
	}

	/** There is something new to look at. */
	progressed(): void {
		this.waiting?.caller.onProgress();
	}

	/**
	 * Its slot is free while it waits for something that is not its own doing, such as a subagent that it has started; then it waits
	 * for one again, before those that have not begun.
	 */
	async pausedFor<T>(reason: Waiting["for"], work: () => Promise<T>): Promise<T> {
		this.pauses++;
		this.ticket?.lend();
		this.waitsFor({ for: reason });
		try {
			return await work();
		} finally {
			if (--this.pauses === 0) await this.takeSlotBack();
		}
	}

	private async takeSlotBack(): Promise<void> {
		this.waitsFor({ for: "slot" });
		if (this.ticket) await untilAborted(this.ticket.takeBack(), this.abort.signal).catch(() => undefined);
		if (this.pauses === 0) this.waitsFor(undefined);
	}

	private waitsFor(waiting: Waiting | undefined): void {
		this.watchdog?.onWaiting(waiting);
		this.parts.subagent.onWaiting(waiting);
	}

	/** Has been told to end. */
	get isEnding(): boolean {
		return this.stopper !== undefined;
	}

	/**
	 * Asks it to end, and before it everything below it, the deepest first.
	 *
	 * @param reason why, where `by` does not say it all
	 */
	stop(by: StoppedBy, reason?: string): void {
		if (this.stopper) return;
		this.stopper = by;
		this.stopReason = reason;
		for (const child of this.parts.children()) child.stop(by);
		this.abort.abort();
		if (!this.begun) this.settle({ status: "stopped", by, result: "" });
	}

	private async begin(): Promise<void> {
		if (this.stopper) return; // stopped in the queue and settled; the slot is given back by that
		this.begun = true;
		const { subagent, plan, shared } = this.parts;
		const stoppedBy = () => this.stopper ?? "parent";
		const stopReason = () => this.stopReason;
		subagent.start();
		this.onChange("started");
		const watchdog = this.makeWatchdog();
		this.watchdog = watchdog;
		const run = {
			...{ subagent, plan, signal: this.abort.signal, stoppedBy, stopReason },
			...(watchdog && { watchdog }),
			pausedFor: <T>(reason: Waiting["for"], work: () => Promise<T>) => this.pausedFor(reason, work),
			endChildren: () => this.endChildren(),
		};
		// A rejection that nobody handles would end the whole process.
		const outcome = await executeRun(run, shared).catch((error) => brokeOff(run, error));
		watchdog?.end();
		this.settle(outcome);
	}

	private makeWatchdog(): Watchdog | undefined {
		const { watch, steer, subagent } = this.parts;
		if (!watch) return undefined;
		const watched = {
			show: (what: string | undefined) => subagent.onAttention(what),
			steer: (message: string) => steer?.(message),
			stop: (evidence: string) => this.stop("watchdog", `Stopped by the watchdog: ${evidence}.`),
		};
		return new Watchdog(watch, watched, Date.now);
	}

	/** What it started ends before it does. @returns those that had not ended */
	private async endChildren(): Promise<readonly Subagent[]> {
		const left = this.parts.children();
		for (const child of left) child.stop(this.stopper ?? "ancestor");
		await Promise.all(left.map((child) => child.settled));
		return left.map(({ subagent }) => subagent);
	}

	private settle(outcome: RunOutcome): void {
		const { subagent } = this.parts;
		subagent.settle(outcome);
		const record = subagent.record();
		this.onChange("settled");
		this.ticket?.release();
		this.resolveSettled(record);
	}
}
