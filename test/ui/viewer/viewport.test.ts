import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { neighbourTurn, type Pages, turnOf, Viewport } from "../../../src/ui/viewer/viewport.ts";

/** Blocks of these heights; a line is `block.line`. */
function pagesOf(heights: number[]): Pages & { readonly asked: Set<number> } {
	const asked = new Set<number>();
	return {
		asked,
		get count() {
			return heights.length;
		},
		lines: (block) => {
			asked.add(block);
			return Array.from({ length: heights[block] ?? 0 }, (_, line) => `${block}.${line}`);
		},
	};
}

const seen = (view: Viewport, rows: number) => view.visible(rows).map(({ text }) => text);

describe("following", () => {
	it("begins at the end and stays there while the conversation grows", () => {
		const heights = [3, 2, 2];
		const view = new Viewport(pagesOf(heights));
		expect(seen(view, 3)).toEqual(["1.1", "2.0", "2.1"]);
		heights.push(1);
		expect(seen(view, 3)).toEqual(["2.0", "2.1", "3.0"]);
		heights[3] = 2;
		expect(seen(view, 3)).toEqual(["2.1", "3.0", "3.1"]);
	});

	it("pauses when somebody scrolls up, counts what comes, and continues at the end", () => {
		const heights = [3, 2, 2];
		const view = new Viewport(pagesOf(heights));
		seen(view, 3);
		view.scroll(-2);
		heights.push(5, 1);
		expect([seen(view, 3), view.follows, view.missed]).toEqual([["0.2", "1.0", "1.1"], false, 2]);
		view.follow();
		expect([seen(view, 3), view.follows, view.missed]).toEqual([["3.3", "3.4", "4.0"], true, 0]);
	});

	it("continues when somebody scrolls down to the end", () => {
		const view = new Viewport(pagesOf([3, 2, 2]));
		seen(view, 3);
		view.scroll(-1);
		expect(view.follows).toBe(false);
		view.scroll(5);
		expect([view.follows, seen(view, 3)]).toEqual([true, ["1.1", "2.0", "2.1"]]);
	});

	it("does not pause where all is on the screen", () => {
		const view = new Viewport(pagesOf([1, 1]));
		seen(view, 5);
		view.scroll(-1);
		view.toBeginning();
		expect([view.follows, seen(view, 5)]).toEqual([true, ["0.0", "1.0"]]);
	});

	it("does not follow after a jump to the last screen, so that what was looked for stays in sight", () => {
		const view = new Viewport(pagesOf([3, 2, 2]));
		seen(view, 3);
		view.goTo({ block: 2, line: 0 });
		expect([view.follows, seen(view, 3)]).toEqual([false, ["1.1", "2.0", "2.1"]]);
	});
});

describe("its place", () => {
	it("stays when blocks above it grow", () => {
		const heights = [2, 2, 9];
		const view = new Viewport(pagesOf(heights));
		seen(view, 3);
		view.goTo({ block: 2, line: 1 });
		heights[0] = 40;
		expect(seen(view, 3)).toEqual(["2.1", "2.2", "2.3"]);
	});

	it("stays within its block when that is laid out shorter", () => {
		const heights = [9, 3];
		const view = new Viewport(pagesOf(heights));
		seen(view, 2);
		view.goTo({ block: 0, line: 7 });
		heights[0] = 4;
		expect(seen(view, 2)).toEqual(["0.3", "1.0"]);
	});

	it("comes back when the conversation has become a shorter one", () => {
		const heights = [3, 3, 3];
		const view = new Viewport(pagesOf(heights));
		seen(view, 2);
		view.goTo({ block: 2, line: 0 });
		heights.length = 1;
		expect(seen(view, 2)).toEqual(["0.1", "0.2"]);
	});

	it("goes past blocks that show nothing", () => {
		const view = new Viewport(pagesOf([0, 2, 0, 0, 2, 0]));
		expect(seen(view, 2)).toEqual(["4.0", "4.1"]);
		view.scroll(-1);
		expect(seen(view, 2)).toEqual(["1.1", "4.0"]);
		view.toBeginning();
		expect(seen(view, 2)).toEqual(["1.0", "1.1"]);
	});
});

it("lays out no more blocks than are seen, and a few beside them", () => {
	const pages = pagesOf(Array.from({ length: 5000 }, () => 3));
	const view = new Viewport(pages);
	seen(view, 30);
	view.scroll(-29);
	view.toBeginning();
	view.scroll(29);
	seen(view, 30);
	expect(pages.asked.size).toBeLessThan(60);
});

it("shows a whole piece of the conversation, whatever is done", () => {
	const step = fc.oneof(
		fc.integer({ min: -40, max: 40 }).map((by) => (view: Viewport) => view.scroll(by)),
		fc.constant((view: Viewport) => view.toBeginning()),
		fc.constant((view: Viewport) => view.follow()),
		fc.record({ block: fc.nat(30), line: fc.nat(8) }).map((place) => (view: Viewport) => view.goTo(place, 2)),
		fc.integer({ min: 1, max: 30 }).map((rows) => (view: Viewport) => void view.visible(rows)),
	);
	fc.assert(
		fc.property(
			fc.array(fc.nat(6), { maxLength: 30 }),
			fc.array(step),
			fc.integer({ min: 1, max: 20 }),
			(heights, steps, rows) => {
				const all = heights.flatMap((height, block) => Array.from({ length: height }, (_, line) => `${block}.${line}`));
				const view = new Viewport(pagesOf(heights));
				for (const take of steps) take(view);
				const lines = seen(view, rows);
				const first = lines[0] === undefined ? 0 : all.indexOf(lines[0]);
				expect(lines).toEqual(all.slice(first, first + rows));
				expect(lines.length).toBe(Math.min(rows, all.length));
			},
		),
	);
});

it("leads back where it came from, line by line", () => {
	fc.assert(
		fc.property(
			fc.array(fc.nat(4), { minLength: 8, maxLength: 20 }),
			fc.integer({ min: 1, max: 30 }),
			(heights, by) => {
				const view = new Viewport(pagesOf(heights));
				seen(view, 4);
				view.toBeginning();
				const before = seen(view, 4);
				view.scroll(by);
				for (let step = 0; step < by; step++) view.scroll(-1);
				expect(seen(view, 4)).toEqual(before);
			},
		),
	);
});

describe("turns", () => {
	const starts = [0, 4, 9];

	it("jumps to the next one and the one before", () => {
		expect(neighbourTurn(starts, { block: 0, line: 0 }, 1)).toBe(4);
		expect(neighbourTurn(starts, { block: 5, line: 2 }, 1)).toBe(9);
		expect(neighbourTurn(starts, { block: 9, line: 0 }, 1)).toBeUndefined();
		expect(neighbourTurn(starts, { block: 9, line: 0 }, -1)).toBe(4);
		expect(neighbourTurn(starts, { block: 0, line: 0 }, -1)).toBeUndefined();
	});

	it("goes to the beginning of a turn that is half gone first", () => {
		expect(neighbourTurn(starts, { block: 4, line: 1 }, -1)).toBe(4);
		expect(neighbourTurn(starts, { block: 6, line: 0 }, -1)).toBe(4);
	});

	it("counts them", () => {
		expect([0, 3, 4, 8, 9, 99].map((block) => turnOf(starts, block))).toEqual([1, 1, 2, 2, 3, 3]);
		expect(turnOf([2], 1)).toBe(0);
		expect(turnOf([], 5)).toBe(0);
	});
});
