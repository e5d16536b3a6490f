// What the widget above the editor costs while thirty children stream.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { environment } from "./duel.mjs";
import { median } from "./figures.mjs";
import { install } from "./install.mjs";

/** @typedef {import("./figures.mjs").Figure} Figure */

const CHILDREN = 30;

/** One pull with its drawing, after few and after many turns: it must not walk transcripts. */
export async function widget({ root, tarball }) {
	const place = { kind: "ours", root, ...install({ root, kind: "ours", tarball }) };
	return [1, 20, 120].flatMap((turns) => {
		const { pulls, redrawsPerSecond, idle } = watch({ ...place, count: CHILDREN, turns });
		const bench = `widget, ${CHILDREN} children after ${turns} turns`;
		return [
			{ bench: `${bench}: a pull with its drawing`, ours: median(pulls), most: 0.5 },
			{ bench: `${bench}: redraws a second`, ours: redrawsPerSecond, unit: "", most: 10 },
			{ bench: `${bench}: pulls before the first child`, ours: idle, unit: "", most: 0 },
		];
	});
}

function watch(order) {
	const script = fileURLToPath(new URL("./widget-subject.mjs", import.meta.url));
	const options = {
		env: environment(order, join(order.root, "tmp")),
		encoding: "utf8",
		stdio: ["ignore", "pipe", "inherit"],
	};
	return JSON.parse(execFileSync(process.execPath, [script, JSON.stringify(order)], options));
}
