/** Leave to make one request; given back once, in whichever way the request ended. */
export interface Permit {
	/** The provider serves it: a probe has shown that the provider is back. */
	accepted(): void;
	/** It was served to its end, or ended for a reason that says nothing about the provider's load. */
	ended(kind: "good" | "neutral"): void;
	/**
	 * The provider refused it for its load: nobody may ask before the wait is over, and fewer may at a time.
	 *
	 * @returns when the next request may be made, epoch milliseconds
	 */
	refused(wait: Wait): number;
}

export interface Wait {
	/** What the provider asked for, in milliseconds; absent where it did not say. */
	readonly waitMs?: number | undefined;
	/** The first wait where the provider did not say, in milliseconds; it doubles with each refusal in a row. */
	readonly backoffMs: number;
}

export interface GateRequest {
	/** The person waits for it: it goes before the others. */
	readonly isForeground: boolean;
	readonly signal: AbortSignal | undefined;
	/** Told when it has to wait, and again when the wait gets longer. `until`: epoch milliseconds, where that is known. */
	readonly onWaiting: (until: number | undefined) => void;
}

export interface GateClock {
	/** Epoch milliseconds. */
	now(): number;
	/** 0 <= x < 1. */
	random(): number;
}

const LONGEST_BACKOFF_MS = 60_000;
/** Part of a wait by which it may be longer than asked, so that several pis do not wake together; never shorter. */
const WAKE_SPREAD = 0.1;
const MOST_WAKE_SPREAD_MS = 500;
/** Between two that start after a wait, on average; all of them together take no longer than the other figure. */
const START_GAP_MS = 80;
const MOST_START_SPREAD_MS = 2000;
/** Calls served for each permit before there is one more. */
const CALLS_PER_GROWTH = 8;
/** Nor is there one more before so many times the last wait have passed: finding out costs everybody that wait again. */
const WAITS_PER_GROWTH = 15;
const MOST_CAUTION = 16;

interface Waiter extends GateRequest {
	readonly admit: (permit: Permit | "aborted") => void;
}

/**
 * What the runs of this process know of one provider and account, and who may ask it. Nobody waits until the provider refuses a
 * call for its load. Then nobody asks before the wait is over, one request goes first to see whether the provider is back, and
 * the others follow one by one, at most half as many at a time as before. With calls that are served the number grows again:
 * fast up to what was served before, slowly beyond, and more slowly each time that proves too much.
 */
export class ProviderGate {
	private permits = Number.POSITIVE_INFINITY;
	/** As many were served at a time before: up to here the number grows fast. */
	private known = Number.POSITIVE_INFINITY;
	private inFlight = 0;
	/** The most that were in flight at a time. */
	private peak = 0;
	/** Counts the times the provider turned busy: refusals of calls that began before the last one are the same news. */
	private episode = 0;
	private refusalsInRow = 0;
	/** Of the calls in flight when it turned busy, those that were not refused; settled when the wait is over. */
	private wave: { served: number } | undefined;
	private servedSinceGrowth = 0;
	/** The number does not grow beyond what is known before then. */
	private growAt = 0;
	private caution = 1;
	private heldUntil = 0;
	private wakeAt = 0;
	private probe: "none" | "due" | "out" = "none";
	private nextStartAt = 0;
	private startsToSpread = 0;
	private timer: NodeJS.Timeout | undefined;
	private readonly waiting: Waiter[] = [];

	constructor(private readonly clock: GateClock) {}

	/** @returns a permit at once where nobody has to wait, else a promise of one; `aborted` when the signal fires first */
	request(request: GateRequest): Permit | Promise<Permit | "aborted"> {
		if (this.waiting.length === 0 && this.mayStart(this.clock.now())) return this.start();
		return new Promise((resolve) => this.enqueue(request, resolve));
	}

	/** Nobody asks before then; a time that is earlier than one known already changes nothing. @param waitMs from now */
	hold(waitMs: number): void {
		const now = this.clock.now();
		if (now + waitMs <= this.heldUntil) return;
		this.heldUntil = now + waitMs;
		const spread = Math.min(MOST_WAKE_SPREAD_MS, waitMs * WAKE_SPREAD);
		this.wakeAt = this.heldUntil + this.clock.random() * spread;
		this.probe = "due";
		for (const waiter of this.waiting) waiter.onWaiting(this.heldUntil);
		this.pump();
	}

	private mayStart(now: number): boolean {
		if (now < this.wakeAt || now < this.nextStartAt || this.probe === "out") return false;
		this.settleWave();
		return this.inFlight < this.permits;
	}

