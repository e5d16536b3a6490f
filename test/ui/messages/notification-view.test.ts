import type { Theme } from "@mariozechner/pi-coding-agent";
import { type Component, visibleWidth } from "@mariozechner/pi-tui";
import { beforeEach, describe, expect, it } from "vitest";
import { completionMessage } from "../../../src/delivery/completion-message.ts";
import type { SubagentRecord } from "../../../src/domain/subagent-record.ts";
import { createNotificationView } from "../../../src/ui/messages/notification-view.ts";
import { sampleRecord } from "../../domain/sample-record.ts";
import { AWKWARD, FEW_WIDTHS, resets, seen, troubles, WIDTHS } from "../drawing.ts";
import { hostTheme } from "../host-theme.ts";

const FRAME = { resultCharacters: 4000, context: undefined, stillLive: 0, nonce: "nonce" };

type Message = Parameters<typeof drawNotification>[0];

const FIGURES = "2.3s · 3 tool uses · 1.2k tokens";
/** The key that expands, with the blank after it; which one it is depends on the host. */
const KEY = /(?<=, ).*(?=to expand$)/;

/** Whole results by subagent and run. */
const results = new Map<string, string>();
const drawNotification = createNotificationView((id, attempt) => results.get(`${id} ${attempt}`));

let theme: Theme;
beforeEach(() => {
	theme = hostTheme("dark");
});

/** What the host is handed for these details. */
function drawDetails(details: unknown, expanded = false): Component | undefined {
	const message = { role: "custom", customType: "subagent-notification", content: "", display: true, timestamp: 1 };
	return drawNotification({ ...message, details } as Message, { expanded }, theme);
}

/** The notification of these runs as the delivery sends it. */
function draw(records: readonly SubagentRecord[], expanded = false): Component {
	const completions = records.map((record) => ({
		record,
		toolCallId: undefined,
		contextPercent: undefined,
		compactions: 0,
		attempt: 1,
	}));
	const drawing = drawDetails(completionMessage(completions, FRAME).details, expanded);
	if (!drawing) throw new Error("the notification was left to the host");
	return drawing;
}

/** Lines in a box with a margin of one line and one column. */
function boxed(...lines: string[]): string[] {
	return ["", ...lines.map((line) => (line === "" ? "" : ` ${line}`)), ""];
}

