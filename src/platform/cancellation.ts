/** Thrown where work was given up because its run was stopped; the run's outcome says by whom. */
export class AbortedEarly extends Error {
	override readonly name = "AbortedEarly";

	constructor() {
		super("The run was stopped before this was done.");
	}
}

/**
 * Waits for work that does not listen to the signal itself, but after the signal only `grace` milliseconds more. What the
 * work yields later is dropped, its failure too: a stray rejection would end the whole process.
 *
 * @throws AbortedEarly when the work was given up
 */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal, grace = 0): Promise<T> {
	work.catch(() => undefined);
	let disarm = () => {};
	const givenUp = new Promise<never>((_, reject) => {
		disarm = afterAbort(signal, grace, () => reject(new AbortedEarly()));
	});
	try {
		return await Promise.race([work, givenUp]);
	} finally {
		disarm();
	}
}

/**
 * Waits for work, but at most so long; says whether it was done, well or badly.
 *
 * @param hurry after one of its signals there are only `grace` milliseconds more
 */
export async function within(
	milliseconds: number,
	work: Promise<unknown>,
	hurry?: { readonly signals: readonly AbortSignal[]; readonly grace: number },
): Promise<boolean> {
	const done = work.then(
		() => true,
		() => true,
	);
	let timer: NodeJS.Timeout | undefined;
	let disarm: (() => void)[] = [];
	const late = new Promise<boolean>((resolve) => {
		timer = setTimeout(() => resolve(false), milliseconds);
		if (hurry) disarm = hurry.signals.map((signal) => afterAbort(signal, hurry.grace, () => resolve(false)));
	});
	try {
		return await Promise.race([done, late]);
	} finally {
		clearTimeout(timer);
		for (const off of disarm) off();
	}
}

/** @returns takes the appointment back */
function afterAbort(signal: AbortSignal, delay: number, act: () => void): () => void {
	let timer: NodeJS.Timeout | undefined;
	const arm = () => {
		timer = delay > 0 ? setTimeout(act, delay) : void act();
	};
	if (signal.aborted) arm();
	else signal.addEventListener("abort", arm, { once: true });
	return () => {
		clearTimeout(timer);
		signal.removeEventListener("abort", arm);
	};
}
