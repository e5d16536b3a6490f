import Fuse from "fuse.js";
import { reasonOf } from "./reason-of.ts";
import { cutText } from "./shorten.ts";

const SHOWN = 80;

/** A value as JSON has it, or the beginning of that. Never throws, however deep the value is. */
export function shownValue(value: unknown): string {
	return cutText(jsonOf(value), SHOWN).text;
}

function jsonOf(value: unknown): string {
	try {
		return JSON.stringify(value) ?? String(value);
	} catch {
		return outerJson(value); // the stack does not reach to the bottom of it
	}
}

/** By hand, for as deep as is shown. */
function outerJson(value: unknown, depth = 0): string {
	if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? String(value);
	if (depth > SHOWN) return "…";
	const inner = (part: unknown) => outerJson(part, depth + 1);
	if (Array.isArray(value)) return `[${value.slice(0, SHOWN).map(inner).join()}]`;
	const members = Object.entries(value).slice(0, SHOWN);
	return `{${members.map(([key, part]) => `${JSON.stringify(key)}:${inner(part)}`).join()}}`;
}

const SHORTEST_WORD = 3; // one letter is in every word
const LONGEST_WORD = 40; // what is longer is no slip of the finger, and costs time to compare

/** The known word that somebody may have meant, if one comes near. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
	if (word.length < SHORTEST_WORD) return undefined;
	const [nearest] = new Fuse(known, { threshold: 0.45 }).search(word.slice(0, LONGEST_WORD));
	return nearest?.item;
}

/** What the disk says in codes, in words. */
const WORDS: Readonly<Record<string, string>> = {
	EACCES: "you may not write there",
	EPERM: "you may not write there",
	EROFS: "that disk is read-only",
	ENOSPC: "the disk is full",
	EDQUOT: "your share of the disk is used up",
	EFBIG: "there is no room for it",
	ENOENT: "it is not there any more",
	ENOTDIR: "a part of its path is a file; expected a folder",
	EISDIR: "it is a folder; expected a file",
	ELOOP: "its links go in a circle",
	ENAMETOOLONG: "its path is too long",
	EMFILE: "too many files are open; try again",
	ENFILE: "too many files are open; try again",
	EBUSY: "another program uses it; try again",
};

export function diskTrouble(error: unknown): string {
	const code = (error as NodeJS.ErrnoException | undefined)?.code ?? "";
	return Object.hasOwn(WORDS, code) ? `${WORDS[code]} (${code})` : reasonOf(error);
}
