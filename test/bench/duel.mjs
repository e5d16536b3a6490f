// Runs the two sides of a comparison in turn: one works while the other waits.
import { fork } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { install } from "./install.mjs";

/** @typedef {import("./install.mjs").Kind} Kind */
/** @typedef {import("./subject.mjs").Order} Order */
/** @typedef {{ ask(order: Order): Promise<any>, stop(): void }} Subject */

/**
 * Both sides have a process of their own: what one does to the engine (async hooks, optimised code, heap) is its own price.
 *
 * @param {{ root: string, tarball: string, neighbours?: boolean, warmUp: Order, order: Order, rounds: number }} duel
 * @returns {Promise<Record<Kind, any[]>>} what each answered, round by round
 */
export async function duel({ root, tarball, neighbours, warmUp, order, rounds }) {
	const ours = await startSubject({ root: join(root, "ours"), kind: "ours", tarball, neighbours });
	const bare = await startSubject({ root: join(root, "bare"), kind: "bare", tarball, neighbours });
	try {
		const answers = { ours: [], bare: [] };
		await ours.ask(warmUp);
		await bare.ask(warmUp);
		for (let round = 0; round < rounds; round++) {
			answers.ours.push(await ours.ask(order));
			answers.bare.push(await bare.ask(order));
		}
		return answers;
	} finally {
		ours.stop();
		bare.stop();
	}
}

/**
 * @param {Parameters<typeof install>[0]} wish
 * @returns {Promise<Subject>}
 */
async function startSubject(wish) {
	const place = install(wish);
	const script = fileURLToPath(new URL("./subject.mjs", import.meta.url));
	const child = fork(script, [JSON.stringify(place)], { env: environment(place, join(wish.root, "tmp")) });
	const next = () =>
		new Promise((resolve, reject) => {
			child.once("message", resolve);
			child.once("exit", (code) => reject(new Error(`the ${wish.kind} side ended with exit code ${code}`)));
		}).finally(() => child.removeAllListeners("exit"));
	await next();
	return {
		ask: (order) => {
			child.send(order);
			return next();
		},
		stop: () => child.kill(),
	};
}

/**
 * The temporary folder holds the host's transpile cache, so each side has one.
 *
 * @param {import("./install.mjs").Place} place
 * @param {string} temporary
 */
export function environment({ agentDir, neighbours }, temporary) {
	mkdirSync(temporary, { recursive: true });
	return {
		...process.env,
		PI_OFFLINE: "1",
		PI_CODING_AGENT_DIR: agentDir,
		PI_CREW_BENCH_NEIGHBOURS: JSON.stringify(neighbours),
		TMPDIR: temporary,
	};
}
