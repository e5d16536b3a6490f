import { describe, expect, it } from "vitest";
import { PLAIN, screenCells, styleOf } from "../support/screen-cells.ts";
import { xmlTrouble } from "../support/xml.ts";
import { AWKWARD } from "../ui/drawing.ts";
import { drawAnimation, drawSvg, type SvgOptions } from "./screen-svg.ts";

const OPTIONS: SvgOptions = { columns: 40, theme: "dark", title: 'a "title" <of> one & two' };
const draw = (...lines: string[]) => drawSvg(screenCells(lines), OPTIONS);
/** The texts of a picture with where they begin, in columns, and how many columns they take. */
const texts = (svg: string) =>
	[...svg.matchAll(/<text x="(\d+)" y="\d+" textLength="(\d+)"[^>]*>([^<]*)</g)].map(([, x, length, text]) => [
		(Number(x) - 12) / 8,
		Number(length) / 8,
		text,
	]);

describe("screenCells", () => {
	it("reads colours of all kinds, and that a colour holds over the end of a line", () => {
		const [first, second] = screenCells([
			"\x1b[1;31ma\x1b[38;5;200mb\x1b[48;2;1;2;255mc\x1b[0m",
			"d\x1b[97;4;7m",
			"e\x1b[2;39mf\x1b[58;5;9mg\x1b[22;24;27mh",
		]).flatMap((row) => [row]);
		expect(first?.map(({ style }) => style)).toEqual([
			{ ...PLAIN, bold: true, color: "1" },
			{ ...PLAIN, bold: true, color: "200" },
			{ ...PLAIN, bold: true, color: "200", background: "#0102ff" },
		]);
		expect(second?.map(({ style }) => style)).toEqual([PLAIN]);
		const third = screenCells(["\x1b[97;4;7m", "e\x1b[2;39mf\x1b[58;5;9mg\x1b[22;24;27mh"])[1];
		expect(third?.map(({ style }) => style)).toEqual([
			{ ...PLAIN, color: "15", underline: true, inverse: true },
			{ ...PLAIN, dim: true, underline: true, inverse: true },
			{ ...PLAIN, dim: true, underline: true, inverse: true },
			PLAIN,
		]);
	});

	it("finds the style of words", () => {
		const screen = screenCells(["nothing here", "語 \x1b[32mgreen words\x1b[0m"]);
		expect(styleOf("green", screen)).toEqual({ ...PLAIN, color: "2" });
		expect(styleOf("blue", screen)).toBeUndefined();
	});
});

describe("drawSvg", () => {
	it("puts every run of characters into its columns", () => {
		expect(texts(draw("  one  two \x1b[31mred\x1b[0m", "日本 x"))).toEqual([
			[2, 8, "one  two"],
			[11, 3, "red"],
			[0, 2, "日"],
			[2, 2, "本"],
			[5, 1, "x"],
		]);
	});

	it("paints backgrounds below blanks, and swaps inverse colours", () => {
		const svg = draw("\x1b[48;2;1;2;3m   \x1b[0m\x1b[7mx\x1b[0m");
		expect(svg).toContain('<rect x="12" y="12" width="24" height="18" fill="#010203"/>');
		expect(svg).toContain('<rect x="36" y="12" width="8" height="18" fill="#d4d4d4"/>');
		expect(svg).toMatch(/<text x="36"[^>]* fill="#18181e">x</);
	});

	it("knows the 256 colours, and other ones on a light ground", () => {
		expect(draw("\x1b[38;5;16ma\x1b[38;5;231mb\x1b[38;5;232mc\x1b[38;5;67md").match(/fill="#\w+">\w</g)).toEqual([
			'fill="#000000">a<',
			'fill="#ffffff">b<',
			'fill="#080808">c<',
			'fill="#5f87af">d<',
		]);
		const light = drawSvg(screenCells(["\x1b[32mx"]), { ...OPTIONS, theme: "light" });
		expect(light).toContain('fill="#00891e">x<');
	});

	it.each(Object.entries(AWKWARD))("writes well-formed XML of %s", (_name, text) => {
		expect(xmlTrouble(draw(...text.split("\n"), `<a href="x">&amp; ${text}`))).toBeUndefined();
	});
});

describe("xmlTrouble", () => {
	it.each([
		"<a>",
		"<a></b>",
		"<a b=c/>",
		"<a/><b/>",
		"<a>&</a>",
		"<a>&nbsp;</a>",
		"<a b='1'/>",
		"x<a/>",
		'<a b="<"/>',
		'<a b="1" b="2"/>',
		"",
	])("finds what is wrong with %s", (text) => expect(xmlTrouble(text)).toBeDefined());

	it("finds nothing wrong with what is right", () => {
		expect(xmlTrouble('<a b="1 &amp; 2" c-d="x"><e/> words &lt; </a>\n')).toBeUndefined();
	});
});

describe("drawAnimation", () => {
	const frames = [
		["same", "one"],
		["same", "two"],
		["same", "two", "one"],
	].map((lines) => ({
		rows: screenCells(lines),
		seconds: 2,
	}));
	const svg = drawAnimation(frames, { ...OPTIONS, still: 1 });
	const uses = [...svg.matchAll(/<use href="#(\w+)" y="(\d+)"(?: class="([^"]*)")?\/>/g)].map((match) =>
		match.slice(1),
	);

	it("draws a line once, wherever and whenever it is shown, and hides it for the rest of the time", () => {
		expect(xmlTrouble(svg)).toBeUndefined();
		expect(texts(svg).map(([, , text]) => text)).toEqual(["same", "one", "two"]);
		expect(uses).toEqual([
			["l0", "12", undefined],
			["l1", "30", "s s0-1"],
			["l2", "30", "s s1-3 still"],
			["l1", "48", "s s2-3"],
		]);
		expect(svg).toContain("@keyframes s0-1{0%{visibility:visible}33.33%{visibility:hidden}}");
		expect(svg).toContain("@keyframes s1-3{0%{visibility:hidden}33.33%{visibility:visible}}");
		expect(svg).toContain(".s2-3{animation:s2-3 6s step-end infinite}");
	});

	it("stands still for who prefers that", () => {
		expect(svg).toContain(".s{visibility:hidden}.still{visibility:visible}");
		expect(svg).toContain("@media (prefers-reduced-motion:reduce){.s{animation:none}}");
	});
});
