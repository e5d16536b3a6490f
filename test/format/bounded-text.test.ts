import { describe, expect, it } from "vitest";
import {
	fairShares,
	headAndTail,
	leastRoom,
	linesWithin,
	pageOf,
	roomInContext,
} from "../../src/format/bounded-text.ts";

const note = (from: number, to: number, total: number) => `cut ${from} to ${to} of ${total}`;

describe("the head and tail of a text", () => {
	it("are the text itself where there is room", () => {
		expect(headAndTail("as it is", { room: 8, note })).toBe("as it is");
	});

	it.each([60, 100, 999, 5000])(
		"never take more than %d characters, and the note says exactly what is missing",
		(room) => {
			for (const unit of ["x", "🙂", "a🙂", "line\n", "\n"]) {
				const text = unit.repeat(Math.ceil(10_000 / unit.length));
				const cut = headAndTail(text, { room, note });
				expect(cut.length).toBeLessThanOrEqual(room);
				const [, from = "", to = ""] = /\[cut (\d+) to (\d+) of \d+\]/.exec(cut) ?? [];
				const [head = "", tail = ""] = cut.split(/\n\n\[cut .*\]\n\n/);
				expect(head + text.slice(Number(from), Number(to)) + tail).toBe(text);
				expect(cut).not.toMatch(/\p{Cs}/u);
			}
		},
	);

	it("keep an end that is to survive whole, as long as there is room for some of the beginning", () => {
		const addendum = `${"b".repeat(300)} end`;
		expect(headAndTail(`${"x".repeat(9000)}${addendum}`, { room: 600, note, tail: addendum.length })).toContain(
			addendum,
		);
		expect(headAndTail("y".repeat(9000), { room: 600, note, tail: 5000 })).toMatch(/^y{50}/);
	});
});

describe("the pages of a text", () => {
	it.each([1, 2, 7, 100])("of %d characters each are together the text, and part no pair", (room) => {
		const text = "a🙂b👩‍👩‍👧\n".repeat(20);
		const pages: string[] = [];
		for (let at = 0; at < text.length; ) {
			const page = pageOf(text, at, room);
			expect(page.end).toBeGreaterThan(at);
			pages.push(page.text);
			at = page.end;
		}
		expect(pages.join("")).toBe(text);
		expect(pages.filter((page) => /\p{Cs}/u.test(page))).toEqual([]);
	});

	it("begin with the whole pair that the offset is in", () => {
		expect(pageOf("a🙂b", 2, 10).text).toBe("🙂b");
	});
});

describe("the beginning of a text", () => {
	it("is cut at the last line break that leaves more than half of the room, else in the line", () => {
		expect(linesWithin("one\ntwo\nthree", 9)).toBe("one\ntwo");
		expect(linesWithin("one\ntwothreefour", 12)).toBe("one\ntwothree");
		expect(linesWithin("🙂🙂", 3)).toBe("🙂");
		expect([linesWithin("whole", 5), linesWithin("x\ny", 0), linesWithin("x\ny", -100)]).toEqual(["whole", "", ""]);
	});
});

describe("the shares of a budget", () => {
	it("are what is needed where there is enough, and equal among those who need more", () => {
		expect(fairShares([5, 3, 0], 10)).toEqual([5, 3, 0]);
		expect(fairShares([50, 3, 50], 23)).toEqual([10, 3, 10]);
		expect(fairShares([50, 50], -1)).toEqual([0, 0]);
		expect(fairShares([], 10)).toEqual([]);
	});
});

describe("the room in a parent's context", () => {
	it("is the bound of one result where nothing is known", () => {
		expect([roomInContext(1, undefined), roomInContext(3, { tokens: null, contextWindow: 0 })]).toEqual([
			50_000, 50_000,
		]);
	});

	it("is half of what is free for one result, and a tenth of the window for several", () => {
		expect(roomInContext(1, { tokens: 3616, contextWindow: 30_000 })).toBe(20_000);
		expect(roomInContext(3, { tokens: 3616, contextWindow: 30_000 })).toBe(12_000);
		expect(roomInContext(3, { tokens: 0, contextWindow: 1_000_000 })).toBe(80_000);
	});

	it("is never so small that a result cannot say where it is, nor is that much for very many", () => {
		expect(roomInContext(1, { tokens: 30_000, contextWindow: 30_000 })).toBe(2000);
		expect(roomInContext(100, { tokens: 30_000, contextWindow: 30_000 })).toBe(50_000);
		expect([1, 10, 20, 100].map(leastRoom)).toEqual([2000, 2000, 1000, 500]);
	});
});
