/** A person cannot read faster, and each update costs the host a render. */
const INTERVAL_MS = 100;
/** A run that is over this soon is not worth an update. */
const FIRST_AFTER_MS = 10;

/** While nothing changes the clock goes on, and a view that stands still looks hung. */
const TICK_MS = 1000;

/**
 * Passes on at most one update in each interval, the last one for certain, and one a second when nothing changes. After
 * `end()` nothing is passed on any more: an update after its tool call has ended kills the older host.
 */
export class ProgressUpdates {
	private timer: NodeJS.Timeout | undefined;
	private isDue = false;
	private lastAt: number;
	private ended = false;

	constructor(
		private readonly clock: () => number,
		private readonly send: () => void,
	) {
		this.lastAt = clock() + FIRST_AFTER_MS - INTERVAL_MS;
		this.sendIn(TICK_MS);
	}

	changed(): void {
		if (this.ended || this.isDue) return;
		const wait = Math.min(INTERVAL_MS, this.lastAt + INTERVAL_MS - this.clock()); // a clock may go backwards
		if (wait <= 0) this.sendNow();
		else {
			this.isDue = true;
			this.sendIn(wait);
		}
	}

	end(): void {
		this.ended = true;
		clearTimeout(this.timer);
	}

	private sendIn(milliseconds: number): void {
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.sendNow(), milliseconds);
	}

	private sendNow(): void {
		this.isDue = false;
		this.lastAt = this.clock();
		this.sendIn(TICK_MS);
		this.send();
	}
}
