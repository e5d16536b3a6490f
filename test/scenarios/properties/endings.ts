import { turn, untilNothing } from "./patience.ts";
import { parentReady, quiet } from "./quiet.ts";
import { type SessionLife, spawnCall } from "./session-life.ts";

/** Lets the parent and every child do what there is left to do, queued ones too. */
export async function finishAllWork(runtime: SessionLife): Promise<void> {
	runtime.trace.note("> finish all work");
	runtime.parent.rest();
	await quiet(runtime);
	while (runtime.ledger.live().length > 0) {
		for (const waiting of [...runtime.children.waiting]) waiting.go("finish");
		await quiet(runtime);
	}
}

/** All slots are free again: as many as the limit says begin at once, and no more. */
export async function probeSlots(runtime: SessionLife, limit: number): Promise<void> {
	runtime.trace.note("> probe slots");
	runtime.limits.write(limit);
	const calls = Array.from({ length: limit + 1 }, () => spawnCall(runtime.nextSerial(), true));
	runtime.parent.act(runtime.nextSerial(), calls);
	await quiet(runtime);
	const admitted = runtime.ledger.admitted().length;
	if (admitted !== limit) runtime.trace.violated(`${admitted} of ${limit + 1} began, and the limit is ${limit}`);
	await finishAllWork(runtime);
}

/** A person quits pi, whatever happens. */
export async function quit(runtime: SessionLife): Promise<void> {
	const { host, parent, deliveries, trace } = runtime;
	if (parent.isReloading) await parentReady(runtime);
	trace.note("> quit");
	deliveries.nothingMoreIsSent();
	parent.leave();
	let hasEnded = false;
	const quitting = host.quit().then(() => {
		hasEnded = true;
	});
	await untilNothing(() => (hasEnded ? [] : ["quitting"])).catch((error) => trace.violated(`${error}`));
	if (hasEnded) await quitting;
	for (const { isDeaf, go } of [...runtime.children.waiting]) if (isDeaf) go("finish");
	for (let turns = 0; turns < 20; turns++) await turn(); // for whatever somebody might have left behind
}
