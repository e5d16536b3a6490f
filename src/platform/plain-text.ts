import { stripVTControlCharacters } from "node:util";
import { cutText, wellFormed } from "./shorten.ts";

/** They turn the text around them, ours included. Words of right-to-left scripts need none of them. */
const DIRECTION_CONTROLS = "\\u202A-\\u202E\\u2066-\\u2069";
const DIRECTION_MARKS = "\\u061C\\u200E\\u200F";
/** They take no room on the screen: two names that look alike need not be the same. */
const INVISIBLE =
	"\\u180E\\u200B\\u2060-\\u2064\\u206A-\\u206F\\uFEFF\\uFFF9-\\uFFFB\\u{1D173}-\\u{1D17A}\\u{E0000}-\\u{E007F}";
/** Emoji and some scripts are written with joiners; nothing else has a use for them. */
const STRAY_JOINERS =
	/(?<!(?!\p{Script=Latin})\p{L}|\p{M}|\p{Extended_Pictographic}|\p{Emoji_Modifier}|\uFE0F)[\u200C\u200D]/gu;
const NEVER_DRAWN = new RegExp(`[\\p{Cc}${DIRECTION_CONTROLS}${DIRECTION_MARKS}${INVISIBLE}]`, "gu");

/**
 * Text of unknown origin made safe to show to a person: no escape sequences, control characters, controls of the writing
 * direction, invisible characters or halves of surrogate pairs; tabs as spaces, line breaks kept.
 */
export function plainText(text: string): string {
	if (SAFE.test(text)) return text;
	return wellFormed(stripVTControlCharacters(text))
		.replace(/\r\n?|[\u2028\u2029]/g, "\n")
		.replace(/\t/g, "    ")
		.replace(NEVER_DRAWN, (sign) => (sign === "\n" ? sign : ""))
		.replace(STRAY_JOINERS, "");
}

const SAFE = /^[\n -~]*$/;
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

/** More than a system takes. */
const LONGEST_PATH = 4096;

/** The same for a path, which is of no use in part. */
export function plainPath(path: string): string {
	return plainLine(cutText(path, LONGEST_PATH).text);
}

const UNREADABLE = new RegExp(`(?![\\n\\t])[\\p{Cc}${DIRECTION_CONTROLS}]`, "gu");
const MARKS = new RegExp(`[${DIRECTION_MARKS}]`, "gu");

/**
 * Text of unknown origin for a model: nothing of its content is lost, for what must not reach a terminal raw, whoever prints the
 * conversation, is written out as `\u001b`.
 */
export function modelText(text: string): string {
	if (MODEL_SAFE.test(text)) return text;
	return wellFormed(text)
		.replace(/\r\n?/g, "\n")
		.replace(UNREADABLE, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`)
		.replace(MARKS, "");
}

const MODEL_SAFE = /^[\t\n -~]*$/;
