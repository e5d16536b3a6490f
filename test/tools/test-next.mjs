// Runs the test suite against the next host, with the Node it needs; both are installed into `.next-host/` on first use.
import { join } from "node:path";
import "./install-neighbours.mjs";
import { installOnce, root, run } from "./install-once.mjs";

const nodePackage = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
const needsOwnNode = !isAtLeast(process.version, 22, 19);

installOnce(".next-host", {
	"@earendil-works/pi-coding-agent": "1.6.0",
	...(needsOwnNode && { [nodePackage]: "22.23.3" }),
});

const ownNode = join(
	...[root, ".next-host/node_modules", nodePackage, "bin"],
	process.platform === "win32" ? "node.exe" : "node",
);
const vitest = join(root, "node_modules/vitest/vitest.mjs");
run(needsOwnNode ? ownNode : process.execPath, [vitest, "run", ...process.argv.slice(2)], {
	env: { ...process.env, PI_CREW_HOST: "next" },
});

function isAtLeast(version, major, minor) {
	const [actualMajor, actualMinor] = version.slice(1).split(".").map(Number);
	return actualMajor > major || (actualMajor === major && actualMinor >= minor);
}
