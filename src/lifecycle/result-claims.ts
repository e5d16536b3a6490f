import { claim, type DeliveryRecord, deliver, releaseClaim, withhold } from "../domain/delivery-state.ts";

/** Does the parent have one run's result yet, who is waiting for it, and what brought it. */
export class ResultClaims {
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
