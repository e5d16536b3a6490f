/** How long the host may wait before a retry after its first failure; each further failure doubles it. */
const RETRY_HOLD_MS = 2500;
/** A model may take minutes to summarize; one that fails tells extensions nothing, and after this long it is over. */
const REWRITING_HOLD_MS = 5 * 60_000;
/** A prompt that was accepted begins a run soon, unless an extension handles it. */
const EXPECTED_RUN_MS = 10_000;
/** The newer host is busy before it tells us that a run begins; how often to look whether it still is. */
const LOOK_AGAIN_MS = 100;
/** After a compaction the older host waits a tenth of a second and may then continue by itself. */
const AFTER_REWRITING_MS = 250;

/**
 * Is the parent idle, so that a message sent now starts its own run? A message left in the host's own queue is lost
 * when the user interrupts. Fed from the host's events, because no live context is kept.
 */
export class ParentActivity {
	private busyUntil = 0;
	private wasInterrupted = false;
	private failures = 0;
	private timer: NodeJS.Timeout | undefined;

	/**
	 * @param onRest called each time the parent becomes idle
	 * @param isHostIdle the host's own word; must not throw
	 */
	constructor(
		private readonly clock: () => number,
		private readonly onRest: () => void,
		private readonly isHostIdle: () => boolean,
	) {}

	/** When this returns false, `onRest` is called as soon as the parent is idle. */
	isAtRest(): boolean {
		if (this.clock() < this.busyUntil) return false;
		if (this.isHostIdle()) return true;
		this.hold(LOOK_AGAIN_MS);
		return false;
	}

	/** The user's last action was an interrupt: results are appended without starting the parent again. */
	get interrupted(): boolean {
		return this.wasInterrupted;
	}

	/** A prompt was accepted; other extensions may take their time with it before the run begins. */
	expected(): void {
		if (!this.isRunning()) this.hold(EXPECTED_RUN_MS);
	}

	/** The extension was reloaded, which happens between runs; no event for what it was waiting for will arrive. */
	reloaded(): void {
		this.hold(0);
	}

	/** The newer host is preparing a run, which it may give up without an event; meanwhile it is not idle. */
	starting(): void {
		this.wasInterrupted = false;
		if (!this.isRunning()) this.hold(LOOK_AGAIN_MS);
	}

	/** A run of the parent begins, or is about to. */
	began(): void {
		this.wasInterrupted = false;
		this.hold(Number.POSITIVE_INFINITY);
	}

	/** The user interrupted the present run. The hosts' last messages do not show this reliably. */
	interrupt(): void {
		this.wasInterrupted = true;
	}

	/** A run of the parent has ended. @param failed with an error as its last message */
	ended(failed: boolean): void {
		this.failures = failed && !this.wasInterrupted ? this.failures + 1 : 0;
		// After a failure the host may be waiting for a retry; it cannot be seen from outside.
		this.hold(this.failures > 0 ? RETRY_HOLD_MS * 2 ** Math.min(this.failures - 1, 4) : 0);
	}

	/** The conversation is being compacted, or left for another branch: a message sent meanwhile would not be part of it. */
	rewritingBegan(): void {
		if (!this.isRunning()) this.hold(REWRITING_HOLD_MS);
	}

	rewritingEnded(): void {
		if (!this.isRunning()) this.hold(AFTER_REWRITING_MS);
	}

	private isRunning(): boolean {
		return this.busyUntil === Number.POSITIVE_INFINITY;
	}

	/** Stops the timer. */
	stop(): void {
		clearTimeout(this.timer);
	}

	private hold(milliseconds: number): void {
		clearTimeout(this.timer);
		this.busyUntil = milliseconds === 0 ? 0 : this.clock() + milliseconds;
		if (milliseconds === Number.POSITIVE_INFINITY) return;
		this.timer = setTimeout(() => {
			this.busyUntil = 0;
			this.onRest();
		}, milliseconds).unref();
	}
}
