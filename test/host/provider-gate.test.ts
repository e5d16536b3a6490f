import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Permit, ProviderGate } from "../../src/host/provider-gate.ts";

beforeEach(() => {
	vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
	vi.useRealTimers();
});

const BUSY = { waitMs: 2000, backoffMs: 1000 };

/** A gate, and who asked it for what. */
function world(random = () => 0.5) {
	const gate = new ProviderGate({ now: Date.now, random });
	const admitted: { name: string; at: number; permit: Permit }[] = [];
	const waits: (number | undefined)[] = [];
	const ask = async (name: string, more: { isForeground?: boolean; signal?: AbortSignal } = {}) => {
		const asked = gate.request({
			isForeground: more.isForeground ?? false,
			signal: more.signal,
			onWaiting: (until) => waits.push(until),
		});
		const permit = await asked;
		if (permit === "aborted") return permit;
		admitted.push({ name, at: Date.now(), permit });
		return permit;
	};
	const names = () => admitted.map(({ name }) => name);
	return { gate, admitted, waits, ask, names };
}

/** So many at once, of which all but the first few are refused. */
async function burst(count: number, served: number) {
	const made = world();
	const permits: Permit[] = [];
	for (let index = 0; index < count; index++) permits.push((await made.ask(`burst ${index}`)) as Permit);
	for (const permit of permits.slice(served)) permit.refused(BUSY);
	return { ...made, running: permits.slice(0, served) };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe("a provider that was never busy", () => {
	it("lets everybody in at once, without a promise", () => {
		const { gate } = world();
		const permits = Array.from({ length: 100 }, () =>
			gate.request({ isForeground: false, signal: undefined, onWaiting: () => {} }),
		);
		expect(permits.every((permit) => !(permit instanceof Promise))).toBe(true);
	});
});

describe("a provider that refused a call", () => {
	it("is asked by nobody before the time it named, then by one, and by others when that one is served", async () => {
		const { ask, names, admitted } = await burst(4, 0);
		const before = admitted.length;
		for (const name of ["a", "b", "c"]) void ask(name);
		await vi.advanceTimersByTimeAsync(1999);
		expect(names().slice(before)).toEqual([]);
		await vi.advanceTimersByTimeAsync(600);
		expect(names().slice(before)).toEqual(["a"]);
		expect(admitted[before]?.at).toBeGreaterThanOrEqual(2000);
		await vi.advanceTimersByTimeAsync(60_000);
		expect(names().slice(before)).toEqual(["a"]);
		admitted[before]?.permit.accepted();
		admitted[before]?.permit.ended("good");
		await vi.advanceTimersByTimeAsync(1000);
		expect(names().slice(before)).toContain("b");
	});

	it("spreads those that follow", async () => {
		const { ask, admitted, running } = await burst(12, 6);
		for (const permit of running) permit.ended("good");
		const before = admitted.length;
		for (let index = 0; index < 6; index++) void ask(`again ${index}`);
		await vi.advanceTimersByTimeAsync(2600);
		admitted[before]?.permit.accepted();
		await vi.advanceTimersByTimeAsync(5000);
		const times = admitted.slice(before).map(({ at }) => at);
		expect(times).toHaveLength(6);
		expect(new Set(times).size).toBe(6);
	});

	it("keeps the longest wait: a shorter one does not end it", async () => {
		const { gate, ask, names } = world();
		gate.hold(10_000);
		gate.hold(1000);
		void ask("a");
		await vi.advanceTimersByTimeAsync(9999);
		expect(names()).toEqual([]);
		await vi.advanceTimersByTimeAsync(1000);
		expect(names()).toEqual(["a"]);
	});

	it("serves as many at a time afterwards as were served before, and not one more", async () => {
		const { ask, admitted, running } = await burst(12, 3);
		for (const permit of running) permit.ended("good");
		const before = admitted.length;
		for (let index = 0; index < 9; index++) void ask(`again ${index}`);
		await vi.advanceTimersByTimeAsync(2600);
		admitted[before]?.permit.accepted();
		await vi.advanceTimersByTimeAsync(5000);
		expect(admitted).toHaveLength(before + 3);
	});

	it("halves where nothing tells how many it serves", async () => {
		const { ask, admitted, gate } = world();
		const permits: Permit[] = [];
		for (let index = 0; index < 8; index++) permits.push((await ask(`${index}`)) as Permit);
		for (const permit of permits.slice(1)) permit.ended("good");
		permits[0]?.refused(BUSY);
		void gate;
		const before = admitted.length;
		for (let index = 0; index < 8; index++) void ask(`again ${index}`);
		await vi.advanceTimersByTimeAsync(2600);
		admitted[before]?.permit.accepted();
		await vi.advanceTimersByTimeAsync(5000);
		expect(admitted).toHaveLength(before + 4);
	});

	it("lets more in again as calls are served, slowly beyond what it is known to serve", async () => {
		const { ask, admitted, running } = await burst(4, 2);
		for (const permit of running) permit.ended("good");
		let next = admitted.length;
		const queue = (count: number) => {
			for (let index = 0; index < count; index++) void ask(`more ${index}`);
		};
		queue(200);
		await vi.advanceTimersByTimeAsync(2600);
		admitted[next]?.permit.accepted();
		await vi.advanceTimersByTimeAsync(3000);
		const atATime = () => admitted.length - next;
		expect(atATime()).toBe(2);
		let served = 0;
		const from = Date.now();
		while (atATime() === 2 && served < 190) {
			admitted[next++]?.permit.ended("good");
			served++;
			await vi.advanceTimersByTimeAsync(500);
		}
		expect(atATime()).toBe(3);
		expect(served).toBeGreaterThanOrEqual(16);
		expect(Date.now() - from).toBeGreaterThan(20_000);
	});

	it("doubles its own wait with each refusal in a row where no time is named, up to a minute", async () => {
		const { ask, gate } = world(() => 0);
		const ends: number[] = [];
		for (let index = 0; index < 8; index++) {
			const permit = (await Promise.race([ask(`${index}`), vi.advanceTimersByTimeAsync(70_000)])) as Permit;
			const from = Date.now();
			ends.push(permit.refused({ backoffMs: 1000 }) - from);
			await vi.advanceTimersByTimeAsync(70_000);
		}
		void gate;
		expect(ends).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
	});

	it("sends another one first where that one was stopped before it was served", async () => {
		const { gate, ask, names, admitted } = world();
		gate.hold(1000);
		for (const name of ["a", "b"]) void ask(name);
		await vi.advanceTimersByTimeAsync(1200);
		expect(names()).toEqual(["a"]);
		admitted[0]?.permit.ended("neutral");
		await settle();
		expect(names()).toEqual(["a", "b"]);
	});
});

describe("whoever waits", () => {
	it("knows until when, and again when it gets longer", async () => {
		const { gate, ask, waits } = world();
		gate.hold(1000);
		void ask("a");
		gate.hold(5000);
		expect(waits).toEqual([1000, 5000]);
	});

	it("goes first where the person waits for it, in order among its like", async () => {
		const { gate, ask, names, admitted } = world();
		gate.hold(1000);
		void ask("background 1");
		void ask("foreground 1", { isForeground: true });
		void ask("background 2");
		void ask("foreground 2", { isForeground: true });
		for (let index = 0; index < 4; index++) {
			await vi.advanceTimersByTimeAsync(2000);
			admitted[index]?.permit.ended("good");
		}
		expect(names()).toEqual(["foreground 1", "foreground 2", "background 1", "background 2"]);
	});

	it("leaves at once when it is stopped, and holds up nobody", async () => {
		const { gate, ask, names } = world();
		gate.hold(1000);
		const stop = new AbortController();
		const stopped = ask("a", { signal: stop.signal });
		void ask("b");
		stop.abort();
		expect(await stopped).toBe("aborted");
		expect(await ask("c", { signal: stop.signal })).toBe("aborted");
		await vi.advanceTimersByTimeAsync(1200);
		expect(names()).toEqual(["b"]);
	});

	it("leaves no timer behind", async () => {
		const { gate, ask } = world();
		gate.hold(60_000);
		const stop = new AbortController();
		const stopped = ask("a", { signal: stop.signal });
		stop.abort();
		await stopped;
		expect(vi.getTimerCount()).toBe(0);
	});
});
