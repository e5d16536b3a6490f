import { untilNothing } from "./patience.ts";
import type { SessionLife } from "./session-life.ts";

/** Waits until nothing happens any more unless we let it. What never becomes idle, or hangs, is named. */
export async function quiet(runtime: SessionLife): Promise<void> {
	await orTellTheStory(runtime, () => [...parentUnrest(runtime), ...childUnrest(runtime), ...undelivered(runtime)]);
}

/** Waits until the parent can be notified, or is blocked in a tool that waits for a run. */
export async function parentReady(runtime: SessionLife): Promise<void> {
	await orTellTheStory(runtime, () => parentUnrest(runtime));
}

/** @throws Error what was violated, or what never ends, with all that happened */
async function orTellTheStory(runtime: SessionLife, unsettled: () => readonly string[]): Promise<void> {
	try {
		await untilNothing(unsettled);
	} catch (error) {
		runtime.trace.violated(error instanceof Error ? error.message : `${error}`);
	}
	runtime.trace.check();
}

export function isBlocked(runtime: SessionLife): boolean {
	const { openCalls } = runtime.parent;
	return openCalls.length > 0 && openCalls.every((call) => runtime.awaitedBy(call) !== undefined);
}

function parentUnrest(runtime: SessionLife): string[] {
	const { parent } = runtime;
	if (parent.isBeingInterrupted) return ["the parent is being interrupted"];
	return parent.isHeld || parent.isIdle || isBlocked(runtime) ? [] : ["the parent is running"];
}

/** Every child that runs waits for us, and nobody is queued while there is a slot. */
function childUnrest({ ledger, children, limits }: SessionLife): string[] {
	const waiting = new Set(children.waiting.map(({ run }) => run));
	return ledger.live().flatMap((run) => {
		if (children.of(run).mustStop) return [`run ${run.serial} was to be stopped and is ${run.phase}`];
		if (run.phase === "running") return waiting.has(run) ? [] : [`run ${run.serial} is running`];
		const noSlot = run.isBackground && ledger.admitted().length >= limits.least();
		return noSlot ? [] : [`run ${run.serial} is queued, and there is a free slot`];
	});
}

/** An idle parent is notified at once. */
function undelivered({ parent, ledger }: SessionLife): string[] {
	if (!parent.isIdle) return [];
	return ledger.due().map(({ serial }) => `run ${serial} has settled and was not delivered`);
}
