import { stripVTControlCharacters } from "node:util";
import type { Theme } from "@mariozechner/pi-coding-agent";
import { type Component, visibleWidth } from "@mariozechner/pi-tui";
import { beforeEach, describe, expect, it } from "vitest";
import type { SubagentRecord } from "../../src/domain/subagent-record.ts";
import { createSubagentToolView } from "../../src/ui/subagent-tool-view.ts";
import { sampleRecord } from "../domain/sample-record.ts";
import { hostTheme } from "./host-theme.ts";

const NOW = 2850;
const STATUSES = ["queued", "running", "completed", "steered", "aborted", "stopped", "error"] as const;
/** Every narrow width, where lines break in the middle of everything, and some wider ones. */
const WIDTHS = Array.from({ length: 200 }, (_, index) => index + 1).filter((width) => width <= 60 || width % 7 === 5);
const STATUS_WIDTH = 40;

/** Texts that a terminal does not draw as one column for each character, or not at all. */
const AWKWARD: Record<string, string> = {
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

let theme: Theme;
beforeEach(() => {
	theme = hostTheme("dark");
});

type View = ReturnType<typeof createSubagentToolView>;
const view: View = createSubagentToolView(() => NOW);

function drawCall(args: unknown, expanded = false): Component {
	const context = { expanded } as Parameters<View["renderCall"]>[2];
	return view.renderCall(args as Parameters<View["renderCall"]>[0], theme, context);
}

function drawResult(
	details: unknown,
	options: { expanded?: boolean; isPartial?: boolean; text?: string } = {},
): Component {
	const { expanded = false, isPartial = false, text = "what the model reads" } = options;
	const result = { content: [{ type: "text", text }], details } as Parameters<View["renderResult"]>[0];
	return view.renderResult(result, { expanded, isPartial }, theme, {} as Parameters<View["renderResult"]>[3]);
}

/** What a person sees, without colours and trailing space. */
function seen(component: Component, width = 100): string[] {
	return component.render(width).map((line) => stripVTControlCharacters(line).trimEnd());
}

const ESCAPE = String.fromCharCode(27);
const COLOR = new RegExp(`${ESCAPE}\\[[\\d;]*m`, "g");

/** The lines at any width that are wider than it, or that carry something but colours that a terminal would obey. */
function troubles(component: Component): unknown[] {
	return WIDTHS.flatMap((width) => {
		component.invalidate();
		return component
			.render(width)
			.filter((line) => visibleWidth(line) > width || /\p{Cc}/u.test(line.replace(COLOR, "")))
			.map((line) => ({ width, line }));
	});
}

function withText(status: SubagentRecord["status"], text: string): SubagentRecord & { activity?: string } {
	return sampleRecord({
		status,
		type: text,
		description: text,
		result: text,
		error: text,
		maxTurns: 10,
		transcriptFile: "/sessions/parent/tasks/a-rather-long-name-of-a-transcript.jsonl",
		...(status === "running" && { completedAt: undefined, activity: text }),
	} as Partial<SubagentRecord>);
}

describe("at every width", () => {
	it.each(Object.entries(AWKWARD))("a call with %s stays within the terminal", (_what, text) => {
		const args = { subagent_type: text, description: text, prompt: text };
		expect([false, true].flatMap((expanded) => troubles(drawCall(args, expanded)))).toEqual([]);
	});

	it.each(Object.entries(AWKWARD))("a record with %s stays within the terminal", (_what, text) => {
		const drawings = [
			drawResult(withText("running", text), { isPartial: true }),
			drawResult(withText("error", text)),
			drawResult(withText("error", text), { expanded: true }),
		];
		expect(drawings.flatMap(troubles)).toEqual([]);
	});

	it.each(Object.entries(AWKWARD))("a result without a record, with %s, stays within the terminal", (_what, text) => {
		expect(troubles(drawResult(undefined, { text }))).toEqual([]);
	});
});

describe.each(["dark", "light"] as const)("in the %s theme", (name) => {
	const mixed = Object.values(AWKWARD)
		.map((text) => text.slice(0, 15))
		.join("\n");

	beforeEach(() => {
		theme = hostTheme(name);
	});

	it.each(STATUSES)("an expanded record that is %s stays within the terminal", (status) => {
		const isPartial = status === "queued" || status === "running";
		expect(troubles(drawResult(withText(status, mixed), { expanded: true, isPartial }))).toEqual([]);
	});

	it.each(STATUSES)("the word %s can be read where there is room", (status) => {
		const wide = WIDTHS.filter((width) => width >= STATUS_WIDTH);
		const drawing = drawResult(sampleRecord({ status, maxTurns: 10_000, result: undefined }));
		expect(wide.filter((width) => !seen(drawing, width)[0]?.includes(status))).toEqual([]);
	});
});

describe("a call", () => {
	it("is one line with type and description", () => {
		const args = { subagent_type: "Explore", description: "find the parser", prompt: "Find it.\nAll of it." };
		expect(seen(drawCall(args))).toEqual(["subagent Explore find the parser"]);
	});

	it("has the whole prompt below it when it is expanded", () => {
		const args = { subagent_type: "Explore", description: "find the parser", prompt: "Find it.\n\nAll of it." };
		expect(seen(drawCall(args, true))).toEqual(["subagent Explore find the parser", "Find it.", "", "All of it."]);
	});

	it.each([undefined, {}, { subagent_type: "" }, { subagent_type: 5, description: ["x"], prompt: null }])(
		"is drawn while its arguments are still streaming in: %j",
		(args) => {
			expect([seen(drawCall(args)), seen(drawCall(args, true))[0]]).toEqual([["subagent …"], "subagent …"]);
		},
	);

	it("is one line whatever line breaks its description has", () => {
		expect(seen(drawCall({ subagent_type: "Plan\n", description: " a\r\n\tb " }))).toEqual(["subagent Plan a b"]);
	});
});

describe("a record", () => {
	const figures = "2.3s · 3 tool uses · 1.2k tokens · turn 4";

	it.each([
		["queued", "○"],
		["running", "●"],
		["completed", "✓"],
		["steered", "✓"],
		["aborted", "!"],
		["stopped", "■"],
		["error", "✗"],
	] as const)("that is %s begins with %s and its figures", (status, glyph) => {
		expect(seen(drawResult(sampleRecord({ status, result: undefined })))).toEqual([`${glyph} ${status} · ${figures}`]);
	});

	it("that runs counts its time until now and says what it is doing", () => {
		const running = sampleRecord({ status: "running", completedAt: undefined, result: undefined });
		expect(seen(drawResult({ ...running, activity: "bash\tsleep\n60" }, { isPartial: true }))).toEqual([
			"● running · 850ms · 3 tool uses · 1.2k tokens · turn 4",
			"  bash sleep 60",
		]);
	});

	it.each([
		["queued", "○"],
		["running", "●"],
	] as const)("that is %s in the background stands still, so it has its id and no figures", (status, glyph) => {
		const record = sampleRecord({ status, isBackground: true, completedAt: undefined, result: undefined });
		expect(seen(drawResult(record))).toEqual([`${glyph} ${status} in the background · id 0123456789abcdef0123`]);
	});

	it("that has ended in the background has its figures", () => {
		expect(seen(drawResult(sampleRecord({ isBackground: true, result: undefined })))).toEqual([
			`✓ completed · ${figures}`,
		]);
	});

	it("of a newer version, with a status that nobody knows, is drawn all the same", () => {
		const status = "paused" as SubagentRecord["status"];
		expect(seen(drawResult(sampleRecord({ status, result: undefined })))).toEqual([`? paused · ${figures}`]);
	});

	it("has its turns and their limit", () => {
		const record = sampleRecord({ maxTurns: 9, result: undefined });
		expect(seen(drawResult(record))).toEqual([`✓ completed · ${figures} of 9`]);
	});

	it("has no turns before the first, unless there is a limit", () => {
		const [without, limited] = [undefined, 9].map((maxTurns) =>
			seen(drawResult(sampleRecord({ turns: 0, maxTurns, result: undefined }))),
		);
		expect([without, limited]).toEqual([
			["✓ completed · 2.3s · 3 tool uses · 1.2k tokens"],
			["✓ completed · 2.3s · 3 tool uses · 1.2k tokens · turn 0 of 9"],
		]);
	});

	it("has its error in full and what was written before", () => {
		const failed = sampleRecord({ status: "error", error: "no credit\nat all", result: "half" });
		expect(seen(drawResult(failed))).toEqual([`✗ error · ${figures}`, "no credit", "at all", "half"]);
	});

	it("has the first three lines of its result that say something", () => {
		const record = sampleRecord({ result: "\n one\n\n \ntwo\r\nthree\n" });
		expect(seen(drawResult(record))).toEqual([`✓ completed · ${figures}`, " one", "two", "three"]);
	});

	it("says how many lines more there are, and how to see them", () => {
		const lines = seen(drawResult(sampleRecord({ result: "1\n2\n3\n4\n\n5" })));
		expect(lines.slice(0, 4)).toEqual([`✓ completed · ${figures}`, "1", "2", "3"]);
		expect(lines[4]).toMatch(/^… 2 more, .*to expand$/);
		expect(lines).toHaveLength(5);
	});

	it("has the whole result and the transcript when it is expanded", () => {
		const record = sampleRecord({ result: "1\n\n2\n\n3\n\n4\n\n5", transcriptFile: "/tasks/a.jsonl" });
		expect(seen(drawResult(record, { expanded: true }))).toEqual([
			`✓ completed · ${figures}`,
			"",
			"1",
			"",
			"2",
			"",
			"3",
			"",
			"4",
			"",
			"5",
			"transcript /tasks/a.jsonl",
		]);
	});

	it("has its transcript in one line, whatever its name", () => {
		const record = sampleRecord({ result: undefined, transcriptFile: "/tasks/\x1b[31ma\n b.jsonl" });
		expect(seen(drawResult(record, { expanded: true }))).toEqual([
			`✓ completed · ${figures}`,
			"transcript /tasks/a b.jsonl",
		]);
	});

	it("keeps its transcript to itself when it is not expanded", () => {
		const record = sampleRecord({ result: undefined, transcriptFile: "/tasks/a.jsonl" });
		expect(seen(drawResult(record))).toEqual([`✓ completed · ${figures}`]);
	});
});

describe("a result without a record", () => {
	it.each([undefined, null, {}, { activity: "x" }])("shows its text in full (details %j)", (details) => {
		expect(seen(drawResult(details, { text: "subagent was not started.\nBecause." }))).toEqual([
			"subagent was not started.",
			"Because.",
		]);
	});

	it("has the text of all its parts, and nothing of images", () => {
		const content = [
			{ type: "text", text: "one " },
			{ type: "image", data: "AAAA", mimeType: "image/png" },
			{ type: "text", text: "two" },
		];
		const result = { content, details: undefined } as unknown as Parameters<View["renderResult"]>[0];
		const options = { expanded: false, isPartial: false };
		const drawing = view.renderResult(result, options, theme, {} as Parameters<View["renderResult"]>[3]);
		expect(seen(drawing)).toEqual(["one two"]);
	});
});
