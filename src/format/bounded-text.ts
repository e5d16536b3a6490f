import { wholePlace } from "../platform/shorten.ts";

/** Characters (UTF-16 units) that one tool result or one message brings into a parent at most. */
export const MOST_CHARACTERS = 50_000;

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
