import type { SubagentRecord, Waiting } from "../domain/subagent-record.ts";
import type { RunOutcome, StoppedBy } from "../domain/subagent-state.ts";
import type { RunPlan } from "../planning/run-plan.ts";
import { untilAborted } from "../platform/cancellation.ts";
import type { ConcurrencyLimiter, Ticket } from "./concurrency-limiter.ts";
import { brokeOff, type ExecutionParts, executeRun } from "./execute-run.ts";
import type { Subagent } from "./subagent.ts";

export interface LiveRunParts {
	readonly subagent: Subagent;
	readonly plan: RunPlan;
	readonly shared: ExecutionParts;
	readonly limiter: ConcurrencyLimiter;
	/** The live runs of subagents that this one has started. */
	readonly children: () => readonly LiveRun[];
}

/** A caller that waits for the run: its signal ends the run, and it is notified when there is something new to look at. */
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
	private resolveSettled: (record: SubagentRecord) => void = () => {};
	private begun = false;
	private caller: ForegroundCaller | undefined;
	private pauses = 0;

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

	/** Stays with it until it settles; the caller's signal ends it. Never rejects. */
	async attend(caller: ForegroundCaller): Promise<SubagentRecord> {
		const interrupt = () => this.stop("parent");
		this.caller = caller;
		caller.signal?.addEventListener("abort", interrupt, { once: true });
		if (caller.signal?.aborted) interrupt();
		const record = await this.settled;
		caller.signal?.removeEventListener("abort", interrupt);
		return record;
	}

	/** There is something new to look at. */
	progressed(): void {
		this.caller?.onProgress();
	}

	/**
	 * Its slot is free while it waits for something that is not its own doing, such as a subagent that it has started; then it waits
	 * for one again, before those that have not begun.
	 */
	async pausedFor<T>(reason: Waiting["for"], work: () => Promise<T>): Promise<T> {
		const { subagent } = this.parts;
		this.pauses++;
		this.ticket?.lend();
		subagent.waitsFor({ for: reason });
		try {
			return await work();
		} finally {
			if (--this.pauses === 0) await this.takeSlotBack();
		}
	}

	private async takeSlotBack(): Promise<void> {
		const { subagent } = this.parts;
		subagent.waitsFor({ for: "slot" });
		if (this.ticket) await untilAborted(this.ticket.takeBack(), this.abort.signal).catch(() => undefined);
		if (this.pauses === 0) subagent.waitsFor(undefined);
	}

	/** Has been told to end. */
	get isEnding(): boolean {
		return this.stopper !== undefined;
	}

	/** Asks it to end, and before it everything below it, the deepest first. */
	stop(by: StoppedBy): void {
		if (this.stopper) return;
		this.stopper = by;
		for (const child of this.parts.children()) child.stop(by);
		this.abort.abort();
		if (!this.begun) this.settle({ status: "stopped", by, result: "" });
	}

	private async begin(): Promise<void> {
		if (this.stopper) return; // stopped in the queue and settled; the slot is given back by that
		this.begun = true;
		const { subagent, plan, shared } = this.parts;
		const stoppedBy = () => this.stopper ?? "parent";
		const run = {
			...{ subagent, plan, stoppedBy },
			signal: this.abort.signal,
			pausedFor: <T>(reason: Waiting["for"], work: () => Promise<T>) => this.pausedFor(reason, work),
			endChildren: () => this.endChildren(),
		};
		subagent.start();
		this.onChange("started");
		// A rejection that nobody handles would end the whole process.
		this.settle(await executeRun(run, shared).catch((error) => brokeOff(run, error)));
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
