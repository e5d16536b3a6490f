// What noting a subagent in the parent's session costs, beside the host noting as much; and what a parent with many old
// records pays at its start, beside one with as many entries of somebody else's.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsdown";
import { environment } from "./duel.mjs";
import { median } from "./figures.mjs";
import { install } from "./install.mjs";

const RECORDS = 1000;
const ROUNDS = 9;

/** @param {import("./benches.mjs").Context} context */
export async function journal({ root, tarball }) {
	const subject = await bundled(root);
	const run = (...args) => JSON.parse(execFileSync(process.execPath, [subject, ...args], { encoding: "utf8" }));
	const { ours, bare } = run("write", join(root, "written"));
	const place = install({ kind: "ours", root: join(root, "ours"), tarball });
	const files = run("sessions", join(root, "old"), String(RECORDS));
	const cache = join(root, "ours", "tmp");
	const times = { records: [], foreign: [] };
	for (let round = 0; round < ROUNDS; round++) {
		for (const kind of Object.keys(times)) times[kind].push(startWith(files[kind], place, cache));
	}
	return [
		{ bench: "noting a change", ours: median(ours), bare: median(bare), target: 2 },
		{
			bench: `start with ${RECORDS} old records`,
			ours: median(times.records),
			bare: median(times.foreign),
			target: 1.2,
		},
	];
}

function startWith(sessionFile, place, cache) {
	const script = fileURLToPath(new URL("./start-subject.mjs", import.meta.url));
	const options = { env: environment(place, cache), encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] };
	const { reloadMs, createMs } = JSON.parse(
		execFileSync(process.execPath, [script, JSON.stringify({ ...place, sessionFile })], options),
	);
	return reloadMs + createMs;
}

/** The sources are TypeScript, which older Nodes do not load. The host stays what it is. */
async function bundled(root) {
	mkdirSync(root, { recursive: true });
	const entry = { "journal-subject": fileURLToPath(new URL("./journal-subject.mjs", import.meta.url)) };
	const deps = { neverBundle: [/^@mariozechner\//, /^typebox/] };
	const outDir = fileURLToPath(new URL("../../node_modules/.bench", import.meta.url)); // where the host is found
	await build({ config: false, entry, outDir, deps, dts: false, logLevel: "error", clean: false });
	return join(outDir, "journal-subject.mjs");
}
