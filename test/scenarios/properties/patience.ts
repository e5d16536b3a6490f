const PATIENCE_MS = 60_000;
/** So many looks in a row must find nothing that continues. */
const CALM_LOOKS = 3;

/** Waits until nothing is left of what still continues. @throws Error naming it when it never ends */
export async function untilNothing(unsettled: () => readonly string[]): Promise<void> {
	const deadline = performance.now() + PATIENCE_MS;
	for (let calm = 0; calm < CALM_LOOKS; ) {
		const left = unsettled();
		calm = left.length === 0 ? calm + 1 : 0;
		if (performance.now() > deadline) throw new Error(`this never ends: ${left.join("; ")}`);
		await (calm > 0 ? turn() : new Promise((resolve) => setTimeout(resolve, 1)));
	}
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}
