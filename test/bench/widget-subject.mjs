// What a person's widget costs while many children stream, in a process of its own: each pull of ours is timed, whole.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const PULL_EVERY_MS = 100;
const WATCHED_MS = 4000;

/** Our pulls are the timers of this delay: all that is done in one counts, the looking and the drawing. */
const pulls = [];
const original = globalThis.setTimeout;
globalThis.setTimeout = (callback, delay, ...rest) => {
	if (delay !== PULL_EVERY_MS) return original(callback, delay, ...rest);
	return original(() => {
		const begin = performance.now();
		callback();
		pulls.push(performance.now() - begin);
	}, delay);
};

const { childCalls, startParent } = await import("./host.mjs");
const { count, turns, ...place } = JSON.parse(process.argv[2]);
mkdirSync(join(place.cwd, ".pi"), { recursive: true });
writeFileSync(join(place.cwd, ".pi/subagents.json"), JSON.stringify({ maxConcurrent: 1024 }));

let redraws = 0;
let widget;
const theme = { fg: (_color, text) => `\x1b[38;5;244m${text}\x1b[39m`, bold: (text) => text };
const screen = {
	setWidget: (_key, factory) => {
		widget = factory?.({ terminal: { rows: 50 }, requestRender: () => redraws++ }, theme);
	},
};
const somebody = new Proxy(screen, { get: (target, name) => target[name] ?? (() => undefined) });
const { session } = await startParent({ ...place, persisted: true, attended: somebody });

await settled();
const idle = pulls.length;
let calls = 0;
childCalls.onCall = () => calls++;
await session.prompt(`start ${count}: take ${turns} turns, then trickle`);
while (calls < count * (turns + 1)) await settled();
pulls.length = 0;
widget.render(160);
redraws = 0;
const begin = performance.now();
while (performance.now() - begin < WATCHED_MS) {
	await new Promise((resolve) => original(resolve, 16));
	widget.render(160); // as the host does for every frame of its own
}
const seconds = (performance.now() - begin) / 1000;
console.log(JSON.stringify({ idle, pulls, redrawsPerSecond: redraws / seconds, lines: widget.render(160).length }));
process.exit();

function settled() {
	return new Promise((resolve) => original(resolve, 50));
}
