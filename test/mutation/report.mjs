import { readFileSync } from "node:fs";
import { basename, join } from "node:path";

const EQUIVALENT = JSON.parse(readFileSync(new URL("equivalent.json", import.meta.url), "utf8"));

/** Prints what survived and a score for each folder: the share of killed ones among those that change what can be seen. */
export function report(copy, journal) {
	const { mutants } = JSON.parse(readFileSync(join(copy, "mutation.json"), "utf8"));
	const lines = readFileSync(journal, "utf8")
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line));
	const ends = new Map(lines.filter(({ event }) => event === "end").map((line) => [line.mutant, line]));
	const scores = new Map();
	for (const mutant of mutants) {
		const score = scores.get(mutant.folder) ?? { killed: 0, survived: 0, equivalent: 0 };
		scores.set(mutant.folder, score);
		const end = ends.get(mutant.id);
		const fate = end && isKill(end) ? "killed" : isEquivalent(mutant) ? "equivalent" : "survived";
		score[fate]++;
		if (fate === "survived") print(mutant, end?.by ?? "not tried");
	}
	for (const [folder, { killed, survived, equivalent }] of scores) {
		const percent = ((100 * killed) / (killed + survived || 1)).toFixed(1);
		console.log(`${folder}: ${percent} % (${killed} killed, ${survived} survived, ${equivalent} equivalent)`);
	}
}

/** A line of the journal that says which test a mutant was killed by. */
export function isKill({ event, by }) {
	return event === "end" && by !== "" && by !== NOTHING;
}

/** No test reaches it. */
const NOTHING = "nothing comes by";

/** By text and not by place: lines move. */
function isEquivalent({ path, original, replacement }) {
	return EQUIVALENT.some(
		(one) => one.file === basename(path) && one.original === original && one.replacement === replacement,
	);
}

function print({ path, line, column, original, replacement }, by) {
	const short = (text) => text.replace(/\s+/g, " ").slice(0, 100);
	const note = by === "" ? "" : ` (${by})`;
	console.log(`${path}:${line}:${column} ${short(original)}  ->  ${short(replacement) || "nothing"}${note}`);
}
