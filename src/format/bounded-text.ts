import { wholePlace } from "../platform/shorten.ts";

/** Characters (UTF-16 units) that one tool result or one message brings into a parent at most. */
export const MOST_CHARACTERS = 50_000;

/** What the host tells of the parent's context; tokens. */
export interface ContextUsage {
	/** Unknown right after a compaction. */
	readonly tokens: number | null;
	readonly contextWindow: number;
}

/** What results that come together bring at most, however large the parent's context is. */
const MOST_TOGETHER = 80_000;
/** So much any result has, for figures and where the rest is. */
const LEAST_CHARACTERS = 2000;
/** Of very many, which would fill a small context with nothing but that, each has less. */
const LEAST_TOGETHER = 20_000;
const LEAST_OF_MANY = 500;
/** Of the parent's whole context window results that come together take at most a tenth. */
const WINDOW_SHARE = 0.1;
/** Of what is free in it they take at most half: a result is not worth the conversation that asked for it. */
const FREE_SHARE = 0.5;
/** What the host keeps free, unless a person has set another figure, before it compacts; in tokens. */
const HOST_RESERVE = 16_384;
const CHARACTERS_A_TOKEN = 4;

/**
 * How many characters so many results may have together.
 *
 * @param usage absent or without a window where nothing is known of the parent's context
 */
export function roomInContext(count: number, usage: ContextUsage | undefined): number {
	const { tokens, contextWindow = 0 } = usage ?? {};
	if (!(contextWindow > 0)) return MOST_CHARACTERS;
	const free = Math.max(0, contextWindow - HOST_RESERVE - (tokens ?? 0)) * FREE_SHARE;
	const fair = count > 1 ? Math.min(free, contextWindow * WINDOW_SHARE) : free;
	const most = count > 1 ? MOST_TOGETHER : MOST_CHARACTERS;
	return Math.min(most, Math.max(leastRoom(count) * count, Math.floor(fair * CHARACTERS_A_TOKEN)));
}

/** How many characters each of so many results has in any case. */
export function leastRoom(count: number): number {
	return Math.max(LEAST_OF_MANY, Math.min(LEAST_CHARACTERS, Math.floor(LEAST_TOGETHER / count)));
}

/** Shares a budget among these needs: what one does not need, the others have. */
export function fairShares(needs: readonly number[], budget: number): readonly number[] {
	const shares = needs.map(() => 0);
	let left = Math.max(0, budget);
	const smallestFirst = [...needs.entries()].sort(([, one], [, other]) => one - other);
	for (const [served, [index, need]] of smallestFirst.entries()) {
		const share = Math.min(need, Math.floor(left / (needs.length - served)));
		shares[index] = share;
		left -= share;
	}
	return shares;
}

export interface Cut {
	/** Characters (UTF-16 units) that the text may have, the note included. */
	readonly room: number;
	/** Says what is missing: from where up to where, of how many characters in all. */
	readonly note: (from: number, to: number, total: number) => string;
	/** So many characters at the end are to survive. */
	readonly tail?: number;
}

/** Of what is kept, so much is the end. */
const TAIL_SHARE = 0.25;
/** An end that is to survive leaves so much for the beginning. */
const MOST_TAIL_SHARE = 0.8;
/** A cut is moved to a line break where one is near. */
const NEAR_SHARE = 0.1;

/** The beginning and the end of a text that has no room as a whole, with a note between them. */
export function headAndTail(text: string, { room, note, tail = 0 }: Cut): string {
	if (text.length <= room) return text;
	const between = (from: number, to: number) => `\n\n[${note(from, to, text.length)}]\n\n`;
	const longestNote = between(text.length, 2 * text.length).length;
	const kept = Math.max(0, room - longestNote);
	const wantedTail = Math.min(kept * MOST_TAIL_SHARE, Math.max(kept * TAIL_SHARE, tail));
	const from = lineEndBefore(text, wholePlace(text, Math.floor(kept - wantedTail)));
	const earliest = text.length - Math.floor(wantedTail);
	// An end that is to survive is not made shorter.
	const to = tail > 0 ? upToPair(text, earliest) : lineBeginAfter(text, upToPair(text, earliest));
	return text.slice(0, from) + between(from, to) + text.slice(to);
}

/** The beginning of a text, cut at a line break where there is one in its second half; no half of a surrogate pair. */
export function linesWithin(text: string, room: number): string {
	if (text.length <= room) return text;
	if (room <= 0) return "";
	const end = text.lastIndexOf("\n", room);
	return text.slice(0, end > room / 2 ? end : wholePlace(text, room));
}

/** A part of a text, from `offset` on, as much as there is room for. `end` is where the next part begins. */
export function pageOf(text: string, offset: number, room: number): { readonly text: string; readonly end: number } {
	const begin = wholePlace(text, offset);
	const end = wholePlace(text, Math.min(text.length, begin + Math.max(2, room)));
	return { text: text.slice(begin, end), end };
}

function lineEndBefore(text: string, at: number): number {
	const end = text.lastIndexOf("\n", at - 1) + 1;
	return at - end <= at * NEAR_SHARE ? end : at;
}

function lineBeginAfter(text: string, at: number): number {
	const begin = text.indexOf("\n", at) + 1;
	return begin > 0 && begin - at <= (text.length - at) * NEAR_SHARE ? begin : at;
}

function upToPair(text: string, at: number): number {
	return wholePlace(text, at) === at ? at : at + 1;
}
