import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { decodeRecord, encodeRecord } from "../../src/store/journal.ts";
import { oldEntry, sampleStored } from "./sample-stored.ts";

const runs = (numRuns: number) => ({ numRuns, seed: 20_251_121, endOnFailure: false });
const overDisk = (value: unknown) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>;

const prototypes = [Object.prototype, Array.prototype, String.prototype, Map.prototype, Function.prototype];
const members = (object: object) => Reflect.ownKeys(object).map(String).sort();
const before = prototypes.map(members);
afterEach(() => {
	expect(prototypes.map(members)).toEqual(before);
	expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

/** Every path to a value in an object. */
function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
	if (typeof value !== "object" || value === null) return [path];
	return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))].filter(
		(found) => found.length > 0,
	);
}

function changed(value: unknown, path: readonly string[], put: unknown): unknown {
	const copy = structuredClone(value) as Record<string, unknown>;
	const place = path.slice(0, -1).reduce((at, key) => at[key] as Record<string, unknown>, copy);
	Object.defineProperty(place, path.at(-1) as string, {
		value: put,
		enumerable: true,
		configurable: true,
		writable: true,
	});
	return copy;
}

const whole = sampleStored({
	attempt: 3,
	carrier: "call-2",
	ending: { by: "user" },
	owner: { pid: 7, hostname: "box", born: "99" },
	record: {
		status: "stopped",
		error: "Stopped by the user.",
		maxTurns: 9,
		delivery: { state: "delivered", via: "tool", at: 5 },
	},
	plan: { prompts: { unheard: ["a"], unwritten: ["b"] } },
});

