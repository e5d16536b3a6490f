/** What a file or a model may put into any text: each takes over a terminal, turns a line round, or is no text at all. */
export const HOSTILE_SIGNS: Readonly<Record<string, string>> = {
	clipboard: "\x1b]52;c;ZXZpbA==\x07",
	title: "\x1b]0;owned\x1b\\",
	"clear screen": "\x1b[2J\x1b[H",
	"unfinished sequence": "\x1b]8;;https://evil.test",
	"C1 control": "\x9b31m\x9d0;owned\x9c",
	bell: "\x07\b\x00\x7f",
	overrides: "\u202e\u202d\u202a\u202b\u202c",
	isolates: "\u2066\u2067\u2068\u2069",
	marks: "\u200e\u200f\u061c",
	"high half": "\ud83d",
	"low half": "\ude00",
	invisible: "\u200b\u2060\ufeff\u{e0041}",
};

/** A text with all of them, and a word of its own to find it by. */
export const hostile = (word: string): string =>
	`${word} ${Object.values(HOSTILE_SIGNS).join(" x ")} end\r\nof ${word}`;

/** Colours, links and the cursor's mark: what drawings are made of. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the sequences that are looked for
const DRAWN = /\x1b\[[\d;:]*m|\x1b\]8;[^\x1b\x07]*(?:\x07|\x1b\\)|\x1b_pi:c\x07/g;
const RAW = /(?![\n\t])[\p{Cc}\p{Cs}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u;

/** @returns where a text that goes out holds one of them, with what is around it; `undefined` where it does not */
export function hostileIn(text: string): string | undefined {
	const plain = text.replace(DRAWN, "");
	const at = plain.search(RAW);
	return at < 0 ? undefined : JSON.stringify(plain.slice(Math.max(0, at - 30), at + 10));
}