	private enqueue(request: GateRequest, resolve: (permit: Permit | "aborted") => void): void {
		const { signal } = request;
		const leave = () => {
			this.waiting.splice(this.waiting.indexOf(waiter), 1);
			resolve("aborted");
			this.pump();
		};
		const admit: Waiter["admit"] = (permit) => {
			signal?.removeEventListener("abort", leave);
			resolve(permit);
		};
		const waiter: Waiter = { ...request, admit };
		if (signal?.aborted) {
			resolve("aborted");
			return;
		}
		const behind = request.isForeground ? this.waiting.findIndex(({ isForeground }) => !isForeground) : -1;
		this.waiting.splice(behind < 0 ? this.waiting.length : behind, 0, waiter);
		signal?.addEventListener("abort", leave, { once: true });
		request.onWaiting(this.heldUntil > this.clock.now() ? this.heldUntil : undefined);
		this.pump();
	}

	/** Lets in whoever may start now, and looks again when the next one may. */
	private pump(): void {
		clearTimeout(this.timer);
		this.timer = undefined;
		let now = this.clock.now();
		while (this.waiting.length > 0 && this.mayStart(now)) {
			this.waiting.shift()?.admit(this.start());
			now = this.clock.now();
		}
		if (this.waiting.length === 0) return;
		const next = Math.max(this.wakeAt, this.nextStartAt);
		// A permit that comes back looks again by itself. Timers fire up to a millisecond early.
		if (next > now) this.timer = setTimeout(() => this.pump(), next - now + 1);
	}

	private start(): Permit {
		this.inFlight++;
		this.peak = Math.max(this.peak, this.inFlight);
		const isProbe = this.probe === "due";
		if (isProbe) this.probe = "out";
		else if (this.startsToSpread > 0) this.spreadNext();
		return this.permit(isProbe);
	}

	private spreadNext(): void {
		const gap = Math.min(START_GAP_MS, MOST_START_SPREAD_MS / this.startsToSpread);
		this.nextStartAt = this.clock.now() + gap * (0.5 + this.clock.random());
		this.startsToSpread--;
	}

	private permit(isProbe: boolean): Permit {
		const { episode } = this;
		let probing = isProbe;
		let isHeld = true;
		const giveBack = (change: () => void) => {
			if (!isHeld) return;
			isHeld = false;
			this.inFlight--;
			change();
			if (probing && this.probe === "out") this.probe = "due"; // it ended without an answer to its question
			probing = false;
			this.pump();
		};
		const accepted = () => {
			if (!probing || !isHeld) return;
			probing = false;
			if (this.probe !== "out") return;
			this.probe = "none";
			this.startsToSpread = Math.min(this.waiting.length, this.permits);
			this.spreadNext();
			this.pump();
		};
		return {
			accepted,
			ended: (kind) => {
				if (kind === "good") accepted();
				giveBack(() => {
					if (kind === "good") this.served();
				});
			},
			refused: (wait) => {
				const isProbe = probing;
				giveBack(() => this.turnedBusy(episode, wait, isProbe ? "probe" : "call"));
				return this.wakeAt;
			},
		};
	}

	private served(): void {
		this.refusalsInRow = 0;
		if (this.permits === Number.POSITIVE_INFINITY) return;
		if (this.permits < this.known) {
			this.permits++;
			return;
		}
		const isNeeded = this.waiting.length > 0 || this.inFlight + 1 >= this.permits;
		if (!isNeeded) return;
		this.servedSinceGrowth++;
		if (this.servedSinceGrowth < CALLS_PER_GROWTH * this.permits || this.clock.now() < this.growAt) return;
		this.servedSinceGrowth = 0;
		this.permits++;
		this.known = this.permits;
		this.caution = Math.max(1, this.caution / 2);
	}

	private turnedBusy(episode: number, { waitMs, backoffMs }: Wait, refused: "probe" | "call"): void {
		if (episode !== this.episode) {
			if (this.wave && this.wave.served > 0) this.wave.served--;
			if (waitMs !== undefined) this.hold(waitMs);
			return;
		}
		this.episode++;
		this.refusalsInRow++;
		if (refused === "call") this.halve(); // a refused probe says nothing about how many are too many
		const wait = waitMs ?? Math.min(LONGEST_BACKOFF_MS, backoffMs * 2 ** (this.refusalsInRow - 1));
		this.growAt = this.clock.now() + wait * WAITS_PER_GROWTH * this.caution;
		this.hold(wait);
	}

	private halve(): void {
		const isFirst = this.permits === Number.POSITIVE_INFINITY;
		if (!isFirst) this.caution = Math.min(MOST_CAUTION, this.caution * 2);
		this.servedSinceGrowth = 0;
		const atATime = isFirst ? this.peak : this.permits;
		this.permits = Math.max(1, Math.floor(atATime / 2));
		this.known = Math.max(1, atATime - 1);
		// A limit per minute is reached with few calls in flight; how many of them were served says nothing then.
		this.wave = this.inFlight + 1 >= this.permits ? { served: this.inFlight } : undefined;
	}

	/** The wait is over: it is known now how many of the calls that were in flight were served. */
	private settleWave(): void {
		if (!this.wave) return;
		const served = Math.max(1, this.wave.served);
		this.wave = undefined;
		this.known = Math.min(this.known, served);
		this.permits = Math.min(this.permits, served);
	}
}
