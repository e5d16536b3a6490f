import { describe, expect, it } from "vitest";
import { ConcurrencyLimiter, type Ticket } from "../../src/engine/concurrency-limiter.ts";

/** A limiter, who was admitted in which order, and the tickets by name. */
function limiter(limit: number) {
	const made = new ConcurrencyLimiter(limit);
	const admitted: string[] = [];
	const tickets: Record<string, Ticket> = {};
	const request = (...names: string[]) => {
		for (const name of names) tickets[name] = made.request(() => void admitted.push(name));
	};
	const release = (name: string) => tickets[name]?.release();
	const positions = () => Object.fromEntries(Object.entries(tickets).map(([name, it]) => [name, it.position()]));
	return { made, admitted, request, release, positions };
}

describe("the limiter", () => {
	it("admits at once up to its limit, and nobody more", () => {
		const { admitted, request } = limiter(2);
		request("a", "b", "c");
		expect(admitted).toEqual(["a", "b"]);
	});

	it("admits who came first when a slot is given back", () => {
		const { admitted, request, release } = limiter(1);
		request("a", "b", "c");
		release("a");
		release("b");
		expect(admitted).toEqual(["a", "b", "c"]);
	});

	it("lets nobody pass those who wait", () => {
		const { admitted, request, release } = limiter(1);
		request("a", "b");
		release("a");
		request("c");
		release("b");
		expect(admitted).toEqual(["a", "b", "c"]);
	});

	it("admits at once as many as a raised limit has room for", () => {
		const { made, admitted, request } = limiter(1);
		request("a", "b", "c", "d");
		made.setLimit(3);
		expect(admitted).toEqual(["a", "b", "c"]);
	});

	it("lets what runs continue under a lowered limit, and admits nobody until enough have ended", () => {
		const { made, admitted, request, release } = limiter(3);
		request("a", "b", "c", "d");
		made.setLimit(1);
		release("a");
		release("b");
		expect(admitted).toEqual(["a", "b", "c"]);
		release("c");
		expect(admitted).toEqual(["a", "b", "c", "d"]);
	});

	it("admits one who asks while another is being admitted after those who wait", () => {
		const made = new ConcurrencyLimiter(1);
		const admitted: string[] = [];
		const first = made.request(() => void admitted.push("a"));
		made.request(() => {
			admitted.push("b");
			made.request(() => void admitted.push("d"));
		});
		made.request(() => void admitted.push("c"));
		made.setLimit(2);
		first.release();
		made.setLimit(4);
		expect(admitted).toEqual(["a", "b", "c", "d"]);
	});
});

describe("a ticket", () => {
	it("has the place in the queue, and none once admitted", () => {
		const { request, positions, release } = limiter(1);
		request("a", "b", "c");
		expect(positions()).toEqual({ a: 0, b: 1, c: 2 });
		release("a");
		expect(positions()).toEqual({ a: 0, b: 0, c: 1 });
	});

	it("gives its slot back once, however often it is released", () => {
		const { admitted, request, release } = limiter(1);
		request("a", "b", "c");
		release("a");
		release("a");
		expect(admitted).toEqual(["a", "b"]);
	});

	it("leaves the queue when it is released while it waits, and is never admitted", () => {
		const { admitted, request, release, positions } = limiter(1);
		request("a", "b", "c");
		release("b");
		release("b");
		expect(positions()).toEqual({ a: 0, b: 0, c: 1 });
		release("a");
		expect(admitted).toEqual(["a", "c"]);
	});

	it("that left the queue frees no slot", () => {
		const { admitted, request, release } = limiter(1);
		request("a", "b", "c");
		release("b");
		expect(admitted).toEqual(["a"]);
	});
});

it("gives a lent slot to the next, and the lender the first one that is free again", async () => {
	const limiter = new ConcurrencyLimiter(1);
	const begun: string[] = [];
	const first = limiter.request(() => begun.push("first"));
	const second = limiter.request(() => begun.push("second"));
	limiter.request(() => begun.push("third"));

	first.lend();
	expect(begun).toEqual(["first", "second"]);
	const back = first.takeBack().then(() => begun.push("first again"));
	expect(first.position()).toBe(1);
	second.release();
	await back;

	expect(begun).toEqual(["first", "second", "first again"]);
	first.release();
	expect(begun.at(-1)).toBe("third");
});

it("keeps its count where a ticket is lent, taken back and released in any order", async () => {
	const limiter = new ConcurrencyLimiter(1);
	const first = limiter.request(() => undefined);
	first.lend();
	first.lend();
	const second = limiter.request(() => undefined);
	const back = first.takeBack();
	first.lend();
	await back;
	const again = first.takeBack();
	first.release();
	await again;
	first.release();
	second.release();
	let admitted = 0;
	for (let other = 0; other < 3; other++) limiter.request(() => void admitted++);
	expect(admitted).toBe(1);
});
