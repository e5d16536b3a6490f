import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";

// `npm run test:next` installs the next host in its own folder and sets PI_CREW_HOST; without it the pinned host is tested.
const testsNextHost = process.env.PI_CREW_HOST === "next";
/** Neither these nor what they test knows any host: once is enough. */
const HOSTLESS = ["test/config/**", "test/domain/**", "test/platform/**", "test/store/**", "test/types/**"];

/** Rules and drawings: none of them leaves anything behind in its process, so that many files can share one. */
const UNITS = ["config", "delivery", "domain", "events", "extensions", "format", "lifecycle", "screens", "service"]
	.concat(["platform", "session", "store", "tools", "ui"])
	.map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
	resolve: { alias: testsNextHost ? nextHostAliases() : [] },
	test: {
		pool: "forks",
		maxWorkers: Math.max(2, availableParallelism() - 1), // most scenarios wait for processes most of the time
		testTimeout: 30_000,
		hookTimeout: 30_000,
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
	const left = [...configDefaults.exclude, ...exclude, ...(testsNextHost ? HOSTLESS : [])];
	return { extends: true as const, test: { ...rest, exclude: left } };
}

/** Each name leads to the very file that the next host loads itself, so that a test and the host share one instance. */
function nextHostAliases() {
	const host = ["pi-coding-agent", "pi-agent-core", "pi-tui"].map((name) => [
		`@mariozechner/${name}`,
		entryFile(`@earendil-works/${name}`, "."),
	]);
	const typebox = [".", "./value", "./compile"].map((path) => [`typebox${path.slice(1)}`, entryFile("typebox", path)]);
	// In the next host the root of pi-ai is its compat entry.
	const ai = ["@mariozechner/pi-ai", entryFile("@earendil-works/pi-ai", "./compat")];
	return [...host, ...typebox, ai].map(([name, replacement = ""]) => ({ find: new RegExp(`^${name}$`), replacement }));
}

function entryFile(packageName: string, path: string): string {
	const folder = new URL(`.next-host/node_modules/${packageName}/`, import.meta.url);
	const manifest = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
	return fileURLToPath(new URL(manifest.exports?.[path].import ?? manifest.main, folder));
}
