// A process of its own that changes one setting many times: node change-settings.mjs <project> <key> <how often>
// Fails when a change was refused, or is gone a moment later because somebody else wrote an older text over it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

process.on("SIGXFSZ", () => {}); // a limit on the size of files stands for a disk that is full
const host = createRequire(import.meta.resolve("@mariozechner/pi-coding-agent"));
const jiti = host("jiti").createJiti(import.meta.url, { fsCache: false });
const [cwd, key, times] = process.argv.slice(2);
const { SettingsStore } = await jiti.import(
	fileURLToPath(new URL("../../src/settings/settings-store.ts", import.meta.url)),
);
const files = new SettingsStore(join(cwd, "no-agent-directory"));
for (let value = 1; value <= Number(times); value++) {
	const outcome = await files.change({ cwd, isTrusted: true }, { key, value });
	const written = JSON.parse(readFileSync(join(cwd, ".pi/subagents.json"), "utf8"))[key];
	if (outcome.kind !== "saved" || written !== value) throw new Error(JSON.stringify({ value, written, outcome }));
}
