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
	private readonly waiting: Place[] = [];
	private readonly returning: Place[] = [];
	private admitted = 0;

	constructor(private limit: number) {}

	/** A raised limit admits at once; a lowered one interrupts nothing and admits nobody until enough have ended. */
	setLimit(limit: number): void {
		this.limit = limit;
		this.admitNext();
	}

	/** @param onAdmitted called at once when there is a slot; it must not throw */
	request(onAdmitted: () => void): Ticket {
		const place = new Place(this.slots, onAdmitted);
		this.waiting.push(place);
		this.admitNext();
		return place;
	}

	/** Takes a slot at once, above the limit where there is none: for work that is running already. */
	occupy(): Ticket {
		const place = new Place(this.slots, () => undefined);
		this.admitted++;
		place.admit();
		return place;
	}

	private readonly slots: Slots = {
		position: (place) => [...this.returning, ...this.waiting].indexOf(place) + 1,
		returns: (place) => {
			this.returning.push(place);
			this.admitNext();
		},
		leaves: (place, hadSlot) => {
			if (hadSlot) this.admitted--;
			remove(this.waiting, place);
			remove(this.returning, place);
			this.admitNext();
		},
	};

	private admitNext(): void {
		while (this.admitted < this.limit) {
			const place = this.returning.shift() ?? this.waiting.shift();
			if (!place) return;
			this.admitted++;
			place.admit();
		}
	}
}

function remove<T>(list: T[], item: T): void {
	const at = list.indexOf(item);
	if (at >= 0) list.splice(at, 1);
}

/** What a place does with the slots there are. */
interface Slots {
	position(place: Place): number;
	returns(place: Place): void;
	leaves(place: Place, hadSlot: boolean): void;
}

class Place implements Ticket {
	private state: "waiting" | "admitted" | "lent" | "returning" | "gone" = "waiting";

	/** @param wake called when it is admitted */
	constructor(
		private readonly slots: Slots,
		private wake: () => void,
	) {}

	admit(): void {
		this.state = "admitted";
		this.wake();
	}

	position(): number {
		return this.slots.position(this);
	}

	release(): void {
		if (this.state !== "gone") this.leave("gone");
	}

	lend(): void {
		if (this.state === "admitted" || this.state === "returning") this.leave("lent");
	}

	takeBack(): Promise<void> {
		return new Promise((resolve) => {
			if (this.state !== "lent") return resolve();
			this.state = "returning";
			this.wake = resolve;
			this.slots.returns(this);
		});
	}

	private leave(next: "lent" | "gone"): void {
		const before = this.state;
		this.state = next;
		if (before === "returning") this.wake();
		this.slots.leaves(this, before === "admitted");
	}
}
