// The hosts that are tested beside the pinned one, and the Node they need.
import { join } from "node:path";
import { installOnce, root } from "./install-once.mjs";

/** A new minor release of the host is a new number here. Each is installed into a folder of its own, `.next-host` and `.smoke-host`. */
const VERSIONS = { next: "1.6.0", smoke: "0.87.1" };

const nodePackage = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
const needsOwnNode = !isAtLeast(process.version, 22, 19);

/** Installs a host on first use, nothing of the other ones. @returns what to start with the host's name in `PI_CREW_HOST` */
export function installHost(name) {
	const node = needsOwnNode ? { [nodePackage]: "22.23.3" } : {};
	installOnce(".next-host", { "@earendil-works/pi-coding-agent": VERSIONS.next, ...node });
	// The Node of the newest host is there for all of them.
	if (name !== "next") installOnce(`.${name}-host`, { "@earendil-works/pi-coding-agent": VERSIONS[name] });
	return needsOwnNode ? ownNode() : process.execPath;
}

function ownNode() {
	const program = process.platform === "win32" ? "node.exe" : "node";
	return join(root, ".next-host/node_modules", nodePackage, "bin", program);
}

function isAtLeast(version, major, minor) {
	const [actualMajor, actualMinor] = version.slice(1).split(".").map(Number);
	return actualMajor > major || (actualMajor === major && actualMinor >= minor);
}
