import type { Clock } from "../../../src/extensions/automation/clock.ts";

interface Timer {
	readonly at: number;
	readonly act: () => void;
}

/** A clock that stands until it is moved. */
export class FakeClock implements Clock {
	private readonly timers = new Set<Timer>();

	/** @param settle waits for what was begun until it can get no further without time */
	constructor(
		private time: number,
		private readonly settle: () => Promise<void>,
	) {}

	now(): number {
		return this.time;
	}

	after(delayMs: number, act: () => void): () => void {
		const timer = { at: this.time + delayMs, act };
		this.timers.add(timer);
		return () => void this.timers.delete(timer);
	}

	/** Lets time pass, with each timer at its own time. What timers have begun is waited for. */
	async advance(ms: number): Promise<void> {
		const end = this.time + ms;
		for (;;) {
			const [next] = [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
			if (!next) break;
			this.timers.delete(next);
			this.time = Math.max(this.time, next.at);
			next.act();
			await this.settle();
		}
		this.time = end;
		await this.settle();
	}

	/** The computer sleeps: time passes, and no timer is on time. */
	async sleep(ms: number): Promise<void> {
		this.time += ms;
		await this.advance(0);
	}
}
