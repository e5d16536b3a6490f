import { stripVTControlCharacters } from "node:util";

/** They turn the text around them, ours included. Words of right-to-left scripts need none of them. */
const DIRECTION_CONTROLS = /[\u202A-\u202E\u2066-\u2069]/g;

/** Text of unknown origin made safe to draw: no escape sequences or control characters, tabs as spaces, line breaks kept. */
export function plainText(text: string): string {
	return stripVTControlCharacters(text)
		.replace(/\r\n?/g, "\n")
		.replace(/\t/g, "    ")
		.replace(/[^\P{Cc}\n]/gu, "")
		.replace(DIRECTION_CONTROLS, "");
}

const PLAIN_WORDS = /^[!-~]+(?: [!-~]+)*$/;

/** The same as one line. */
export function plainLine(text: string): string {
	if (PLAIN_WORDS.test(text)) return text; // nearly always, and many times a second
	return plainText(text).replace(/\s+/g, " ").trim();
}

const LONGEST_LABEL = 400;

/** The same, and no more of it than any line shows: descriptions come from models and have no limit. */
export function plainLabel(text: string): string {
	return plainLine(cutText(text, LONGEST_LABEL).text);
}

/** The beginning of a text, by code points: half a surrogate pair is no text. */
export function cutText(text: string, length: number): { readonly text: string; readonly isCut: boolean } {
	if (text.length <= length) return { text, isCut: false };
	const characters = [...text.slice(0, 2 * length + 2)];
	return characters.length > length
		? { text: characters.slice(0, length).join(""), isCut: true }
		: { text, isCut: false };
}
