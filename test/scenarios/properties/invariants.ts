import type { SessionLife } from "./session-life.ts";

/** What holds when all work is done: each result is where it belongs, once. */
export function checkAllArrived(runtime: SessionLife): void {
	const { ledger, deliveries, trace, hints, children } = runtime;
	for (const run of ledger.runs) {
		const { serial, isBackground, timesReturned } = run;
		if (!isBackground && timesReturned !== 1) trace.violated(`run ${serial} was returned ${timesReturned} times`);
	}
	for (const { run, text } of hints) {
		const answered = run.status === "completed" || run.status === "steered";
		if (answered && !children.of(run).heard.has(text)) trace.violated(`run ${run.serial} never heard "${text}"`);
	}
	deliveries.checkArrivals();
}

/** What holds when the parent is gone, whatever happened before. */
export function checkNothingIsLeft(runtime: SessionLife): void {
	const { ledger, sessions, children, trace, hints } = runtime;
	for (const { serial, phase } of ledger.live()) trace.violated(`run ${serial} is ${phase} after the end`);
	for (const { run } of children.waiting) trace.violated(`a child of run ${run.serial} is running after the end`);
	for (const id of sessions.undisposed) trace.violated(`session ${id} was not disposed`);
	const accepted = hints.map(({ text }) => text).sort();
	const told = [...ledger.steers].sort();
	if (accepted.join() !== told.join()) trace.violated(`accepted were the steers ${accepted}, told was ${told}`);
}
