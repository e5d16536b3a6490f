// Many children at once, beside the bare host's own.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { environment } from "./duel.mjs";
import { median } from "./figures.mjs";
import { install } from "./install.mjs";

/** @typedef {import("./figures.mjs").Figure} Figure */
/** @typedef {{ root: string, tarball: string }} Context */

const UNLIMITED = 1024;
const SPAWNS = 500;

/** Wall time, the longest stall of the event loop, and how soon an idle parent is notified, for growing crowds. */
export async function fanOut(context) {
	const sides = places(context);
	const figures = [];
	for (const limit of [4, UNLIMITED]) {
		for (const count of [1, 10, 50, 100, 200]) {
			const crowd = { count, limit, task: "answer at once", repeat: count < 50 ? 9 : 5 };
			figures.push(...compareCrowds(`${count} at ${limit === UNLIMITED ? "once" : `limit ${limit}`}`, sides, crowd));
		}
	}
	const long = { count: 200, limit: UNLIMITED, task: "take 10 turns" };
	return [...figures, ...compareCrowds("200 at once, ten turns", sides, long)];
}

/** Heap of a live child, and what a finished one leaves behind. */
export async function memory(context) {
	const sides = places(context);
	const crowd = { count: 50, limit: UNLIMITED, memory: true };
	const live = { bench: "heap of a live child", unit: "KiB", target: 1.5 };
	const kept = JSON.parse(runSubject("kept-subject.mjs", { ...sides.ours, spawns: SPAWNS }));
	return [
		{ ...live, ours: runCrowd(sides.ours, crowd).perChild / 1024, bare: runCrowd(sides.bare, crowd).perChild / 1024 },
		{ bench: `heap kept per spawn, to ${SPAWNS}`, unit: "KiB", ours: kept.perSpawn / 1024, most: 6 },
	];
}

/** @returns {Figure[]} */
function compareCrowds(bench, sides, crowd) {
	const ours = runCrowd(sides.ours, crowd);
	const bare = runCrowd(sides.bare, { ...crowd, limit: UNLIMITED });
	const pick = (rounds, name) => median(rounds.map((round) => round[name]));
	const stall = pick(bare, "stall");
	const judged = crowd.limit === UNLIMITED && [50, 100].includes(crowd.count);
	return [
		{ bench: `${bench}: wall`, ours: pick(ours, "wall"), bare: pick(bare, "wall"), ...(judged && { target: 2 }) },
		{
			bench: `${bench}: longest stall`,
			ours: pick(ours, "stall"),
			bare: stall,
			...(judged && { most: Math.max(25, stall) }),
		},
		{ bench: `${bench}: stall, p99`, ours: pick(ours, "p99"), bare: pick(bare, "p99") },
		{ bench: `${bench}: told after`, ours: pick(ours, "told"), ...(judged && { most: 20 }) },
		{ bench: `${bench}: messages`, unit: "", ours: pick(ours, "messages") },
	];
}

function places({ root, tarball }) {
	const side = (kind) => ({ kind, root: join(root, kind), ...install({ root: join(root, kind), kind, tarball }) });
	return { ours: side("ours"), bare: side("bare") };
}

function runCrowd(side, crowd) {
	return JSON.parse(runSubject("crowd-subject.mjs", { ...side, crowd }));
}

function runSubject(script, order) {
	const file = fileURLToPath(new URL(`./${script}`, import.meta.url));
	const options = {
		env: environment(order, join(order.root, "tmp")),
		encoding: "utf8",
		stdio: ["ignore", "pipe", "inherit"],
	};
	return execFileSync(process.execPath, ["--expose-gc", file, JSON.stringify(order)], options);
}
