import { fileURLToPath } from "node:url";

export type HostCli = {
	node: string;
	cli: string;
	/** `old`: the pinned 0.73 line; `next`: all that came after it. */
	version: "old" | "next";
	/** How it can use the terminal, the way it does without a setting first. */
	tuiModes: readonly TuiMode[];
};

export type TuiMode = "fullscreen" | "regular";

/** The folder it is installed in: `npm run test:next` and `test:smoke` say which host is tested. */
const otherHost = process.env.PI_CREW_HOST;

/** How to start the real pi of the host under test: `spawn(node, [cli, ...arguments])`. */
export const hostCli: HostCli = {
	// The tests of a newer host run in the node that it needs, so this process's own is right for all.
	node: process.execPath,
	cli: atRoot(
		otherHost
			? `.${otherHost}-host/node_modules/@earendil-works/pi-coding-agent/dist/bundle/cli.js`
			: "node_modules/@mariozechner/pi-coding-agent/dist/cli.js",
	),
	version: otherHost ? "next" : "old",
	tuiModes: otherHost === "next" ? ["fullscreen", "regular"] : ["regular"],
};

function atRoot(path: string): string {
	return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
