import { describe, expect, it } from "vitest";
import { Line, type Piece } from "../../../src/ui/components/line.ts";
import { cpuMs } from "../../support/cpu-time.ts";
import { AWKWARD, resets, seen, troubles, WIDTHS } from "../drawing.ts";

/** A piece in brackets instead of a colour, to show what was painted together. */
function bracketed(text: string): Piece {
	return { text, paint: (painted) => `<${painted}>` };
}

function red(text: string): Piece {
	return { text, paint: (painted) => `\x1b[31m${painted}\x1b[39m` };
}

const PLAIN = Object.entries(AWKWARD).filter(([, text]) => !/\p{Cc}/u.test(text));

describe("a line", () => {
	it("is its pieces, each painted by itself, where they fit", () => {
		const line = new Line([bracketed("ab"), bracketed(""), bracketed("cd")]);
		expect([line.render(4), line.render(100)]).toEqual([["<ab><><cd>"], ["<ab><><cd>"]]);
	});

	it("is cut before it is painted, so that the ellipsis has the colour of what it cuts", () => {
		const line = new Line([bracketed("abc"), bracketed("def")]);
		expect([5, 4, 3, 2, 1].map((width) => line.render(width))).toEqual([
			["<abc><d…>"],
			["<abc><…>"],
			["<ab…>"],
			["<a…>"],
			["<…>"],
		]);
	});

	it("is cut by columns, never in the middle of a character", () => {
		const line = new Line([bracketed("日本語👩‍👩‍👧e\u0301é")]);
		expect([10, 9, 8, 7, 6, 2].map((width) => line.render(width))).toEqual([
			["<日本語👩‍👩‍👧e\u0301é>"],
			["<日本語👩‍👩‍👧…>"],
			["<日本語…>"],
			["<日本語…>"],
			["<日本…>"],
			["<…>"],
		]);
	});

	it("takes no longer for a text of which it shows the beginning only", () => {
		const line = new Line([bracketed(`${"word ".repeat(8000)}語`)]);
		const took = cpuMs(() => expect(line.render(10)).toEqual(["<word word…>"]));
		expect(took).toBeLessThan(1000); // to measure all of it takes seconds
	});

	it("without text is an empty line", () => {
		expect([new Line([]).render(1), new Line([bracketed("")]).render(1)]).toEqual([[""], ["<>"]]);
	});

	it.each([0, -1, -100])("is nothing at width %d", (width) => {
		expect(new Line([bracketed("x")]).render(width)).toEqual([]);
	});

	it("is the same after the order to draw anew", () => {
		const line = new Line([bracketed("abc")]);
		line.invalidate();
		expect(line.render(3)).toEqual(["<abc>"]);
	});
});

describe("at every width", () => {
	it.each(PLAIN)("a line with %s is one line that fits and resets nothing", (_what, text) => {
		const lines = [new Line([red(text)]), new Line([red("head "), red(text), red(" · "), red(text)])];
		expect(lines.flatMap((line) => [...troubles(line), ...resets(line)])).toEqual([]);
		expect(lines.flatMap((line) => WIDTHS.filter((width) => line.render(width).length !== 1))).toEqual([]);
	});

	it.each(PLAIN)("a line with %s is a beginning of it, with an ellipsis where it is cut", (_what, text) => {
		const pieces = ["head ", text, " · ", text];
		const line = new Line(pieces.map(red));
		const whole = pieces.join("");
		const wrong = WIDTHS.map((width) => seen(line, width)[0] ?? "").filter(
			(shown) => shown !== whole.trimEnd() && !(shown.endsWith("…") && whole.startsWith(shown.slice(0, -1))),
		);
		expect(wrong).toEqual([]);
	});
});
