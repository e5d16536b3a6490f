// What the extension adds to each model call of its parent: tools and system prompt, with few and many agent types.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { environment } from "./duel.mjs";
import { install } from "./install.mjs";

/** Of a person's own types; what they add to is never more than so many characters. */
const MOST = { 0: 4000, 20: 8000, 200: 8000 };

/** @param {import("./benches.mjs").Context} context */
export async function added({ root, tarball }) {
	return Object.entries(MOST).map(([types, most]) => {
		const place = { kind: "ours", root: join(root, types) };
		Object.assign(place, install({ ...place, tarball }));
		writeTypes(join(place.agentDir, "agents"), Number(types));
		const bench = `added to a parent's call, ${types === "0" ? "built-in types alone" : `with ${types} types`}`;
		return { bench, ours: charactersIn(place), most, unit: "characters" };
	});
}

function writeTypes(folder, count) {
	mkdirSync(folder, { recursive: true });
	for (let index = 0; index < count; index++) {
		const description = `Use this agent when a task of kind ${index} has to be done. ${"It knows all about it. ".repeat(20)}`;
		writeFileSync(join(folder, `specialist-number-${index}.md`), `---\ndescription: ${description}\n---\nDo it.`);
	}
}

function charactersIn(place) {
	const script = fileURLToPath(new URL("./added-subject.mjs", import.meta.url));
	const options = {
		env: environment(place, join(place.root, "tmp")),
		encoding: "utf8",
		stdio: ["ignore", "pipe", "inherit"],
	};
	return JSON.parse(execFileSync(process.execPath, [script, JSON.stringify(place)], options)).characters;
}
