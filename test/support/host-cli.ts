import { fileURLToPath } from "node:url";

export type HostCli = { node: string; cli: string; version: "old" | "next" };

/** How to start the real pi of the host under test: `spawn(node, [cli, ...arguments])`. */
export const hostCli: HostCli =
	process.env.PI_CREW_HOST === "next"
		? atRoot("next", ".next-host/node_modules/@earendil-works/pi-coding-agent/dist/bundle/cli.js")
		: atRoot("old", "node_modules/@mariozechner/pi-coding-agent/dist/cli.js");

// The tests of the next host run in the node that it needs, so this process's own is right for both.
function atRoot(version: HostCli["version"], path: string): HostCli {
	return { node: process.execPath, cli: fileURLToPath(new URL(`../../${path}`, import.meta.url)), version };
}
