import { expect, it } from "vitest";
import type { StoredRun } from "../../src/domain/stored-run.ts";
import { Journal } from "../../src/store/journal.ts";
import { sampleStored } from "./sample-stored.ts";

/** A disk that takes what is not too big for it. */
function disk() {
	const written: unknown[] = [];
	const failures: unknown[] = [];
	const state = { room: Number.POSITIVE_INFINITY };
	const append = (_type: string, data: object) => {
		if (JSON.stringify(data).length > state.room) throw new Error("the disk is full");
		written.push(data);
	};
	return { journal: new Journal(append, (error) => void failures.push(String(error))), written, failures, state };
}

it("makes up for what could not be written, the latest of each, with the next change that can", () => {
	const { journal, written, failures, state } = disk();
	const [running, done] = (["running", "completed"] as const).map((status) =>
		sampleStored({ record: { id: "a", status } }),
	);
	const [other, third] = ["b", "c"].map((id) => sampleStored({ record: { id } }));
	state.room = 0;
	for (const stored of [running, other, done]) journal.write(stored as StoredRun);
	expect([written, failures]).toEqual([[], ["Error: the disk is full"]]);
	state.room = Number.POSITIVE_INFINITY;
	for (const stored of [third, third]) journal.write(stored as StoredRun);
	expect(written).toEqual([third, done, other, third].map((stored) => ({ v: 3, ...stored })));
});

it("lets a small one pass that a big one has no room for, and tells of the trouble once", () => {
	const { journal, written, failures, state } = disk();
	const big = sampleStored({ record: { id: "a", result: "w".repeat(5000) } });
	const small = sampleStored({ record: { id: "b" } });
	state.room = 4500;
	for (const stored of [big, small, small]) journal.write(stored);
	expect([written, failures]).toEqual([Array(2).fill({ v: 3, ...small }), ["Error: the disk is full"]]);
});

it("writes the whole record, and tells the first failure after a success only", () => {
	const written: unknown[] = [];
	const failures: unknown[] = [];
	let isFull = false;
	const journal = new Journal(
		(type, data) => {
			if (isFull) throw new Error("the disk is full");
			written.push([type, data]);
		},
		(error) => void failures.push(String(error)),
	);
	const stored = sampleStored();
	journal.write(stored);
	expect(written).toEqual([["subagents:record", { v: 3, ...stored }]]);
	isFull = true;
	journal.write(stored);
	journal.write(stored);
	expect(failures).toEqual(["Error: the disk is full"]);
	isFull = false;
	journal.write(stored);
	isFull = true;
	journal.write(stored);
	expect(failures).toHaveLength(2);
});

it("tries what is missing again only after a change could be written", () => {
	const tried: string[] = [];
	const journal = new Journal(
		(_type, data) => {
			tried.push((data as StoredRun).record.id);
			throw new Error("the disk is full");
		},
		() => undefined,
	);
	for (const id of ["a", "b", "c"]) journal.write(sampleStored({ record: { id } }));
	expect(tried).toEqual(["a", "b", "c"]);
});

it("writes the whole spec of a run with the first change that the file takes, and its essentials from then on", () => {
	const { journal, written, state } = disk();
	const stored = sampleStored({ plan: { prompt: "Find it.", description: "find the parser" } });
	state.room = 0;
	journal.write(stored);
	state.room = Number.POSITIVE_INFINITY;
	journal.write(stored);
	journal.write(stored);
	journal.write({ ...stored, attempt: 2 });
	const specs = written.map((entry) => (entry as StoredRun).spec);
	const { prompt: _, description: __, ...essentials } = stored.spec;
	expect(specs).toStrictEqual([stored.spec, essentials, stored.spec]);
});
