/** The beginning of a text, by code points: half a surrogate pair is no text. */
export function cutText(text: string, length: number): { readonly text: string; readonly isCut: boolean } {
	if (text.length <= length) return { text, isCut: false };
	const characters = [...text.slice(0, 2 * length + 2)];
	return characters.length > length
		? { text: characters.slice(0, length).join(""), isCut: true }
		: { text, isCut: false };
}

/** A text of at most so many code points; one that was longer ends in an ellipsis. */
export function shorten(text: string, length: number): string {
	return cutText(text, length).isCut ? `${cutText(text, length - 1).text}…` : text;
}

/** The end of a text, at most so many UTF-16 units; no half of a surrogate pair. */
export function endOfText(text: string, length: number): string {
	return text.slice(-length).replace(/^[\uDC00-\uDFFF]/, "");
}

/** A place in a text, moved back by one where it would part a surrogate pair. */
export function wholePlace(text: string, at: number): number {
	const parts = /[\uD800-\uDBFF]/.test(text.charAt(at - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(at));
	return parts ? at - 1 : at;
}

/** Halves of surrogate pairs, which no encoding can write, become replacement characters. Keeps the length. */
export function wellFormed(text: string): string {
	return text.replace(/\p{Cs}/gu, "\uFFFD");
}
