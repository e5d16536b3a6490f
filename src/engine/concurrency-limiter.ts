/** A place in the queue, and once admitted a slot. */
export interface Ticket {
	/** 1 for the next to be admitted, 0 once admitted or gone. */
	position(): number;
	/** Gives back the slot, or leaves the queue. Repeatable. */
	release(): void;
}

/** Admits background runs first come, first served, never more at a time than the limit. */
export class ConcurrencyLimiter {
	private readonly waiting: (() => void)[] = [];
	private admitted = 0;

	constructor(private limit: number) {}

	/** A raised limit admits at once; a lowered one interrupts nothing and admits nobody until enough have ended. */
	setLimit(limit: number): void {
		this.limit = limit;
		this.admitNext();
	}

	/** @param onAdmitted called at once when there is a slot; it must not throw */
	request(onAdmitted: () => void): Ticket {
		let held = false;
		let released = false;
		const admit = () => {
			held = true;
			onAdmitted();
		};
		this.waiting.push(admit);
		this.admitNext();
		return {
			position: () => this.waiting.indexOf(admit) + 1,
			release: () => {
				if (released) return;
				released = true;
				if (held) this.admitted--;
				else this.waiting.splice(this.waiting.indexOf(admit), 1);
				this.admitNext();
			},
		};
	}

	/** Takes a slot at once, above the limit where there is none: for work that is running already. */
	occupy(): Ticket {
		let released = false;
		this.admitted++;
		return {
			position: () => 0,
			release: () => {
				if (released) return;
				released = true;
				this.admitted--;
				this.admitNext();
			},
		};
	}

	private admitNext(): void {
		while (this.admitted < this.limit) {
			const admit = this.waiting.shift();
			if (!admit) return;
			this.admitted++;
			admit();
		}
	}
}
