import { expect, it } from "vitest";
import { StartGate } from "../../src/host/child-resource-loader.ts";
import { AbortedEarly } from "../../src/platform/cancellation.ts";

const never = new AbortController().signal;
const turnOfTheLoop = () => new Promise<void>((resolve) => setImmediate(resolve));
const microtasks = async () => {
	for (let count = 0; count < 20; count++) await Promise.resolve();
};

it("lets the first one through without waiting for the loop, and only that one", async () => {
	const gate = new StartGate();
	const passed: string[] = [];
	for (const name of ["a", "b"]) void gate.pass(never).then(() => passed.push(name));
	await microtasks();
	expect(passed).toEqual(["a"]);
});

it("lets the others through in order, one for each turn of the loop", async () => {
	const gate = new StartGate();
	const passed: string[] = [];
	for (const name of ["a", "b", "c", "d"]) void gate.pass(never).then(() => passed.push(name));
	const after: number[] = [];
	for (let turn = 0; turn < 5; turn++) {
		await turnOfTheLoop();
		after.push(passed.length);
	}
	expect(passed).toEqual(["a", "b", "c", "d"]);
	expect(after.map((count, turn) => count - (after[turn - 1] ?? 1)).every((more) => more <= 1)).toBe(true);
});

it("lets one through at once again after a pause", async () => {
	const gate = new StartGate();
	await Promise.all([gate.pass(never), gate.pass(never)]);
	await turnOfTheLoop();
	await turnOfTheLoop();
	let passed = false;
	void gate.pass(never).then(() => {
		passed = true;
	});
	await microtasks();
	expect(passed).toBe(true);
});

it("refuses one whose run was stopped meanwhile, and the next one passes all the same", async () => {
	const gate = new StartGate();
	const abort = new AbortController();
	const results = [gate.pass(never), gate.pass(abort.signal), gate.pass(never)];
	abort.abort();
	expect(await Promise.allSettled(results)).toEqual([
		{ status: "fulfilled", value: undefined },
		{ status: "rejected", reason: expect.any(AbortedEarly) },
		{ status: "fulfilled", value: undefined },
	]);
});
