// Runs the test suite against the next host, with the Node it needs; both are installed into `.next-host/` on first use.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = join(root, ".next-host");
const nodePackage = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
const needsOwnNode = !isAtLeast(process.version, 22, 19);

installOnce({
	"@earendil-works/pi-coding-agent": "0.87.1",
	...(needsOwnNode && { [nodePackage]: "22.23.3" }),
});

const ownNode = join(folder, "node_modules", nodePackage, "bin", process.platform === "win32" ? "node.exe" : "node");
const vitest = join(root, "node_modules/vitest/vitest.mjs");
run(needsOwnNode ? ownNode : process.execPath, [vitest, "run", ...process.argv.slice(2)], {
	env: { ...process.env, PI_CREW_HOST: "next" },
});

/** The stamp is written last: an install that was cut short, or was made for other versions, begins anew. */
function installOnce(dependencies) {
	const stamp = join(folder, "installed.json");
	const wanted = JSON.stringify(dependencies);
	if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
	console.log(`Installing the next host into .next-host: ${wanted}`);
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder);
	writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies }));
	const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", `--prefix=${folder}`];
	run("npm", ["install", ...options], { cwd: folder, shell: process.platform === "win32" });
	writeFileSync(stamp, wanted);
}

function run(command, args, options) {
	const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
	if (error) console.error(`${command}: ${error.message}`);
	if (status !== 0) process.exit(status ?? 1);
}

function isAtLeast(version, major, minor) {
	const [actualMajor, actualMinor] = version.slice(1).split(".").map(Number);
	return actualMajor > major || (actualMajor === major && actualMinor >= minor);
}
