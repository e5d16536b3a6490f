// `npm run bench`: what we cost beside the bare host doing the same. `npm run bench -- spawn turns` runs these only.
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BENCHES } from "./benches.mjs";
import { printTable } from "./figures.mjs";
import { pack } from "./install.mjs";

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(BENCHES);
const unknown = names.filter((name) => !BENCHES[name]);
if (unknown.length > 0) {
	console.error(`Unknown: ${unknown.join(", ")}. There are ${Object.keys(BENCHES).join(", ")}.`);
	process.exit(1);
}

const root = realpathSync(mkdtempSync(join(tmpdir(), "pi-crew-bench-")));
try {
	const tarball = pack(join(root, "tarball"));
	const figures = [];
	for (const name of names) {
		console.error(`measuring ${name} ...`);
		figures.push(...(await BENCHES[name]({ root: join(root, name), tarball })));
	}
	printTable(figures);
} finally {
	rmSync(root, { recursive: true, force: true });
}
