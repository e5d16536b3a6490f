import { defineConfig } from "vitest/config";

/** One process for everything; `runner.ts` decides what runs in it. */
export default defineConfig({
	test: {
		include: ["test/mutation/session.ts"],
		runner: "test/mutation/runner.ts",
		root: process.env.PI_CREW_MUTATION ?? ".",
		pool: "forks",
		maxWorkers: 1,
		isolate: false,
		testTimeout: 8000,
		hookTimeout: 8000,
		disableConsoleIntercept: true,
		dangerouslyIgnoreUnhandledErrors: true,
		env: { PI_OFFLINE: "1" },
	},
});
