import type { ExtensionAPI } from "@mariozechner/pi-coding-agent";

/** What pi loads of the worktrees: in a subagent it returns at once, for there the parent's instance is at work. */
export default async function worktrees(pi: ExtensionAPI): Promise<void> {
	const shared = globalThis as { [key: symbol]: unknown };
	const scope = shared[Symbol.for("pi-crew:child-scope/v1")] as { getStore(): unknown } | undefined;
	if (scope?.getStore()) return;
	const { existsSync } = await import("node:fs");
	const sources = new URL("./worktrees.ts", import.meta.url);
	const connect = existsSync(sources) ? (await import(sources.href)).default : await builtBundle();
	connect(pi);
}

async function builtBundle() {
	const { createRequire } = await import("node:module");
	const require = createRequire(import.meta.url);
	return require("../../../dist/load.cjs").loadBundle(require.resolve("../../../dist/worktrees.cjs"));
}
