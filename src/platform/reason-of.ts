import { inspect } from "node:util";

const LONGEST_REASON = 2000;
const LONGEST_VALUE = 80;

/**
 * What went wrong, in the words of whatever was thrown: an error's message, a text, or a statement that there was none.
 * Never throws, never returns `""`, and is bounded in length: what strangers throw need not be an error, nor be printable.
 */
export function reasonOf(thrown: unknown): string {
	const words = wordsOf(thrown);
	return words === "" ? `no reason was given (${kindOf(thrown)} was thrown)` : beginning(words, LONGEST_REASON);
}

/** A value of unknown origin as it is shown in a message: one short line. Never throws. */
export function inspected(value: unknown): string {
	const text = typeof value === "string" ? value.slice(0, 2 * LONGEST_VALUE) : value;
	const options = { depth: 0, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 2 * LONGEST_VALUE };
	const shown = attempted(() => inspect(text, options).replace(/\s+/g, " "));
	return beginning(shown || kindOf(value), LONGEST_VALUE);
}

function wordsOf(thrown: unknown): string {
	if (typeof thrown === "string") return thrown.trim() && thrown;
	if (thrown === undefined || thrown === null) return "";
	const message = attempted(() => (thrown as { message?: unknown }).message);
	if (message !== "") return message;
	const words = attempted(() => String(thrown));
	return typeof thrown === "object" && words.startsWith("[object ") ? "" : words;
}

/** @returns `""` where the work throws or yields no text */
function attempted(work: () => unknown): string {
	try {
		const made = work();
		return typeof made === "string" ? made.trim() && made : "";
	} catch {
		return ""; // a getter, a trap or a conversion of the stranger's own
	}
}

function kindOf(value: unknown): string {
	if (typeof value === "string") return "an empty text";
	if (value === undefined || value === null) return String(value);
	return typeof value === "object" ? "an object without a message" : `a ${typeof value} without a message`;
}

/** Half a surrogate pair is no text. */
function beginning(text: string, length: number): string {
	const isCut = text.length > length;
	const end = isCut && /[\uD800-\uDBFF]/.test(text.charAt(length - 1)) ? length - 1 : length;
	return Buffer.from(isCut ? `${text.slice(0, end)}…` : text).toString();
}
