import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StoredRun } from "../../src/domain/stored-run.ts";
import type { SubagentRecord } from "../../src/domain/subagent-record.ts";
import { encodeRecord } from "../../src/store/journal.ts";
import { findTranscripts, removeTranscripts } from "../../src/store/transcript-retention.ts";
import { sampleRecord } from "../domain/sample-record.ts";

let root = "";
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), "pi-crew-transcripts-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const SETTLED = { status: "completed", completedAt: 9, delivery: { state: "delivered", via: "tool" } } as const;

function stored(record: Partial<SubagentRecord>, workspace?: string): StoredRun {
	const prompts = { unheard: [], unwritten: [] };
	const background = { limits: {}, isBackground: true, report: "notification" } as const;
	const spec = { thinkingLevel: "off", contextWindow: 9, graceTurns: 5, cwd: "/p", ...background } as const;
	return {
		record: sampleRecord({ ...SETTLED, ...record }),
		spec,
		prompts,
		...(workspace !== undefined && { workspace }),
		attempt: 1,
		used: { input: 0, output: 0, cacheWrite: 0, compactionCount: 0 },
		owner: { pid: 1, hostname: "here" },
	};
}

let transcripts = 0;
/** A session with one subagent; its transcript's path. */
function session(name: string, one?: StoredRun, extra: object[] = []): string {
	const tasks = join(root, name, "tasks");
	mkdirSync(tasks, { recursive: true });
	const id = String(++transcripts).padStart(20, "0");
	const file = join(tasks, `2026-01-01T00-00-00-000Z_${id}.jsonl`);
	writeFileSync(file, "{}\n");
	const record = one && { ...one, record: { ...one.record, transcriptFile: join("/moved/from", basename(file)) } };
	const entries = record ? [{ type: "custom", customType: "subagents:record", data: encodeRecord(record) }] : [];
	writeFileSync(
		join(root, `${name}.jsonl`),
		["damaged", ...[...entries, ...extra].map((entry) => JSON.stringify(entry))].join("\n"),
	);
	return file;
}

const needs = async () => (await findTranscripts(root, Date.now())).map(({ neededFor }) => neededFor);

