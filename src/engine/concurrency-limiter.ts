/** A place in the queue, and once admitted a slot. */
export interface Ticket {
	/** 1 for the next to be admitted, 0 once admitted or gone. */
	position(): number;
	/** Gives back the slot, or leaves the queue. Repeatable. */
	release(): void;
	/** Gives the slot back until `takeBack`; without one it does nothing. */
	lend(): void;
	/** Resolves when it has a slot again, which it gets before those that wait in the queue, or when it was released or lent anew. */
	takeBack(): Promise<void>;
}

/**
 * Admits background runs first come, first served, never more at a time than the limit. One that had given its slot back for a
 * while goes before those that have not begun.
 */
export class ConcurrencyLimiter {
	private readonly waiting: (() => void)[] = [];
	private readonly returning: (() => void)[] = [];
	private admitted = 0;

	constructor(private limit: number) {}

	/** A raised limit admits at once; a lowered one interrupts nothing and admits nobody until enough have ended. */
	setLimit(limit: number): void {
		this.limit = limit;
		this.admitNext();
	}

	/** @param onAdmitted called at once when there is a slot; it must not throw */
	request(onAdmitted: () => void): Ticket {
		let state: "waiting" | "admitted" | "lent" | "returning" | "gone" = "waiting";
		let wake = onAdmitted;
		const admit = () => {
			state = "admitted";
			wake();
		};
		/** @returns the state it had */
		const leave = (next: "lent" | "gone") => {
			const before = state;
			state = next;
			if (before === "admitted") this.admitted--;
			remove(this.waiting, admit);
			remove(this.returning, admit);
			if (before === "returning") wake();
			this.admitNext();
		};
		this.waiting.push(admit);
		this.admitNext();
		return {
			position: () => [...this.returning, ...this.waiting].indexOf(admit) + 1,
			release: () => {
				if (state !== "gone") leave("gone");
			},
			lend: () => {
				if (state === "admitted" || state === "returning") leave("lent");
			},
			takeBack: () =>
				new Promise((resolve) => {
					if (state !== "lent") return resolve();
					state = "returning";
					wake = resolve;
					this.returning.push(admit);
					this.admitNext();
				}),
		};
	}

	private admitNext(): void {
		while (this.admitted < this.limit) {
			const admit = this.returning.shift() ?? this.waiting.shift();
			if (!admit) return;
			this.admitted++;
			admit();
		}
	}
}

function remove<T>(list: T[], item: T): void {
	const at = list.indexOf(item);
	if (at >= 0) list.splice(at, 1);
}
