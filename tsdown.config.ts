import { readFileSync } from "node:fs";
import { defineConfig, type Rolldown } from "tsdown";

type Statement = ReturnType<Rolldown.PluginContext["parse"]>["body"][number];
type Import = Extract<Statement, { type: "ImportDeclaration" }>;

const hostPackages = [/^@mariozechner\/pi-/, /^typebox(\/|$)/];
const hostModules = 'globalThis[Symbol.for("pi-crew:host-modules/v1")]';

export default defineConfig([
	{
		entry: { extension: "src/index.ts" },
		target: "node20",
		dts: false,
		deps: { neverBundle: hostPackages, alwaysBundle: [/^(?!node:)/], onlyBundle: false },
		minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
		outputOptions: { codeSplitting: false, comments: { legal: true } },
		plugins: [keepCopyrightNotices(), takeHostModulesFromEntry()],
	},
	{
		entry: { index: "src/service/subagents-service.ts" },
		target: "node20",
		dts: true,
		deps: { neverBundle: hostPackages },
	},
]);

/**
 * pi imports a `.mjs` natively, where the host's packages do not resolve, or resolve to a second copy. So the bundle
 * imports nothing but `node:` modules and takes the host's from `src/entry.ts`, which pi loads with its own aliases.
 */
function takeHostModulesFromEntry(): Rolldown.Plugin {
	return {
		name: "take-host-modules-from-entry",
		renderChunk(code) {
			const dynamic = /\bimport\("(?!node:)[^"]*"\)/.exec(code);
			if (dynamic) this.error(`${dynamic[0]} has to be a static import, which can be taken from the host`);
			const provided = modulesProvidedByEntry();
			let rewritten = code;
			for (const statement of this.parse(code).body.reverse()) {
				if (!("source" in statement && statement.source) || statement.source.value.startsWith("node:")) continue;
				if (statement.type !== "ImportDeclaration" || !provided.has(statement.source.value)) {
					this.error(`"${statement.source.value}" is imported or exported, but src/entry.ts does not provide it`);
				}
				rewritten = rewritten.slice(0, statement.start) + takeFromHost(statement) + rewritten.slice(statement.end);
			}
			return { code: rewritten, map: null };
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

function takeFromHost({ source, specifiers }: Import): string {
	const module = `${hostModules}[${JSON.stringify(source.value)}]`;
	return specifiers.map((specifier) => `const ${specifier.local.name} = ${module}${memberOf(specifier)};`).join("\n");
}

function memberOf(specifier: Import["specifiers"][number]): string {
	if (specifier.type === "ImportNamespaceSpecifier") return "";
	if (specifier.type === "ImportDefaultSpecifier") return ".default";
	return `[${JSON.stringify("name" in specifier.imported ? specifier.imported.name : specifier.imported.value)}]`;
}