describe("a transcript", () => {
	it("may go when its subagent has settled and the parent has the result", async () => {
		const file = session("a", stored({}));
		expect(await findTranscripts(root, Date.now())).toEqual([{ file, bytes: 3, changedAt: expect.any(Number) }]);
	});

	it.each<[string, StoredRun, string]>([
		["its subagent was interrupted", stored({ status: "interrupted" }), "interrupted"],
		["its result is pending", stored({ delivery: { state: "pending" } }), "not delivered"],
		["its workspace is still there", stored({}, tmpdir()), "is still there"],
	])("stays when %s", async (_what, one, reason) => {
		session("a", one);
		expect(await needs()).toEqual([expect.stringContaining(reason)]);
	});

	it.each<[string, StoredRun]>([
		["its result waits for a tool", stored({ delivery: { state: "claimed" } })],
		["its result is pending for the parent", stored({ delivery: { state: "pending" } })],
	])("stays when %s, but not for the service, which has told its caller", async (_what, one) => {
		session("a", one);
		session("b", { ...one, spec: { ...one.spec, report: "none" } });
		expect(await needs()).toEqual(["its result was not delivered yet", undefined]);
	});

	it("may go when the workspace of its run is gone", async () => {
		session("a", stored({}, join(root, "nowhere")));
		expect(await needs()).toEqual([undefined]);
	});

	it("is no folder, whatever its name, and lies in no file", async () => {
		mkdirSync(join(root, "a", "tasks", "2026-01-01T00-00-00-000Z_00000000000000000000.jsonl"), { recursive: true });
		writeFileSync(join(root, "b"), "a file where a session's folder could be");
		expect(await findTranscripts(root, Date.now())).toEqual([]);
	});

	it("is needed by name alone: a record without a transcript needs none", async () => {
		const { transcriptFile: _, ...record } = stored({ status: "interrupted" }).record;
		const lost = { type: "custom", customType: "subagents:record", data: encodeRecord({ ...stored({}), record }) };
		session("a", undefined, [lost]);
		expect(await needs()).toEqual([undefined]);
	});

	it("stays when its subagent runs", async () => {
		const { completedAt: _, ...running } = stored({ status: "running" }).record;
		session("a", { ...stored({}), record: running });
		expect(await needs()).toEqual(["it has not ended"]);
	});

	it("may go when the notification is in the session, whatever the record says, or nothing is known of it", async () => {
		const one = stored({ delivery: { state: "pending" } });
		const details = { id: one.record.id, attempt: 1 };
		session("a", one, [{ type: "custom_message", customType: "subagent-notification", details }]);
		session("b");
		expect(await needs()).toEqual([undefined, undefined]);
	});

	it("stays when its session cannot be read now, and may go when its session is gone for a day", async () => {
		const unreadable = session("unreadable", stored({}));
		rmSync(join(root, "unreadable.jsonl"));
		mkdirSync(join(root, "unreadable.jsonl"));
		const orphan = session("gone", stored({}));
		rmSync(join(root, "gone.jsonl"));
		const later = Date.now() + 2 * 86_400_000;
		const found = (await findTranscripts(root, later)).map(({ file, neededFor }) => [file, neededFor]);
		expect(Object.fromEntries(found)).toEqual({
			[unreadable]: expect.stringContaining("its session cannot be read: it is a folder"),
			[orphan]: undefined,
		});
	});

	it("stays for a day when no session file tells of it, for its session may still be open", async () => {
		session("a", stored({}));
		rmSync(join(root, "a.jsonl"));
		expect(await needs()).toEqual(["its session may still be open"]);
		const later = await findTranscripts(root, Date.now() + 2 * 86_400_000);
		expect(later.map(({ neededFor }) => neededFor)).toEqual([undefined]);
	});

	it("is not what lies behind a link, and is not removed when a link has come into the place of its folder", async () => {
		const theirs = session("theirs", stored({}));
		mkdirSync(join(root, "other", "a"), { recursive: true });
		symlinkSync(join(root, "theirs", "tasks"), join(root, "other", "a", "tasks"));
		symlinkSync(join(root, "theirs"), join(root, "other", "b"));
		expect(await findTranscripts(join(root, "other"), Date.now())).toEqual([]);
		expect(await removeTranscripts([join(root, "other", "a", "tasks", basename(theirs))])).toEqual([]);
		expect(existsSync(theirs)).toBe(true);
	});

	it.skipIf(process.platform === "win32")("stays when a pipe is in the place of its session", async () => {
		session("piped", stored({}));
		rmSync(join(root, "piped.jsonl"));
		execFileSync("mkfifo", [join(root, "piped.jsonl")]);
		expect(await needs()).toEqual(["its session cannot be read: it is a pipe; expected a regular file"]);
	});

	it("is not what lies beside it under another name, or in another place", async () => {
		mkdirSync(join(root, "a", "tasks"), { recursive: true });
		writeFileSync(join(root, "a", "tasks", "notes.jsonl"), "mine");
		writeFileSync(join(root, "a", "2026-01-01T00-00-00-000Z_00000000000000000000.jsonl"), "mine");
		expect(await findTranscripts(root, Date.now())).toEqual([]);
		expect(await findTranscripts(join(root, "nowhere"), Date.now())).toEqual([]);
	});
});

it("says of those only that are gone that they are", async () => {
	const kept = join(root, "a", "tasks");
	session("a", stored({}));
	expect(await removeTranscripts([kept])).toEqual([]);
	expect(existsSync(kept)).toBe(true);
});

it("removes transcripts, and the folders that become empty", async () => {
	const [a, b] = [session("a", stored({})), session("b", stored({}))];
	writeFileSync(join(root, "b", "lease.json"), "{}");
	expect(await removeTranscripts([a, b, join(root, "nowhere.jsonl")])).toEqual([a, b]);
	expect([existsSync(join(root, "a")), existsSync(join(root, "b", "tasks")), existsSync(join(root, "b"))]).toEqual([
		false,
		false,
		true,
	]);
});
