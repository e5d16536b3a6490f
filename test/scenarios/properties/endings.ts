import { type CrewLife, spawnCall } from "./crew-life.ts";
import { turn, untilNothing } from "./patience.ts";
import { parentReady, quiet } from "./quiet.ts";

/** Lets the parent and every child do what there is left to do, queued ones too. */
export async function finishAllWork(crew: CrewLife): Promise<void> {
	crew.trace.note("> finish all work");
	crew.parent.rest();
	await quiet(crew);
	while (crew.ledger.live().length > 0) {
		for (const waiting of [...crew.children.waiting]) waiting.go("finish");
		await quiet(crew);
	}
}

/** All slots are free again: as many as the limit says begin at once, and no more. */
export async function probeSlots(crew: CrewLife, limit: number): Promise<void> {
	crew.trace.note("> probe slots");
	crew.limits.write(limit);
	const calls = Array.from({ length: limit + 1 }, () => spawnCall(crew.nextSerial(), true));
	crew.parent.act(crew.nextSerial(), calls);
	await quiet(crew);
	const admitted = crew.ledger.admitted().length;
	if (admitted !== limit) crew.trace.violated(`${admitted} of ${limit + 1} began, and the limit is ${limit}`);
	await finishAllWork(crew);
}

/** A person quits pi, whatever goes on. */
export async function quit(crew: CrewLife): Promise<void> {
	const { host, parent, deliveries, trace } = crew;
	if (parent.isReloading) await parentReady(crew);
	trace.note("> quit");
	deliveries.nothingMoreIsSent();
	parent.leave();
	let hasEnded = false;
	const quitting = host.quit().then(() => {
		hasEnded = true;
	});
	await untilNothing(() => (hasEnded ? [] : ["quitting"])).catch((error) => trace.violated(`${error}`));
	if (hasEnded) await quitting;
	for (const { isDeaf, go } of [...crew.children.waiting]) if (isDeaf) go("finish");
	for (let turns = 0; turns < 20; turns++) await turn(); // for whatever somebody might have left behind
}
