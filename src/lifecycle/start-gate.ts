import { AbortedEarly } from "./abort.ts";

/**
 * Spreads the starts of many children. Creating a session blocks the event loop for about a millisecond, and fifty in one
 * tick would be felt at the keyboard: the first one passes at once, each other when the loop has had a turn since.
 */
export class StartGate {
	private last: Promise<void> | undefined;

	/** @throws AbortedEarly when the signal fired before it was its turn */
	async pass(signal: AbortSignal): Promise<void> {
		const before = this.last;
		const mine = before ? before.then(breathe) : breathe();
		this.last = mine;
		void mine.then(() => {
			if (this.last === mine) this.last = undefined;
		});
		await before;
		if (signal.aborted) throw new AbortedEarly();
	}
}

function breathe(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}
