import type { ExtensionAPI } from "@mariozechner/pi-coding-agent";

/** What pi loads of the automations: in a subagent it returns at once, because the parent's instance runs them. */
export default async function automation(pi: ExtensionAPI): Promise<void> {
	if (isInSubagent()) return;
	const { existsSync } = await import("node:fs");
	const sources = new URL("./automations.ts", import.meta.url);
	if (existsSync(sources)) return (await import(sources.href)).default(pi);
	const { createRequire } = await import("node:module");
	const built = createRequire(import.meta.url);
	const bundle = built.resolve("../../../dist/automations.cjs");
	built("../../../dist/load.cjs").loadBundle(bundle)(pi);
}

function isInSubagent(): boolean {
	const key = Symbol.for("pi-crew:child-scope/v1");
	const scope = (globalThis as { [key: symbol]: { getStore(): unknown } | undefined })[key];
	return scope?.getStore() !== undefined;
}
