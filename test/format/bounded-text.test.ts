import { describe, expect, it } from "vitest";
import { headAndTail, pageOf } from "../../src/format/bounded-text.ts";

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
