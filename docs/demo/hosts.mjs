import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Where a checkout has pi: as a dependency under either of its names, and where `npm run test:next` puts the newest one. */
const PLACES = [
	"node_modules/@earendil-works/pi-coding-agent",
	".next-host/node_modules/@earendil-works/pi-coding-agent",
	"node_modules/@mariozechner/pi-coding-agent",
];

/** @returns of the installed pis that this Node can run, the newest; undefined where there is none */
export function newestHost(root) {
	const hosts = PLACES.flatMap((place) => hostIn(join(root, place)));
	const [newest] = hosts.filter(({ node }) => !isOlder(process.versions.node, node)).sort(newestFirst);
	return newest;
}

function hostIn(folder) {
	try {
		const { version, bin, engines } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
		const cli = join(folder, typeof bin === "string" ? bin : bin.pi);
		return existsSync(cli) ? [{ version, cli, node: /[\d.]+/.exec(engines?.node ?? "")?.[0] ?? "0" }] : [];
	} catch {
		return []; // it is not installed there, or not whole
	}
}

function newestFirst(one, other) {
	return isOlder(one.version, other.version) ? 1 : -1;
}

function isOlder(version, than) {
	const [own, others] = [version, than].map((text) => text.split(".").map((part) => Number.parseInt(part, 10)));
	const index = [0, 1, 2].find((at) => (own[at] ?? 0) !== (others[at] ?? 0));
	return index !== undefined && (own[index] ?? 0) < (others[index] ?? 0);
}
