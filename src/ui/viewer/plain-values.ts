import { cutText } from "../../domain/shorten.ts";
import { plainText } from "../../format/plain-text.ts";

/** More than a person reads in one piece; the host would lay out all of it before the first line can be shown. */
const MOST_SHOWN = 200_000;
const DEEPEST = 8;
/** The host's wrapping takes the square of a line's length. */
const OVERLONG_LINE = /[^\n]{2000}/gu;

/** Text made safe to draw, and no longer than anybody reads. */
export function plainExcerpt(text: string): string {
	const { text: beginning, isCut } = cutText(text, MOST_SHOWN);
	const plain = plainText(beginning).replace(OVERLONG_LINE, "$&\n");
	return isCut ? `${plain}\n… [${text.length - beginning.length} more characters are in the transcript]` : plain;
}

/** A value of unknown origin with every text in it made safe to draw. */
export function plainValue<T>(value: T, depth = 0): T {
	return shown(value, depth) as T;
}

function shown(value: unknown, depth: number): unknown {
	if (typeof value === "string") return plainExcerpt(value);
	if (typeof value !== "object" || value === null) return value;
	if (depth >= DEEPEST) return "…";
	if (Array.isArray(value)) return value.map((item) => shown(item, depth + 1));
	return Object.fromEntries(Object.entries(value).map(([key, item]) => [plainExcerpt(key), shown(item, depth + 1)]));
}
