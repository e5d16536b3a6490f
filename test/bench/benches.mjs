import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { added } from "./added.mjs";
import { agentFiles } from "./agent-files.mjs";
import { fanOut, memory } from "./crowd.mjs";
import { duel, environment } from "./duel.mjs";
import { median } from "./figures.mjs";
import { install } from "./install.mjs";
import { journal } from "./journal.mjs";
import { rateLimits } from "./rate-limits.mjs";
import { widget } from "./widget.mjs";

/** @typedef {import("./figures.mjs").Figure} Figure */
/** @typedef {{ root: string, tarball: string }} Context */

/** @type {Record<string, (context: Context) => Promise<Figure[]>>} */
export const BENCHES = {
	spawn,
	"spawn-with-neighbours": spawnWithNeighbours,
	start,
	turns,
	"fan-out": fanOut,
	memory,
	added,
	"agent-files": agentFiles,
	journal,
	widget,
	"rate-limits": rateLimits,
};

const START_ROUNDS = 7;

/** A foreground subagent that answers at once. */
async function spawn(context) {
	const answers = await duel({ ...context, warmUp: spawns(60), order: spawns(20), rounds: 12 });
	return [compareTimes("spawn", answers, 2)];
}

/** The same, with other people's extensions in the parent, which the child has too. */
async function spawnWithNeighbours(context) {
	const answers = await duel({ ...context, neighbours: true, warmUp: spawns(30), order: spawns(10), rounds: 12 });
	return [compareTimes("spawn, five neighbours", answers, 1.5)];
}

/** What a person waits for at start, in fresh processes: the extension loaded, a session made and bound. */
async function start(context) {
	const places = {
		ours: { kind: "ours", root: join(context.root, "ours") },
		bare: { kind: "bare", root: join(context.root, "bare") },
	};
	for (const place of Object.values(places)) Object.assign(place, install({ ...place, tarball: context.tarball }));
	const measured = { empty: { ours: [], bare: [] }, warm: { ours: [], bare: [] } };
	for (let round = 0; round < START_ROUNDS; round++) {
		for (const [kind, place] of Object.entries(places)) {
			const cache = join(place.root, "tmp");
			rmSync(cache, { recursive: true, force: true });
			measured.empty[kind].push(startOnce(place, cache));
			measured.warm[kind].push(startOnce(place, cache));
		}
	}
	return Object.entries(measured).flatMap(([cache, { ours, bare }]) => [
		compare(`start, cache ${cache}: load`, ours, bare, (figures) => figures.reloadMs, 2),
		compare(`start, cache ${cache}: load and bind`, ours, bare, (figures) => figures.reloadMs + figures.createMs, 2),
	]);
}

/** What a turn of a long child costs. */
async function turns(context) {
	const order = { task: "turns", turns: 200 };
	const { ours, bare } = await duel({ ...context, warmUp: order, order, rounds: 20 });
	return [
		compare("turn, wall", ours, bare, (figures) => figures.wall, 1.05),
		compare("turn, CPU", ours, bare, (figures) => figures.cpu, 1.05),
	];
}

function spawns(times) {
	return { task: "spawn", times };
}

function compareTimes(bench, answers, target) {
	return compare(bench, answers.ours.flat(), answers.bare.flat(), (ms) => ms, target);
}

/** @returns {Figure} */
function compare(bench, ours, bare, read, target) {
	return { bench, ours: median(ours.map(read)), bare: median(bare.map(read)), target };
}

function startOnce(place, cache) {
	const script = fileURLToPath(new URL("./start-subject.mjs", import.meta.url));
	const options = { env: environment(place, cache), encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] };
	return JSON.parse(execFileSync(process.execPath, [script, JSON.stringify(place)], options));
}
