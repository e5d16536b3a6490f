/** Time as the automations see it; a test has one of its own. */
export interface Clock {
	/** In milliseconds since 1970. */
	now(): number;
	/** Calls `act` once, `delayMs` from now or a little later. @returns takes it back */
	after(delayMs: number, act: () => void): () => void;
}

/** A longer timer would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The timers keep no process alive. */
export const SYSTEM_CLOCK: Clock = {
	now: Date.now,
	after: (delayMs, act) => {
		const timer = setTimeout(act, Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS));
		timer.unref();
		return () => clearTimeout(timer);
	},
};
