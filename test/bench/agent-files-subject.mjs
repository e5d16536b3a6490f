// Loads a folder of wild agent files again and again, in turn with reading and parsing them barely, and prints what it took.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { AgentFolders } from "../../src/agents/agent-folders.ts";
import { wildAgents } from "../support/wild-agents.ts";

const [root = "", count] = process.argv.slice(2);
const folder = join(root, "agents");
const place = { cwd: join(root, "project"), isTrusted: true };
const ROUNDS = 60;

mkdirSync(folder);
const wild = Object.entries(wildAgents());
for (let index = 0; index < Number(count); index++) {
	const [name = "", text = ""] = wild[index % wild.length] ?? [];
	writeFileSync(join(folder, `${index}-${name}`), text);
}

const known = new AgentFolders(root);
const unchanged = known.load(place);
if (unchanged.list().length < Number(count) / 2) throw new Error(`only ${unchanged.list().length} agents were found`);
const times = { bare: [], load: [], ask: [] };
for (let round = 0; round < ROUNDS; round++) {
	times.bare.push(timeOf(readBarely));
	times.load.push(timeOf(() => new AgentFolders(root).load(place)));
	times.ask.push(timeOf(() => known.load(place)));
}
if (known.load(place) !== unchanged) throw new Error("the catalog was made anew though nothing had changed");
const warm = Object.entries(times).map(([name, values]) => [name, values.slice(ROUNDS / 3)]);
console.log(JSON.stringify(Object.fromEntries(warm)));

/** What cannot be parsed costs as much as what can. */
function readBarely() {
	for (const name of readdirSync(folder)) {
		const text = readFileSync(join(folder, name), "utf8");
		const [, keys] = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---/.exec(text) ?? [];
		try {
			if (keys !== undefined) parse(keys, { logLevel: "silent" });
		} catch {
			// no YAML
		}
	}
}

function timeOf(work) {
	const begin = performance.now();
	work();
	return performance.now() - begin;
}
