import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { defineConfig, type Rolldown, type UserConfig } from "tsdown";

const hostPackages = [/^@mariozechner\/pi-/, /^typebox(\/|$)/];
const hostModules = 'globalThis[Symbol.for("pi-crew:host-modules/v1")]';

export default defineConfig([
	bundle({ extension: "src/index.ts" }),
	bundle({ worktrees: "src/extensions/worktrees/worktrees.ts" }),
	bundle({ automations: "src/extensions/automation/automations.ts" }),
	bundle({ load: "src/bundle-loader.ts" }),
	{
		entry: { index: "src/service/subagents-service.ts", settings: "src/settings/layered-settings.ts" },
		target: "node20",
		dts: true,
		deps: { neverBundle: hostPackages },
	},
]);

/**
 * One CommonJS file with all that it needs of ours and our dependencies. An entry exports its default alone: a named export
 * beside it would change what `require` returns.
 */
function bundle(entry: Record<string, string>): UserConfig {
	return {
		entry,
		format: "cjs",
		target: "node20",
		dts: false,
		inputOptions: { resolve: { mainFields: ["module", "main"] } }, // the other form of jsonc-parser cannot be bundled
		deps: { neverBundle: hostPackages, alwaysBundle: [/^(?!node:)/], onlyBundle: false },
		minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
		outputOptions: { codeSplitting: false, comments: { legal: true } },
		plugins: [keepCopyrightNotices(), takeHostModulesFromEntry(), writeInAscii()],
	};
}

/**
 * Node loads the bundle without pi's aliases, so the host's packages would not be found, or be a second copy. The bundle
 * takes them from `src/entry.ts`, which pi loads with its own aliases. It is CommonJS because that loads in one go:
 * the many ticks of a native `import()` let a garbage collection in that costs more than the bundle.
 */
function takeHostModulesFromEntry(): Rolldown.Plugin {
	return {
		name: "take-host-modules-from-entry",
		renderChunk(code) {
			const provided = modulesProvidedByEntry();
			return code.replace(/\brequire\((["'`])([^"'`]+)\1\)/g, (call, _quote, specifier: string) => {
				if (isBuiltin(specifier)) return call;
				if (!provided.has(specifier)) this.error(`"${specifier}" is imported, but src/entry.ts does not provide it`);
				return `${hostModules}[${JSON.stringify(specifier)}]`;
			});
		},
	};
}

/** Such a file is read faster and takes half the memory: V8 keeps any other text in two bytes a character. */
function writeInAscii(): Rolldown.Plugin {
	const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
	return {
		name: "write-in-ascii",
		generateBundle(_options, files) {
			for (const file of Object.values(files)) {
				if (file.type === "chunk") file.code = file.code.replace(/[\u0080-\uffff]/g, escaped);
			}
		},
	};
}

/** A dependency's heading comment becomes a legal one, the kind that the minifier leaves in place. */
function keepCopyrightNotices(): Rolldown.Plugin {
	return {
		name: "keep-copyright-notices",
		transform: {
			filter: { id: /node_modules/ },
			handler: (code) => ({ code: code.replace(/^\/\*\*/, "/*!"), map: null }),
		},
	};
}

function modulesProvidedByEntry(): Set<string> {
	const source = readFileSync(new URL("src/entry.ts", import.meta.url), "utf8");
	return new Set(Array.from(source.matchAll(/\bimport\("([^"]+)"\)/g), ([, specifier = ""]) => specifier));
}
