/** A person cannot read faster, and each update costs the host a render. */
const INTERVAL_MS = 100;
/** A run that is over this soon is not worth an update. */
const FIRST_AFTER_MS = 10;

/**
 * Passes on at most one update in each interval, and the last one for certain. After `end()` nothing is passed on any more:
 * an update after its tool call has ended kills the older host.
 */
export class ProgressUpdates {
	private timer: NodeJS.Timeout | undefined;
	private lastAt: number;
	private ended = false;

	constructor(
		private readonly clock: () => number,
		private readonly send: () => void,
	) {
		this.lastAt = clock() + FIRST_AFTER_MS - INTERVAL_MS;
	}

	changed(): void {
		if (this.ended || this.timer) return;
		const wait = Math.min(INTERVAL_MS, this.lastAt + INTERVAL_MS - this.clock()); // a clock may go backwards
		if (wait <= 0) this.sendNow();
		else this.timer = setTimeout(() => this.sendNow(), wait);
	}

	end(): void {
		this.ended = true;
		clearTimeout(this.timer);
	}

	private sendNow(): void {
		this.timer = undefined;
		this.lastAt = this.clock();
		this.send();
	}
}
