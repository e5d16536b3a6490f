import type { ExtensionAPI } from "@mariozechner/pi-coding-agent";

/** What pi loads of the automations: in a subagent it returns at once, because the parent's instance runs them. */
export default async function automation(pi: ExtensionAPI): Promise<void> {
	const shared = globalThis as { [key: symbol]: unknown };
	const scope = shared[Symbol.for("pi-crew:child-scope/v1")] as { getStore(): unknown } | undefined;
	if (scope?.getStore()) return;
	const { existsSync } = await import("node:fs");
	const sources = new URL("./automations.ts", import.meta.url);
	const connect = existsSync(sources) ? (await import(sources.href)).default : await builtBundle();
	connect(pi);
}

async function builtBundle() {
	const { createRequire } = await import("node:module");
	const built = createRequire(import.meta.url);
	return built("../../../dist/load.cjs").loadBundle(built.resolve("../../../dist/automations.cjs"));
}