describe("a notification", () => {
	it("is the run with its figures and its result", () => {
		expect(seen(draw([sampleRecord()]))).toEqual(
			boxed(`✓ Explore find the parser · completed · ${FIGURES}`, "It is in /src/parser.ts."),
		);
	});

	it.each([
		["completed", "✓"],
		["steered", "✓"],
		["aborted", "!"],
		["stopped", "■"],
		["error", "✗"],
	] as const)("of one that is %s begins with %s", (status, glyph) => {
		expect(seen(draw([sampleRecord({ status, result: undefined })]))).toEqual(
			boxed(`${glyph} Explore find the parser · ${status} · ${FIGURES}`),
		);
	});

	it("has several runs in one box, in the order in which they ended", () => {
		const records = [
			sampleRecord(),
			sampleRecord({ type: "Plan", description: "plan it", status: "error", error: "no credit", result: "half" }),
			sampleRecord({ type: "general", description: "do it", status: "aborted", toolUses: 1, result: undefined }),
		];
		expect(seen(draw(records))).toEqual(
			boxed(
				`✓ Explore find the parser · completed · ${FIGURES}`,
				"It is in /src/parser.ts.",
				`✗ Plan plan it · error · ${FIGURES}`,
				"no credit",
				"! general do it · aborted · 2.3s · 1 tool use · 1.2k tokens",
			),
		);
	});

	it("has an error in full", () => {
		const failed = sampleRecord({ status: "error", error: "no credit\nat all", result: undefined });
		expect(seen(draw([failed]))).toEqual(
			boxed(`✗ Explore find the parser · error · ${FIGURES}`, "no credit", "at all"),
		);
	});

	it("has the first three lines of a result, and how to see the others", () => {
		const lines = seen(draw([sampleRecord({ result: "1\n\n```\n2\n```\n3\n4\n5" })]));
		expect(lines.map((line) => line.replace(KEY, ""))).toEqual(
			boxed(`✓ Explore find the parser · completed · ${FIGURES}`, "1", "2", "3", "… 2 more lines, to expand"),
		);
	});

	it("of one that failed says why, and when it is expanded what it had written before", () => {
		const record = sampleRecord({ status: "error", error: "The model failed.", result: "I began." });
		const [failed, expanded] = [draw([record]), draw([record], true)].map((drawing) => seen(drawing).join("\n"));
		expect([failed?.includes("The model failed."), failed?.includes("I began.")]).toEqual([true, false]);
		expect([expanded?.includes("The model failed."), expanded?.includes("I began.")]).toEqual([true, true]);
	});

	it("has the whole result when it is expanded, as long as it is known", () => {
		const result = `${"word ".repeat(200)}end`;
		const record = sampleRecord({ id: "long-one", result });
		expect(seen(draw([record], true), 2000).join("\n")).not.toContain("end");
		results.set("long-one 1", result);
		expect(seen(draw([record], true), 2000).join("\n")).toContain("end");
		expect(seen(draw([record]), 2000).join("\n")).not.toContain("end");
	});

	it("has the whole preview when it is expanded", () => {
		const record = sampleRecord({ result: "# One\n\n2\n\n3\n\n4\n\n5" });
		expect(seen(draw([record, sampleRecord({ result: undefined })], true))).toEqual(
			boxed(
				`✓ Explore find the parser · completed · ${FIGURES}`,
				"",
				"One",
				"",
				"2",
				"",
				"3",
				"",
				"4",
				"",
				"5",
				`✓ Explore find the parser · completed · ${FIGURES}`,
			),
		);
	});

	it("keeps the word for how it ended longest, where there is no room for all of its first line", () => {
		const description = "find the parser and all who call it";
		const drawing = draw([sampleRecord({ result: undefined, description })]);
		expect([70, 50, 40, 28, 12, 3].map((width) => seen(drawing, width))).toEqual([
			boxed("✓ Explore find the parser and all … · completed · 2.3s · 1.2k tokens"),
			boxed("✓ Explore find the parser an… · completed · 2.3s"),
			boxed("✓ Explore find the parser… · completed"),
			boxed("✓ Explore fin… · completed"),
			boxed("✓ Explore…"),
			boxed("…"),
		]);
	});

	it("stands on the background of the host's messages, over the whole width", () => {
		const drawing = draw([sampleRecord({ result: "1\n2\n3\n4" }), sampleRecord()]);
		const [background = "no background"] = theme.bg("customMessageBg", "|").split("|");
		const wrong = WIDTHS.flatMap((width) =>
			drawing.render(width).filter((line) => visibleWidth(line) !== width || !line.startsWith(background)),
		);
		expect(wrong).toEqual([]);
	});

	it.each([0, -1])("is nothing at width %d", (width) => {
		expect(draw([sampleRecord()]).render(width)).toEqual([]);
	});

	it.each([undefined, null, {}, [], "completed", 5, { others: [] }, { type: "Explore", status: "" }])(
		"with details of an unknown shape is left to the host: %j",
		(details) => {
			expect([false, true].map((expanded) => drawDetails(details, expanded))).toEqual([undefined, undefined]);
		},
	);

	it("from before there were several in one has the one", () => {
		const completion = { type: "Explore", description: "find it", status: "completed", resultPreview: "Here." };
		const details = { ...completion, toolUses: 1, totalTokens: 950, durationMs: 850 };
		const drawing = drawDetails(details);
		expect(drawing && seen(drawing)).toEqual(
			boxed("✓ Explore find it · completed · 850ms · 1 tool use · 950 tokens", "Here."),
		);
	});
});

describe.each([
	["dark", WIDTHS],
	["light", FEW_WIDTHS],
] as const)("at every width in the %s theme", (name, widths) => {
	beforeEach(() => {
		theme = hostTheme(name);
	});

	/** Two runs, one with an error, one without. */
	function runs(text: string): [SubagentRecord, SubagentRecord] {
		const named = sampleRecord({ type: text, description: text, result: text });
		return [named, { ...named, status: "error", error: text }];
	}

	it.each(Object.entries(AWKWARD))("a notification with %s stays within the terminal", (_what, text) => {
		expect([false, true].flatMap((expanded) => troubles(draw(runs(text), expanded), widths))).toEqual([]);
	});

	it.each(Object.entries(AWKWARD))("a notification with %s has no hole in its background", (_what, text) => {
		const [completed] = runs(text);
		const withRoom = widths.filter((width) => width > 1); // the margin alone fills the first column
		expect(resets(draw([completed, completed]), withRoom)).toEqual([]);
	});
});
