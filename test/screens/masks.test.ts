import { describe, expect, it } from "vitest";
import { type Cell, screenCells } from "../support/screen-cells.ts";
import { masked } from "./masks.ts";

const TIME = { pattern: /\b\d+s\b/g, shown: () => "30s" };
const textOf = (rows: readonly (readonly Cell[])[]) => rows.map((row) => row.map(({ text }) => text).join(""));

describe("masked", () => {
	it("puts fixed words in the place of others, in their colours", () => {
		const [row] = masked(screenCells(["took \x1b[32m5s\x1b[0m, or 17s"]), [TIME]);
		expect(textOf([row ?? []])).toEqual(["took 30s, or 30s"]);
		expect(row?.slice(5, 8).map(({ style }) => style.color)).toEqual(["2", "2", "2"]);
	});

	it("keeps what follows in its columns, as far as there are blanks", () => {
		const lines = ["5s    right", "123s  right", "5s right  ", "5s  x", "5s x"];
		expect(textOf(masked(screenCells(lines), [TIME]))).toEqual([
			"30s   right",
			"30s   right",
			"30s right ",
			"30s x",
			"30s x",
		]);
	});

	it("counts over the whole screen, from the left", () => {
		const letters = { pattern: /x/g, shown: (_match: string, count: number) => "abc"[count] ?? "" };
		expect(textOf(masked(screenCells(["x日x", "x"]), [letters]))).toEqual(["a日b", "c"]);
	});
});
