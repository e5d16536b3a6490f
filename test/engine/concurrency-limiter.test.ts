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
