/** Waits for a condition, looking often; fails with its description after a minute, for a loaded machine takes its time. */
export async function until(what: string, holds: () => boolean): Promise<void> {
	const deadline = performance.now() + 60_000;
	while (!holds()) {
		if (performance.now() > deadline) throw new Error(`waited in vain for: ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
}

/** A promise that somebody else resolves. */
export function signalled(): { readonly happened: Promise<void>; happen: () => void } {
	let happen = () => {};
	const happened = new Promise<void>((resolve) => {
		happen = resolve;
	});
	return { happened, happen };
}
