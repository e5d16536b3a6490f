// Other people's extensions that scenarios run us beside. `.neighbours/` is made on first use.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installOnce } from "./install-once.mjs";

// It asks for a host as its peer; the one that loads it is the host under test.
const options = ["--legacy-peer-deps"];

/** What the older host has not, and the extension asks for: a folder whose files may always be read. */
const MISSING = { "pi-coding-agent": 'export const getPackageDir = () => new URL(".", import.meta.url).pathname;\n' };

installOnce(".neighbours", { "@gotgenes/pi-permission-system": "20.7.3" }, { options, finish: nameHostAnew });

/** It imports the host by its newer name, which the newer host answers to by itself; here it leads to the older host. */
function nameHostAnew(folder) {
	for (const name of ["pi-coding-agent", "pi-tui"]) {
		const alias = join(folder, "node_modules/@earendil-works", name);
		mkdirSync(alias, { recursive: true });
		const manifest = { name: `@earendil-works/${name}`, version: "0.0.0", type: "module", exports: "./index.js" };
		writeFileSync(join(alias, "package.json"), JSON.stringify(manifest));
		writeFileSync(join(alias, "index.js"), `export * from "@mariozechner/${name}";\n${MISSING[name] ?? ""}`);
	}
}
