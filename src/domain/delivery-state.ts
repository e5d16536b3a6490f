/**
 * Does the parent have a run's result yet, and how did it get there. `at` is epoch milliseconds.
 *
 * - `pending`: not yet; a notification will bring it.
 * - `claimed`: a tool is waiting for it; there will be no notification unless the tool gives up.
 * - `delivered`: it is there. Never a second time.
 * - `withheld`: nothing wakes the parent; the user stopped the run himself, or its caller did not ask for notification.
 */
export interface DeliveryRecord {
	readonly state: "pending" | "claimed" | "delivered" | "withheld";
	readonly via?: "foreground" | "tool" | "notification";
	readonly at?: number;
}

export const PENDING: DeliveryRecord = Object.freeze({ state: "pending" });

/** The result belongs to somebody else; a tool may read it all the same. */
export const NOT_FOR_PARENT: DeliveryRecord = Object.freeze({ state: "withheld" });

export function claim(delivery: DeliveryRecord): DeliveryRecord {
	return delivery.state === "pending" ? { state: "claimed" } : delivery;
}

/** The tool that waited gives up: the parent is to be notified after all. */
export function releaseClaim(delivery: DeliveryRecord): DeliveryRecord {
	return delivery.state === "claimed" ? PENDING : delivery;
}

export function deliver(delivery: DeliveryRecord, via: NonNullable<DeliveryRecord["via"]>, at: number): DeliveryRecord {
	return delivery.state === "delivered" ? delivery : { state: "delivered", via, at };
}

export function withhold(delivery: DeliveryRecord): DeliveryRecord {
	return delivery.state === "pending" ? { state: "withheld" } : delivery;
}

/** Does the parent have one run's result yet, who is waiting for it, and what brought it. */
export class DeliveryTracker {
	private waiting = 0;
	private broughtBy: string | undefined;

	constructor(private delivery: DeliveryRecord) {}

	get state(): DeliveryRecord["state"] {
		return this.delivery.state;
	}

	/** The tool call whose result holds it, where a tool brought it. */
	get carrier(): string | undefined {
		return this.broughtBy;
	}

	/** A tool waits for the result: no notification meanwhile. @returns gives the claim up, once */
	claim(): () => void {
		this.waiting++;
		this.delivery = claim(this.delivery);
		let claimed = true;
		return () => {
			if (!claimed) return;
			claimed = false;
			if (--this.waiting === 0) this.delivery = releaseClaim(this.delivery);
		};
	}

	/** @param carrier the tool call that answers with it */
	deliver(via: NonNullable<DeliveryRecord["via"]>, carrier: string | undefined, now: number): void {
		if (this.delivery.state === "delivered") return;
		this.broughtBy = carrier;
		this.delivery = deliver(this.delivery, via, now);
	}

	withhold(): void {
		this.delivery = withhold(this.delivery);
	}

	record(): DeliveryRecord {
		return Object.freeze({ ...this.delivery });
	}
}
