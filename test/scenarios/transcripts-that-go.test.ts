import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { until } from "../support/condition.ts";
import { say } from "../support/script.ts";
import { type ScriptedHost, startHost } from "../support/scripted-host.ts";

let host: ScriptedHost;
afterEach(() => host?.stop());

const LONG_AGO = new Date("2026-01-01T00:00:00Z");
const old = (session: string) => `../sessions/${session}/tasks/2026-01-01T00-00-00-000Z_0123456789abcdef0123.jsonl`;

it("old transcripts of other sessions go some time after the start, and nobody else's files", async () => {
	const mine = "../sessions/gone/tasks/notes.jsonl";
	host = await startHost({
		script: () => say("ok"),
		sessionDir: "persisted",
		files: { [old("gone")]: "{}\n", [mine]: "{}\n", [old("kept")]: "{}\n" },
		age: { [old("gone")]: LONG_AGO, [mine]: LONG_AGO },
	});
	await host.session.prompt("/agents transcripts");
	expect(host.notices.at(-1)).toMatch(/^1 transcript would be removed at the next start, 1 KiB:\n.*gone.*\(too old\)$/);
	await until("the old one to be gone", () => !existsSync(join(host.cwd, old("gone"))));
	expect([mine, old("kept")].map((file) => existsSync(join(host.cwd, file)))).toEqual([true, true]);
});
