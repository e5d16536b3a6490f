import { type Component, visibleWidth } from "@mariozechner/pi-tui";
import { describe, expect, it } from "vitest";
import { Clamped } from "../../../src/ui/components/line.ts";

/** Draws the same lines whatever the width, as a component with a mistake would. */
function careless(...lines: string[]): Component & { widths: number[]; invalidated: number } {
	const widths: number[] = [];
	return {
		widths,
		invalidated: 0,
		render: (width) => {
			widths.push(width);
			return lines;
		},
		invalidate() {
			this.invalidated++;
		},
	};
}

describe("a clamped drawing", () => {
	it("leaves lines that fit as they are", () => {
		const lines = ["", "four", "\x1b[31mfour\x1b[0m", "日本"];
		expect(new Clamped(careless(...lines)).render(4)).toEqual(lines);
	});

	it("cuts lines that are too wide, by columns and not by characters", () => {
		const drawn = new Clamped(careless("too wide", "日本語", "\x1b[31mtoo wide\x1b[0m", "👩‍👩‍👧👩‍👩‍👧")).render(3);
		expect(drawn.map(visibleWidth)).toEqual([3, 2, 3, 2]);
	});

	it.each([0, -1, -100])("draws nothing at width %d and does not ask for it", (width) => {
		const inner = careless("x");
		expect([new Clamped(inner).render(width), inner.widths]).toEqual([[], []]);
	});

	it("passes on the width and the order to draw anew", () => {
		const inner = careless("x");
		const clamped = new Clamped(inner);
		clamped.render(7);
		clamped.invalidate();
		expect([inner.widths, inner.invalidated]).toEqual([[7], 1]);
	});
});
