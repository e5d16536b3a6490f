// Puts an extension where a person's pi finds it: in an agent directory of its own.
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** @typedef {"ours" | "bare"} Kind */
/** @typedef {{ agentDir: string, cwd: string, neighbours: string[] }} Place */

const checkout = fileURLToPath(new URL("../..", import.meta.url));
const NEIGHBOURS = 5;

/**
 * Packs the checkout as npm would publish it, which builds it.
 *
 * @param {string} folder
 * @returns {string} the tarball
 */
export function pack(folder) {
	mkdirSync(folder, { recursive: true });
	npm("pack", "--silent", `--pack-destination=${folder}`);
	const name = readdirSync(folder).find((file) => file.endsWith(".tgz"));
	if (!name) throw new Error(`npm pack left no tarball in ${folder}`);
	return join(folder, name);
}

/**
 * @param {{ root: string, kind: Kind, tarball: string, neighbours?: boolean }} wish
 * @returns {Place}
 */
export function install({ root, kind, tarball, neighbours = false }) {
	const agentDir = join(root, "agent");
	const cwd = join(root, "project");
	const extensions = join(agentDir, "extensions");
	for (const folder of [cwd, extensions]) mkdirSync(folder, { recursive: true });
	writeFileSync(join(cwd, "small.txt"), "A small file.\n".repeat(20));
	writeFileSync(join(agentDir, "settings.json"), JSON.stringify({ quietStartup: true }));
	if (kind === "ours") unpack(tarball, join(extensions, "pi-crew"));
	else copyFileSync(join(checkout, "test/bench/extensions/bare.ts"), join(extensions, "bare.ts"));
	return { agentDir, cwd, neighbours: neighbours ? addNeighbours(extensions) : [] };
}

/** npm would ask the network for what the tarball depends on; the checkout has the same versions. */
function unpack(tarball, folder) {
	mkdirSync(folder);
	execFileSync("tar", ["-xzf", tarball, "--strip-components=1", "-C", folder]);
	const { dependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
	for (const name of Object.keys(dependencies)) {
		cpSync(join(checkout, "node_modules", name), join(folder, "node_modules", name), { recursive: true });
	}
}

function addNeighbours(folder) {
	const source = readFileSync(join(checkout, "test/bench/extensions/neighbour.ts"), "utf8");
	return Array.from({ length: NEIGHBOURS }, (_, index) => {
		const file = join(folder, `neighbour-${index}.ts`);
		writeFileSync(file, source.replace('"neighbour"', `"neighbour_${index}"`));
		return file;
	});
}

function npm(...args) {
	execFileSync("npm", args, {
		cwd: checkout,
		stdio: ["ignore", "ignore", "inherit"],
		shell: process.platform === "win32",
	});
}
