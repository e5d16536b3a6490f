import { describe, expect, it } from "vitest";
import type { Block } from "../../../src/ui/viewer/block.ts";
import { Search, type Searched } from "../../../src/ui/viewer/search.ts";
import { cpuMs } from "../../support/cpu-time.ts";

/** Blocks that say a text and are laid out as its lines; after a `|` comes what is folded away. */
function searched(...texts: string[]): Searched {
	const blocks = texts.map(
		(text): Block => ({ kind: "plain", title: "", text: text.replace("|", "\n"), beginsTurn: false }),
	);
	const shown = texts.map((text) => (text.split("|")[0] ?? "").split("\n"));
	const whole = texts.map((text) => text.replace("|", "\n").split("\n"));
	return {
		count: texts.length,
		at: (index) => blocks[index],
		lines: (index, options) => (options?.unfold ? whole : shown)[index] ?? [],
	};
}

const START = { block: 0, line: -1 };

it("finds words whatever their case, and goes round", () => {
	const text = searched("one\nTwo", "three", "two\nfour\ntwo");
	const search = new Search("tWo");
	const first = search.next(text, START, 1);
	expect(first).toEqual({ block: 0, line: 1 });
	const second = search.next(text, { block: 0, line: 1 }, 1);
	expect(second).toEqual({ block: 2, line: 0 });
	expect(search.next(text, { block: 2, line: 0 }, 1)).toEqual({ block: 2, line: 2 });
	expect(search.next(text, { block: 2, line: 2 }, 1)).toEqual(first);
	expect(search.next(text, { block: 0, line: 1 }, -1)).toEqual({ block: 2, line: 2 });
	expect(search.next(text, { block: 2, line: 2 }, -1)).toEqual(second);
});

it("comes back to the only match there is", () => {
	expect(new Search("b").next(searched("a", "b"), { block: 1, line: 0 }, 1)).toEqual({ block: 1, line: 0 });
});

it("counts where it is", () => {
	const text = searched("a", "xa", "b", "a");
	const search = new Search("a");
	expect([0, 1, 2, 3].map((block) => search.tally(text, block))).toEqual([
		{ total: 3, position: 1 },
		{ total: 3, position: 2 },
		{ total: 3, position: 0 },
		{ total: 3, position: 3 },
	]);
});

it("answers nothing where nothing is, in an empty conversation, and for no words", () => {
	expect(new Search("x").next(searched("a"), START, 1)).toBeUndefined();
	expect(new Search("x").next(searched(), START, 1)).toBeUndefined();
	expect(new Search("*").next(searched("a*"), START, 1)).toBeUndefined();
	expect(new Search(" ").tally(searched("a b"), 0)).toEqual({ total: 0, position: 0 });
});

it("opens what is folded away when it stands there", () => {
	const text = searched("a", "shown|deep\ndeeper");
	expect(new Search("deeper").next(text, START, 1)).toEqual({ block: 1, line: 2 });
});

it("goes to the beginning of a block that says it in other words on the screen", () => {
	const text = searched("a");
	const drawn: Searched = { ...text, lines: () => ["something", "else"] };
	expect(new Search("a").next(drawn, START, 1)).toEqual({ block: 0, line: 0 });
});

describe("on the screen", () => {
	it("finds what was broken at the end of a line, and what markdown has marked", () => {
		const search = new Search("the parser of");
		expect(search.linesWith(["  find the  ", "  parser of all ", "", "the \x1b[1mparser\x1b[22m of"])).toEqual([0, 3]);
		expect(new Search("`parser`").linesWith(["parser"])).toEqual([0]);
	});

	it("names each line once", () => {
		expect(new Search("a").linesWith(["aaaa", "", "b", "ab a"])).toEqual([0, 3]);
	});

	it("takes time in proportion to a block of many matches", () => {
		const lines = Array.from({ length: 20_000 }, () => "e e e e e e e e e e e e e e e e");
		expect(cpuMs(() => expect(new Search("e").linesWith(lines)).toHaveLength(20_000))).toBeLessThan(3000);
	});
});
