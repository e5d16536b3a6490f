// Agent files as people write them, loaded and asked for, beside bare reading and parsing of the same files.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsdown";
import { median } from "./figures.mjs";

const FILES = 200;

/** @param {import("./benches.mjs").Context} context */
export async function agentFiles({ root }) {
	const { bare, load, ask } = JSON.parse(execFileSync(process.execPath, [await bundled(root), root, String(FILES)]));
	return [
		{ bench: `${FILES} agent files: load`, ours: median(load), bare: median(bare), target: 2 },
		{ bench: "ask again, beside loading them", ours: median(ask), bare: median(load), target: 1 / 20 },
	];
}

/** The sources are TypeScript, which older Nodes do not load. */
async function bundled(root) {
	const entry = { subject: fileURLToPath(new URL("./agent-files-subject.mjs", import.meta.url)) };
	const deps = { alwaysBundle: [/^(?!node:)/], onlyBundle: false };
	await build({ config: false, entry, outDir: root, deps, dts: false, logLevel: "error", clean: false });
	return join(root, "subject.mjs");
}
