import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Installs these versions, and nothing else, into a folder of the checkout, if that has not been done. The stamp is written
 * last: an install that was cut short, or was made for other versions, begins anew.
 */
export function installOnce(name, dependencies, { options = [], finish = () => undefined } = {}) {
	const folder = join(root, name);
	const stamp = join(folder, "installed.json");
	const wanted = JSON.stringify(dependencies);
	if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
	console.log(`Installing into ${name}: ${wanted}`);
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder);
	writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies }));
	const quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", `--prefix=${folder}`];
	run("npm", ["install", ...quietly, ...options], { cwd: folder, shell: process.platform === "win32" });
	finish(folder);
	writeFileSync(stamp, wanted);
}

/** Ends this process with the program's exit code when that is not 0. */
export function run(command, args, options) {
	const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
	if (error) console.error(`${command}: ${error.message}`);
	if (status !== 0) process.exit(status ?? 1);
}
