import type { CrewLife } from "./crew-life.ts";
import { untilNothing } from "./patience.ts";

/** Waits until nothing happens any more unless we let it. What never comes to rest, or hangs, is named. */
export async function quiet(crew: CrewLife): Promise<void> {
	await orTellTheStory(crew, () => [...parentUnrest(crew), ...childUnrest(crew), ...undelivered(crew)]);
}

/** Waits until the parent can be told something, or is blocked in a tool that waits for a run. */
export async function parentReady(crew: CrewLife): Promise<void> {
	await orTellTheStory(crew, () => parentUnrest(crew));
}

/** @throws Error what was violated, or what goes on for ever, with all that happened */
async function orTellTheStory(crew: CrewLife, goesOn: () => readonly string[]): Promise<void> {
	try {
		await untilNothing(goesOn);
	} catch (error) {
		crew.trace.violated(error instanceof Error ? error.message : `${error}`);
	}
	crew.trace.check();
}

export function isBlocked(crew: CrewLife): boolean {
	const { openCalls } = crew.parent;
	return openCalls.length > 0 && openCalls.every((call) => crew.awaitedBy(call) !== undefined);
}

function parentUnrest(crew: CrewLife): string[] {
	const { parent } = crew;
	if (parent.isBeingInterrupted) return ["the parent is being interrupted"];
	return parent.isHeld || parent.isIdle || isBlocked(crew) ? [] : ["the parent is at work"];
}

/** Every child that runs waits for us, and nobody is queued while there is a slot. */
function childUnrest({ ledger, children, limits }: CrewLife): string[] {
	const waiting = new Set(children.waiting.map(({ run }) => run));
	return ledger.live().flatMap((run) => {
		if (children.of(run).mustStop) return [`run ${run.serial} was to be stopped and is ${run.phase}`];
		if (run.phase === "running") return waiting.has(run) ? [] : [`run ${run.serial} is at work`];
		const noSlot = run.isBackground && ledger.admitted().length >= limits.least();
		return noSlot ? [] : [`run ${run.serial} is queued, and there is a free slot`];
	});
}

/** A parent that is at rest is told at once. */
function undelivered({ parent, ledger }: CrewLife): string[] {
	if (!parent.isIdle) return [];
	return ledger.due().map(({ serial }) => `run ${serial} has settled and was not delivered`);
}
