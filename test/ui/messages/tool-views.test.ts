import type { Theme } from "@mariozechner/pi-coding-agent";
import type { Component } from "@mariozechner/pi-tui";
import { beforeEach, describe, expect, it } from "vitest";
import type { SubagentRecord } from "../../../src/domain/subagent-record.ts";
import { createSubagentToolView } from "../../../src/ui/messages/tool-views.ts";
import { sampleRecord } from "../../domain/sample-record.ts";
import { AWKWARD, FEW_WIDTHS, resets, seen, troubles, WIDTHS } from "../drawing.ts";
import { hostTheme } from "../host-theme.ts";

const NOW = 2850;
const STATUSES = ["queued", "running", "completed", "steered", "aborted", "stopped", "error"] as const;
const STATUS_WIDTH = 40;
/** The key that expands, with the blank after it; which one it is depends on the host. */
const KEY = /(?<=, ).*(?=to expand$)/;

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
		expect(drawings.flatMap((component) => troubles(component))).toEqual([]);
	});

	it.each(Object.entries(AWKWARD))("a result without a record, with %s, stays within the terminal", (_what, text) => {
		expect(troubles(drawResult(undefined, { text }))).toEqual([]);
	});
});

describe.each([
	["dark", WIDTHS],
	["light", FEW_WIDTHS],
] as const)("in the %s theme", (name, widths) => {
	const mixed = Object.values(AWKWARD)
		.map((text) => text.slice(0, 15))
		.join("\n");

	beforeEach(() => {
		theme = hostTheme(name);
	});

	it.each(STATUSES)("an expanded record that is %s stays within the terminal", (status) => {
		const isPartial = status === "queued" || status === "running";
		expect(troubles(drawResult(withText(status, mixed), { expanded: true, isPartial }), widths)).toEqual([]);
	});

	it.each(STATUSES)("the word %s can be read where there is room", (status) => {
		const wide = widths.filter((width) => width >= STATUS_WIDTH);
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
		expect(seen(drawCall(args, true))).toEqual(["subagent Explore find the parser", "Find it.", "", "All of it.", ""]);
	});

	it.each([undefined, {}, { subagent_type: "" }, { subagent_type: 5, description: ["x"], prompt: null }])(
		"is drawn while its arguments are still streaming in: %j",
		(args) => {
			expect([seen(drawCall(args)), seen(drawCall(args, true))]).toEqual([["subagent …"], ["subagent …"]]);
		},
	);

	it("is one line whatever line breaks its description has", () => {
		expect(seen(drawCall({ subagent_type: "Plan\n", description: " a\r\n\tb " }))).toEqual(["subagent Plan a b"]);
	});

	it("is cut with an ellipsis where there is no room for all of it", () => {
		const args = { subagent_type: "Explore", description: "find the parser" };
		expect([32, 31, 12, 1].map((width) => seen(drawCall(args), width))).toEqual([
			["subagent Explore find the parser"],
			["subagent Explore find the pars…"],
			["subagent Ex…"],
			["…"],
		]);
	});

	it.each(Object.entries(AWKWARD))("leaves no hole in the background it is drawn on, with %s", (_what, text) => {
		expect(resets(drawCall({ subagent_type: text, description: text }))).toEqual([]);
	});
});