describe("a record in the session's file", () => {
	it("comes back as it was", () => {
		expect(decodeRecord(overDisk(encodeRecord(whole)))).toEqual({ kind: "stored", runs: [whole] });
	});

	it("keeps a result of 64 KiB, and of a larger one the beginning and where the rest is", () => {
		const fits = sampleStored({ record: { result: "é".repeat(32 * 1024) } });
		expect(encodeRecord(fits)).toEqual({ v: 3, ...fits });
		const large = encodeRecord(sampleStored({ record: { result: `x${"é".repeat(33 * 1024)}` } })) as typeof whole;
		expect(large).toMatchObject({ v: 3, resultIsCut: true });
		const [beginning, note] = large.record.result?.split("\n\n") ?? [];
		expect(beginning).toBe(`x${"é".repeat(32 * 1024 - 1)}`); // no half character
		expect(note).toBe("[Too large to be stored here; all of it is in /sessions/parent/tasks/a.jsonl]");
	});

	it("keeps what a workspace added whole beside a result that is cut, for no transcript has it", () => {
		const addendum = `branch ${"b".repeat(2000)}`;
		const result = `${"w".repeat(100_000)}\n\n${addendum}`;
		const stored = sampleStored({ record: { result, addendumLength: addendum.length } });
		const { record } = encodeRecord(stored) as { record: { result: string } };
		expect(record.result.endsWith(`\n\n${addendum}`)).toBe(true);
		expect(record.result.length).toBeLessThan(70_000);
	});

	it("keeps how the last reply ended, which older entries do not say", () => {
		const lastReply = { finishReason: "length", heldOnly: "nothing", earlierText: "before" } as const;
		const decoded = decodeRecord(JSON.parse(JSON.stringify(encodeRecord(sampleStored({ record: { lastReply } })))));
		expect(decoded).toMatchObject({ kind: "stored", runs: [{ record: { lastReply } }] });
		expect(decodeRecord(encodeRecord(sampleStored()))).toMatchObject({ kind: "stored" });
	});

	it("is not used when a later version wrote it, and says so", () => {
		expect(decodeRecord({ ...encodeRecord(whole), v: 4 })).toEqual({
			kind: "unusable",
			reason: "it is of version 4, this is version 3",
		});
	});

	it("of version 1 is read, and each result of earlier runs in it becomes a run of its own", () => {
		const owed = [
			{ record: { ...whole.record, result: "the first" }, attempt: 1, toolCallId: "call-0" },
			{ record: { ...whole.record, result: "the second" }, attempt: 2 },
		];
		const decoded = decodeRecord(overDisk({ ...oldEntry(1, whole), owed }));
		const { record, used: _, ...rest } = whole;
		expect(decoded.kind === "stored" && decoded.runs).toMatchObject([
			{ attempt: 1, record: { result: "the first" }, owner: whole.owner, spec: { toolCallId: "call-0" } },
			{ attempt: 2, record: { result: "the second" }, spec: { report: "notification" }, prompts: { unheard: [] } },
			{ ...rest, record: { ...record, run: { durationMs: record.run.durationMs } } },
		]);
	});

	it("of version 2 gets what it does not say: run, lineage, limits, and the figures of the run from the one before", () => {
		const data = overDisk(oldEntry(2, whole));
		const { id, parentSessionId } = whole.record;
		const before = sampleStored({
			record: { turns: 1, toolUses: 2, cost: 0.05, lifetimeUsage: { input: 900, output: 100, cacheWrite: 30 } },
		}).record;
		const decoded = decodeRecord(data, (asked, attempt) => (asked === id && attempt === 3 ? before : undefined));
		expect(decoded).toEqual({
			kind: "stored",
			runs: [
				{
					...whole,
					used: { input: 100, output: 100, cacheWrite: 4, compactionCount: 0 },
					record: {
						...whole.record,
						...{ runId: `${id}.3`, attempt: 3, rootSessionId: parentSessionId, depth: 0, limits: { turns: 9 } },
						run: { turns: 3, toolUses: 1, tokens: 204, cost: 0.2, durationMs: 2300 },
					},
				},
			],
		});
	});

	it("names its run by the attempt that is stored, whatever else stands in it", () => {
		const data = changed(changed(encodeRecord(whole), ["record", "attempt"], 7), ["record", "runId"], "another");
		expect(decodeRecord(data)).toEqual({ kind: "stored", runs: [whole] });
	});

	it.each([
		["nothing", undefined],
		["null", null],
		["a text", "record"],
		["a list", [1]],
		["no version", { ...encodeRecord(whole), v: undefined }],
		["the version as text", { ...encodeRecord(whole), v: "1" }],
		["an id that is a path", changed(encodeRecord(whole), ["record", "id"], "../../etc/passwd")],
		["a status nobody knows", changed(encodeRecord(whole), ["record", "status"], "done")],
		["a count below zero", changed(encodeRecord(whole), ["record", "toolUses"], -1)],
		["a time without end", changed(encodeRecord(whole), ["record", "completedAt"], Number.POSITIVE_INFINITY)],
		["no attempt", changed(encodeRecord(whole), ["attempt"], 0)],
	])("is not used when it is %s", (_what, data) => {
		expect(decodeRecord(data)).toEqual({ kind: "unusable", reason: expect.stringMatching(/./) });
	});

	it.each([
		["record", "status", ["queued", "running", "completed", "steered", "aborted", "stopped", "error", "interrupted"]],
		["spec", "report", ["return", "notification", "none"]],
	] as const)("knows every word that the %s's %s can be, and no other", (part, key, words) => {
		for (const word of words) {
			expect(decodeRecord(changed(encodeRecord(whole), [part, key], word)).kind).toBe("stored");
		}
		for (const other of ["", "other", null, undefined, 1]) {
			expect(decodeRecord(changed(encodeRecord(whole), [part, key], other)).kind).toBe("unusable");
		}
	});

	it.each([
		["state", ["pending", "claimed", "delivered", "withheld"]],
		["via", ["foreground", "tool", "notification"]],
	] as const)("knows every word that the delivery's %s can be, and no other", (key, words) => {
		const path = ["record", "delivery", key];
		for (const word of words) expect(decodeRecord(changed(encodeRecord(whole), path, word)).kind).toBe("stored");
		for (const other of ["", "other", null, 1]) {
			expect(decodeRecord(changed(encodeRecord(whole), path, other)).kind).toBe("unusable");
		}
	});

	it("says where it is wrong", () => {
		const reasonOf = (data: unknown) => (decodeRecord(data) as { reason: string }).reason;
		expect(reasonOf(changed(encodeRecord(whole), ["record", "toolUses"], -1))).toMatch(/^\/record\/toolUses .+/);
		expect(reasonOf("record")).toMatch(/^it .+/);
	});

	it("is whole without a result, and of a large one says so when nobody knows its transcript", () => {
		const without = sampleStored({ record: { result: undefined } });
		expect(encodeRecord(without)).toEqual({ v: 3, ...without });
		const large = sampleStored({ record: { result: "x".repeat(65 * 1024), transcriptFile: undefined } });
		expect((encodeRecord(large) as typeof whole).record.result).toMatch(/all of it is in its transcript\]$/);
	});

	it("never throws and never lets a strange value through where it is looked at, whatever stands in it", () => {
		const data = overDisk(encodeRecord(whole));
		const paths = pathsOf(data);
		fc.assert(
			fc.property(fc.constantFrom(...paths), fc.anything(), (path, put) => {
				const decoded = decodeRecord(changed(data, path, put));
				if (decoded.kind === "unusable") {
					expect(decoded.reason).not.toBe("");
					return;
				}
				const { record, attempt, owner } = decoded.runs.at(-1)!;
				expect(typeof record.id).toBe("string");
				expect(Number.isFinite(record.startedAt) && Number.isInteger(attempt) && Number.isInteger(owner.pid)).toBe(
					true,
				);
				expect(["undefined", "string"]).toContain(typeof record.result);
			}),
			runs(3000),
		);
	});

	it("never throws for anything that JSON can hold", () => {
		fc.assert(
			fc.property(fc.jsonValue(), (data) => {
				expect(decodeRecord(data).kind).toBe("unusable");
			}),
			runs(1000),
		);
	});

	it("does not change what all objects have", () => {
		const text = JSON.stringify(encodeRecord(whole));
		for (const name of ["__proto__", "constructor", "prototype"]) {
			const poisoned = text.replace("{", `{"${name}":{"polluted":1,"prototype":{"polluted":1}},`);
			const inner = text.replace('"record":{', `"record":{"${name}":{"polluted":1},`);
			for (const data of [poisoned, inner]) {
				const decoded = decodeRecord(JSON.parse(data));
				if (decoded.kind === "stored") expect((decoded.runs.at(-1) as { polluted?: unknown }).polluted).toBeUndefined();
			}
		}
	});
});
