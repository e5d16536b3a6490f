import { expect, it } from "vitest";
import { Journal } from "../../src/store/journal.ts";
import { sampleStored } from "./sample-stored.ts";

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
	expect(written).toEqual([["subagents:record", { v: 1, ...stored }]]);
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
