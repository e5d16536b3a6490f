import type { Theme } from "@mariozechner/pi-coding-agent";
import type { Component } from "@mariozechner/pi-tui";
import { beforeEach, describe, expect, it } from "vitest";
import { createLookupToolView } from "../../../src/ui/messages/tool-views.ts";
import { sampleRecord } from "../../domain/sample-record.ts";
import { AWKWARD, resets, seen, troubles, WIDTHS } from "../drawing.ts";
import { hostTheme } from "../host-theme.ts";

const ID = "0123456789abcdef0123";

let theme: Theme;
beforeEach(() => {
	theme = hostTheme("dark");
});

const view = (tool: string) => createLookupToolView(tool, () => 43_000);

function drawCall(tool: string, args: unknown): Component {
	return view(tool).renderCall(args as never, theme, {} as never);
}

function shown(tool: string, args: unknown, width?: number): string[] {
	return seen(drawCall(tool, args), width);
}

function drawResult(text: string, details: unknown, { expanded = false, isError = false } = {}): Component {
	const result = { content: [{ type: "text" as const, text }], details };
	return view("get_subagent_result").renderResult(result, { expanded, isPartial: false }, theme, { isError } as never);
}

describe("a call of a lookup tool", () => {
	it.each([
		[{ agent_id: ID }, `get_subagent_result ${ID}`],
		[{ agent_id: ID, wait: false }, `get_subagent_result ${ID}`],
		[{ agent_id: ID, wait: true }, `get_subagent_result ${ID} waits until it has ended`],
		[{ agent_id: ID, verbose: true }, `get_subagent_result ${ID}`],
	])("for a result says whose, and whether it waits: %j", (args, line) => {
		expect(shown("get_subagent_result", args)).toEqual([line]);
	});

	it("of steering says whom, and what", () => {
		const args = { agent_id: ID, message: " Look in\n\tsrc/ui  too. " };
		expect(shown("steer_subagent", args)).toEqual([`steer_subagent ${ID} Look in src/ui too.`]);
	});

	it("is cut with an ellipsis where there is no room for all of it", () => {
		const args = { agent_id: ID, message: "Look in src/ui too." };
		expect([40, 30, 8, 1].map((width) => shown("steer_subagent", args, width))).toEqual([
			["steer_subagent 0123456789abcdef0123 Loo…"],
			["steer_subagent 0123456789abcd…"],
			["steer_s…"],
			["…"],
		]);
	});

	it.each([undefined, null, {}, { agent_id: 5, wait: "yes", message: ["x"] }, { agent_id: null, message: null }])(
		"is drawn while its arguments are still streaming in: %j",
		(args) => {
			expect(shown("steer_subagent", args)).toEqual(["steer_subagent …"]);
		},
	);
});

describe("the answer of a lookup tool", () => {
	const report = "Agent ID: a\nStatus: completed\n\nIt is in /src/parser.ts.";

	it("is a line of figures and the beginning of the result", () => {
		expect(seen(drawResult(report, sampleRecord({ result: "1\n2\n3\n4" })))).toEqual([
			"✓ Explore find the parser · completed · 2.3s · 3 tool uses · 1.2k tokens",
			"1",
			"2",
			"3",
			expect.stringContaining("1 more line"),
		]);
	});

	it("counts the time of one that is still running", () => {
		const live = { status: "running", completedAt: undefined, result: undefined } as const;
		expect(seen(drawResult(report, sampleRecord(live)))).toEqual([
			"● Explore find the parser · running · 41.0s · 3 tool uses · 1.2k tokens",
		]);
	});

	it("is all that the model reads when it is expanded", () => {
		expect(seen(drawResult(report, sampleRecord(), { expanded: true }))).toEqual(report.split("\n"));
	});

	it.each([undefined, {}, { outcome: "delivered" }, { status: "completed" }])(
		"is its text where it holds no record: %j",
		(details) => {
			expect(seen(drawResult("Delivered to a.", details))).toEqual(["Delivered to a."]);
		},
	);

	it("is painted as an error when it is one", () => {
		expect(drawResult("No subagent.", {}, { isError: true }).render(80)[0]).toContain(
			theme.fg("error", "No subagent."),
		);
	});

	it.each(Object.entries(AWKWARD))("with %s fits at every width", (_what, text) => {
		const record = sampleRecord({ type: text, description: text, result: text, error: text });
		const drawings = [drawResult(text, record), drawResult(text, record, { expanded: true }), drawResult(text, {})];
		expect(drawings.flatMap((component) => troubles(component))).toEqual([]);
	});
});

describe.each(["dark", "light"] as const)("at every width in the %s theme", (name) => {
	it.each(Object.entries(AWKWARD))("a call with %s is one line that fits and resets nothing", (_what, text) => {
		theme = hostTheme(name);
		const drawings = [
			{ agent_id: text, message: text },
			{ agent_id: text, wait: true },
		].map((args) => drawCall("steer_subagent", args));
		expect(drawings.flatMap((drawing) => [...troubles(drawing), ...resets(drawing)])).toEqual([]);
		expect(drawings.flatMap((drawing) => WIDTHS.filter((width) => drawing.render(width).length !== 1))).toEqual([]);
	});
});
