// One side of a comparison of many children at once, in a process of its own. The bare side runs them in the foreground.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { childCalls, gate, notifications, startParent } from "./host.mjs";

/** @typedef {{ count: number, task: string, limit: number, repeat?: number, memory?: boolean }} Crowd */

const { crowd, kind, ...place } = JSON.parse(process.argv[2]);
mkdirSync(join(place.cwd, ".pi"), { recursive: true });
writeFileSync(join(place.cwd, ".pi/subagents.json"), JSON.stringify({ maxConcurrent: crowd.limit }));
const { session } = await startParent({ ...place, persisted: true, attended: true });

let lastAnswer = 0;
let told = 0;
let messages = 0;
let results = 0;
childCalls.onCall = () => {
	lastAnswer = performance.now();
};
notifications.onCall = (text) => {
	told = performance.now();
	messages++;
	results += text.match(/<task-id>/g).length;
};

const figures = crowd.memory ? await memoryOf(crowd.count) : await timesOf(crowd);
console.log(JSON.stringify(figures));
process.exit();

async function timesOf({ count, task, repeat = 1 }) {
	await run(Math.min(count, 10), task); // warm
	const all = [];
	for (let round = 0; round < repeat; round++) all.push(await run(count, task));
	return all;
}

async function run(count, task) {
	[messages, results] = [0, 0];
	let begin = 0;
	const off = session.agent.subscribe((event) => {
		if (event.type === "tool_execution_start" && begin === 0) begin = performance.now();
	});
	const delay = monitorEventLoopDelay({ resolution: 1 });
	delay.enable();
	await session.prompt(`start ${count}: ${task}`);
	const foreground = performance.now();
	if (kind === "ours") await until(() => results === count && !session.isStreaming);
	await new Promise((resolve) => setTimeout(resolve, 5)); // a stall to the very end is seen by the first timer after it
	delay.disable();
	off();
	const end = kind === "ours" ? lastAnswer : foreground;
	return {
		wall: end - begin,
		stall: delay.max / 1e6,
		p99: delay.percentile(99) / 1e6,
		told: told - lastAnswer,
		messages,
	};
}

/** Heap while all hold their breath, less the heap before, for each; after a collection. */
async function memoryOf(count) {
	await run(10, "answer at once");
	let open = () => {};
	gate.open = new Promise((resolve) => {
		open = resolve;
	});
	let calls = 0;
	childCalls.onCall = () => {
		calls++;
	};
	const before = heap();
	const prompted = session.prompt(`start ${count}: hold your breath`);
	await until(() => calls === count);
	await new Promise((resolve) => setTimeout(resolve, 50));
	const perChild = (heap() - before) / count;
	open();
	await prompted;
	return { perChild };
}

function heap() {
	for (let pass = 0; pass < 4; pass++) globalThis.gc();
	return process.memoryUsage().heapUsed;
}

async function until(holds) {
	while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}
