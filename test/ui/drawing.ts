import { stripVTControlCharacters } from "node:util";
import { type Component, visibleWidth } from "@mariozechner/pi-tui";

/** Every narrow width, where lines break in the middle of everything, and some wider ones. */
export const WIDTHS = Array.from({ length: 200 }, (_, index) => index + 1).filter(
	(width) => width <= 30 || width % 7 === 5,
);

/** For what was drawn at all of them already in other colours. */
export const FEW_WIDTHS = WIDTHS.filter((_width, index) => index % 5 === 0);

/** Texts that a terminal does not draw as one column for each character, or not at all. */
export const AWKWARD: Record<string, string> = {
	"wide characters": "日本語の文章を書く。 한국어 ﾊﾝｶｸ 全角　空白",
	emoji: "👩‍👩‍👧‍👦 family 🏳️‍🌈 flag 🇩🇪🇯🇵 keycap 1️⃣ skin 👍🏽 heart ❤️ ❤",
	"combining marks":
		"e\u0301\u0301\u0301 a\u0308 \u0915\u094d\u0937\u093f \u0e01\u0e33 \u200b\u200d\u200e\u202e\ufeff \u00ad",
	"escape sequences":
		"\x1b[31mred\x1b[0m \x1b]8;;https://example.com\x07link\x1b]8;;\x07 \x1b[2J\x1b[9999C \x1b_Gf=100;AAAA\x1b\\ \x9b31m",
	"control characters": "a\x00b\x07c\x08d\x0be\x0cf\x7fg\x85h\x1b",
	"line breaks and tabs": "one\r\ntwo\rthree\n\n\n\tfour\t\t\tfive\u2028six\u2029seven\n",
	"one long word": `${"x".repeat(250)}${"語".repeat(125)}`,
	"lone surrogates": "\ud83d a \udc69 b \ud83d",
	markdown: [
		"# Heading 日本語 `code`",
		"",
		"> quote **bold *both* ~~struck~~** [link](https://example.com/a/very/long/path/that/does/not/fit)",
		"",
		"1. one",
		"   - two",
		"     - three 👩‍👩‍👧",
		"",
		"| a | 日本 | c |",
		"|---|:---:|--:|",
		"| 1 | a long cell with words in it | `x` |",
		"",
		"```ts",
		'const text = "日本語";\tconsole.log(text); // a long line of code that no terminal of this width has room for',
		"```",
		"",
		"---",
		"<b>html</b> &amp; \\* ![image](x.png)",
	].join("\n"),
	nothing: "",
	blanks: " \n \t ",
};

/** What a person sees, without colours and trailing space. */
export function seen(component: Component, width = 100): string[] {
	return component.render(width).map((line) => stripVTControlCharacters(line).trimEnd());
}

const ESCAPE = String.fromCharCode(27);
const FULL_RESET = new RegExp(`${ESCAPE}\\[(0*|0*;.*)m`);
const COLOR = new RegExp(`${ESCAPE}\\[[\\d;]*m`, "g");

/** The lines at any width that are wider than it, or that carry something but colours that a terminal would obey. */
export function troubles(component: Component, widths: readonly number[] = WIDTHS): unknown[] {
	return widths.flatMap((width) => {
		component.invalidate();
		return component
			.render(width)
			.filter((line) => visibleWidth(line) > width || /\p{Cc}/u.test(line.replace(COLOR, "")))
			.map((line) => ({ width, line }));
	});
}

/** The lines at these widths that switch the background off together with everything else. */
export function resets(component: Component, widths = WIDTHS): unknown[] {
	return widths.flatMap((width) =>
		component
			.render(width)
			.filter((line) => FULL_RESET.test(line))
			.map((line) => ({ width, line })),
	);
}