describe("a record", () => {
	const figures = "2.3s · 3 tool uses · 1.2k tokens · 4 turns";

	it.each([
		["completed", "✓"],
		["steered", "✓"],
		["stopped", "■"],
		["error", "✗"],
	] as const)("that is %s begins with %s and its figures", (status, glyph) => {
		expect(seen(drawResult(sampleRecord({ status, result: undefined })))).toEqual([`${glyph} ${status} · ${figures}`]);
	});

	it.each([
		["queued", "○"],
		["running", "●"],
	] as const)("that is %s begins with %s and the turn it is at", (status, glyph) => {
		expect(seen(drawResult(sampleRecord({ status, result: undefined })))).toEqual([
			`${glyph} ${status} · 2.3s · 3 tool uses · 1.2k tokens · turn 4`,
		]);
	});

	it("that is aborted says in a sentence that it was cut off, with what it had written or without", () => {
		const [silent, talking] = [undefined, "Let me look"].map((result) =>
			seen(drawResult(sampleRecord({ status: "aborted", turns: 5, maxTurns: 2, result }))),
		);
		const head = [
			"! aborted · 2.3s · 3 tool uses · 1.2k tokens · 5 turns, limit 2",
			"Cut off: it went past its turn limit and its grace turns.",
		];
		expect([silent, talking]).toEqual([head, [...head, "Let me look"]]);
	});

	it("that runs counts its time until now and says what it is doing", () => {
		const running = sampleRecord({ status: "running", completedAt: undefined, result: undefined });
		expect(seen(drawResult({ ...running, activity: "bash\tsleep\n60" }, { isPartial: true }))).toEqual([
			"● running · 850ms · 3 tool uses · 1.2k tokens · turn 4",
			"  bash sleep 60",
		]);
	});

	it.each(Object.entries(AWKWARD))("that runs leaves no hole in its background, with %s", (_what, activity) => {
		const running = sampleRecord({ status: "running", completedAt: undefined, result: undefined });
		expect(resets(drawResult({ ...running, activity }, { isPartial: true }))).toEqual([]);
	});

	it.each([
		["queued", "→ queued in the background · id 0123456789abcdef0123"],
		["running", "→ started in the background · id 0123456789abcdef0123"],
	] as const)("that is %s in the background is what the call did: it stays like that", (status, line) => {
		const record = sampleRecord({ status, isBackground: true, completedAt: undefined, result: undefined });
		const drawings = [false, true].map((expanded) => drawResult(record, { expanded }));
		expect(drawings.map((drawing) => seen(drawing))).toEqual([[line], [line]]);
		expect(drawings.flatMap((drawing) => [troubles(drawing), resets(drawing)])).toEqual([[], [], [], []]);
	});

	it("in the background keeps its id whole where there is no room beside it", () => {
		const record = sampleRecord({ status: "running", isBackground: true, completedAt: undefined, result: undefined });
		expect(seen(drawResult(record), 40)).toEqual(["→ started in the background · id", "0123456789abcdef0123"]);
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
		const [settled, live] = (["completed", "running"] as const).map((status) =>
			seen(drawResult(sampleRecord({ status, turns: 3, maxTurns: 9, result: undefined }))),
		);
		expect([settled, live]).toEqual([
			["✓ completed · 2.3s · 3 tool uses · 1.2k tokens · 3 turns, limit 9"],
			["● running · 2.3s · 3 tool uses · 1.2k tokens · turn 3, limit 9"],
		]);
	});

	it.each([
		["completed", 0, "✓ completed · 2.3s · 3 tool uses · 1.2k tokens · 0 turns"],
		["completed", 1, "✓ completed · 2.3s · 3 tool uses · 1.2k tokens · 1 turn"],
		["running", 0, "● running · 2.3s · 3 tool uses · 1.2k tokens · turn 1"],
	] as const)("that is %s after %d turns counts them", (status, turns, line) => {
		expect(seen(drawResult(sampleRecord({ status, turns, result: undefined })))).toEqual([line]);
	});

	it("has its error in full and what was written before", () => {
		const failed = sampleRecord({ status: "error", error: "no credit\nat all", result: "half" });
		expect(seen(drawResult(failed))).toEqual([`✗ error · ${figures}`, "no credit", "at all", "half"]);
	});

	it("has the first three lines of its result that say something", () => {
		const record = sampleRecord({ result: "\n one\n\n \ntwo\r\nthree\n" });
		expect(seen(drawResult(record))).toEqual([`✓ completed · ${figures}`, " one", "two", "three"]);
	});

	it.each([
		["1\n2\n3\n4", "… 1 more line, to expand"],
		["1\n2\n3\n4\n\n5", "… 2 more lines, to expand"],
		[`1\n2\n3${"\nx".repeat(9)}`, "… 9 more lines, to expand"],
	])("says how many lines more there are, and how to see them: %j", (result, more) => {
		const lines = seen(drawResult(sampleRecord({ result })));
		expect(lines.map((line) => line.replace(KEY, ""))).toEqual([`✓ completed · ${figures}`, "1", "2", "3", more]);
	});

	it("skips code fences and counts no lines for them", () => {
		const record = sampleRecord({ result: "Here:\n```ts\nconst a = 1;\n```\nDone." });
		expect(seen(drawResult(record))).toEqual([`✓ completed · ${figures}`, "Here:", "const a = 1;", "Done."]);
	});

	it("has its code fences when it is expanded", () => {
		const record = sampleRecord({ result: "```ts\nconst a = 1;\n```" });
		expect(seen(drawResult(record, { expanded: true }))).toEqual([
			`✓ completed · ${figures}`,
			"",
			"```ts",
			"  const a = 1;",
			"```",
		]);
	});

	it("has lines of its result cut with an ellipsis, and no hole in their background", () => {
		const result = `${AWKWARD["wide characters"]}\n${AWKWARD.emoji}`;
		const drawing = drawResult(sampleRecord({ result }));
		expect([seen(drawing, 20).slice(-2), resets(drawing)]).toEqual([
			["日本語の文章を書く…", "👩‍👩‍👧‍👦 family 🏳️‍🌈 flag …"],
			[],
		]);
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
