import type { Cell } from "../support/screen-cells.ts";

/** What is another one in each run, and what stands for it. */
export interface Mask {
	readonly pattern: RegExp;
	/** @param count how many were masked before it */
	readonly shown: (match: string, count: number) => string;
}

/**
 * Puts fixed words in place of what changes from run to run. What follows stays in its columns as far as blanks allow: they
 * grow or shrink with the words.
 */
export function masked(screen: readonly (readonly Cell[])[], masks: readonly Mask[]): Cell[][] {
	const counters = masks.map(({ pattern, shown }) => {
		let count = 0;
		return (row: Cell[]) => maskRow(row, pattern, (match) => shown(match, count++));
	});
	return screen.map((row) => counters.reduce<Cell[]>((cells, mask) => mask(cells), [...row]));
}

function maskRow(row: Cell[], pattern: RegExp, shown: (match: string) => string): Cell[] {
	const starts: number[] = [];
	let text = "";
	for (const cell of row) {
		starts.push(text.length);
		text += cell.text;
	}
	let cells = row;
	// From the right, so that the places of those before stay what they are; but counted from the left.
	const found = [...text.matchAll(pattern)].map((match) => ({ at: match.index, old: match[0], now: shown(match[0]) }));
	for (const { at, old, now } of found.reverse()) {
		const [from, to] = [starts.indexOf(at), starts.findIndex((start) => start >= at + old.length)];
		const end = to < 0 ? row.length : to;
		const style = row[from]?.style;
		if (from < 0 || !style) continue;
		const words = [...now].map((character) => ({ text: character, width: 1, style }));
		cells = [...cells.slice(0, from), ...words, ...balanced(cells.slice(end), words.length - (end - from))];
	}
	return cells;
}

/** The rest of a row with so many blanks less (or more), where two stand together or at its end. */
function balanced(rest: Cell[], surplus: number): Cell[] {
	const isBlank = (index: number) => rest[index]?.text === " ";
	const gap = rest.findIndex((_cell, index) => isBlank(index) && (isBlank(index + 1) || index === rest.length - 1));
	const blank = rest[gap];
	if (!blank || surplus === 0) return rest;
	if (surplus < 0) return rest.toSpliced(gap, 0, ...Array.from({ length: -surplus }, () => blank));
	let room = 0;
	while (isBlank(gap + room)) room++;
	const isAtEnd = gap + room === rest.length;
	return rest.toSpliced(gap, Math.min(surplus, isAtEnd ? room : room - 1));
}
