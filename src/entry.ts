import type { ExtensionAPI } from "@mariozechner/pi-coding-agent";

/**
 * What pi loads of us, and all that it loads in a child: there it returns before anything else is read.
 *
 * In a checkout the sources lie beside this file and are used, never a stale bundle. The tarball carries the bundle instead;
 * node loads it without the host's aliases, so the host's modules are handed to it here.
 */
export default async function piCrew(pi: ExtensionAPI): Promise<void> {
	const shared = globalThis as { [key: symbol]: unknown };
	const scope = shared[Symbol.for("pi-crew:child-scope/v1")] as { getStore(): unknown } | undefined;
	if (scope?.getStore()) return;
	const { existsSync } = await import("node:fs");
	const { fileURLToPath } = await import("node:url");
	const sources = new URL("./index.ts", import.meta.url);
	const start = existsSync(sources) ? (await import(sources.href)).default : await builtBundle();
	start(pi, fileURLToPath(import.meta.url));
}

async function builtBundle() {
	(globalThis as { [key: symbol]: unknown })[Symbol.for("pi-crew:host-modules/v1")] ??= await hostModules();
	const { createRequire } = await import("node:module");
	const require = createRequire(import.meta.url);
	return require("../dist/load.cjs").loadBundle(require.resolve("../dist/extension.cjs"));
}

async function hostModules(): Promise<Record<string, unknown>> {
	return {
		"@mariozechner/pi-coding-agent": await import("@mariozechner/pi-coding-agent"),
		"@mariozechner/pi-tui": await import("@mariozechner/pi-tui"),
		typebox: await import("typebox"),
		"typebox/compile": await import("typebox/compile"),
		"typebox/value": await import("typebox/value"),
	};
}
