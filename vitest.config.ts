import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";

// `npm run test:next` and `test:smoke` install a host in a folder of its own and name it here; without it the pinned one is tested.
const otherHost = process.env.PI_CREW_HOST;
/** Neither these nor what they test knows any host: once is enough. */
const HOSTLESS = ["agents", "domain", "platform", "settings", "store", "types"].map((folder) => `test/${folder}/**`);

/** Rules and drawings: none of them leaves anything behind in its process, so that many files can share one. */
const UNITS = ["agents", "app", "delivery", "domain", "engine", "events", "extensions", "format", "host", "planning"]
	.concat(["platform", "screens", "service", "settings", "store", "tools", "ui", "workspace"])
	.map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
	resolve: { alias: otherHost ? aliasesOf(otherHost) : [] },
	test: {
		pool: "forks",
		maxWorkers: Math.max(2, availableParallelism() - 1), // most scenarios wait for processes most of the time
		// Each wait says by itself what it waited for in vain, after a minute.
		testTimeout: 180_000,
		hookTimeout: 180_000,
		expect: { poll: { timeout: 60_000 } },
		env: { PI_OFFLINE: "1" },
		projects: [
			project({ name: "units", include: UNITS, isolate: false }),
			project({ name: "scenarios", include: ["test/**/*.test.ts"], exclude: UNITS }),
		],
	},
});

function project({
	exclude = [],
	...rest
}: {
	name: string;
	include: string[];
	exclude?: string[];
	isolate?: boolean;
}) {
	const left = [...configDefaults.exclude, ...exclude, ...(otherHost ? HOSTLESS : [])];
	return { extends: true as const, test: { ...rest, exclude: left } };
}

/** Each name leads to the very file that the host loads itself, so that a test and the host share one instance. */
function aliasesOf(hostName: string) {
	const entry = (packageName: string, path: string) =>
		entryFile(`.${hostName}-host/node_modules/${packageName}/`, path);
	const host = ["pi-coding-agent", "pi-agent-core", "pi-tui"].map((name) => [
		`@mariozechner/${name}`,
		entry(`@earendil-works/${name}`, "."),
	]);
	const typebox = [".", "./value", "./compile"].map((path) => [`typebox${path.slice(1)}`, entry("typebox", path)]);
	// In the newer hosts the root of pi-ai is its compat entry.
	const ai = ["@mariozechner/pi-ai", entry("@earendil-works/pi-ai", "./compat")];
	return [...host, ...typebox, ai].map(([name, replacement = ""]) => ({ find: new RegExp(`^${name}$`), replacement }));
}

function entryFile(packageFolder: string, path: string): string {
	const folder = new URL(packageFolder, import.meta.url);
	const manifest = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
	return fileURLToPath(new URL(manifest.exports?.[path].import ?? manifest.main, folder));
}
