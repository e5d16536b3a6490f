import type { Component } from "@mariozechner/pi-tui";
import { beforeAll, describe, expect, it } from "vitest";
import { createNotificationView } from "../../src/ui/messages/notification-view.ts";
import { createLookupToolView, createSubagentToolView } from "../../src/ui/messages/tool-views.ts";

import { sampleRecord } from "../domain/sample-record.ts";
import { FEW_WIDTHS, seen, troubles } from "./drawing.ts";
import { hostTheme } from "./host-theme.ts";

let theme: ReturnType<typeof hostTheme>;
beforeAll(() => {
	theme = hostTheme("dark");
});

const VIEWS = {
	subagent: createSubagentToolView(() => 5000),
	get_subagent_result: createLookupToolView("get_subagent_result", () => 5000),
	steer_subagent: createLookupToolView("steer_subagent", () => 5000),
};
const TOOLS = Object.keys(VIEWS) as (keyof typeof VIEWS)[];

function draw(tool: keyof typeof VIEWS, result: unknown, { expanded = false, isPartial = false } = {}): Component {
	return VIEWS[tool].renderResult(result as never, { expanded, isPartial }, theme, { isError: true } as never);
}

/** A record in which each field in turn is missing, and is of each other kind. */
function damagedRecords(): [string, unknown][] {
	const whole: Record<string, unknown> = {
		...sampleRecord({ status: "error", error: "it broke", maxTurns: 9, transcriptFile: "/sessions/a.jsonl" }),
		activity: "reads",
	};
	return Object.keys(whole).flatMap((key) => [
		[`a record without ${key}`, { ...whole, [key]: undefined }],
		...[null, 5, "text", Number.NaN, {}, [], [{}], true].map((value): [string, unknown] => [
			`a record with ${key} ${JSON.stringify(value)}`,
			{ ...whole, [key]: value },
		]),
	]) as [string, unknown][];
}

const FOREIGN: [string, unknown][] = [
	["nothing", undefined],
	["null", null],
	["an empty object", {}],
	["a text", "aborted"],
	["a number", 5],
	["an array", [{ status: "completed" }]],
	["another tool's details", { status: "completed", diff: "+1" }],
	["a status that is no text", { status: { code: 1 }, lifetimeUsage: {} }],
	["usage that is null", { status: "running", lifetimeUsage: null }],
];

describe.each(TOOLS)("the result of %s", (tool) => {
	it.each(FOREIGN)("with %s in place of our details shows what the model reads", (_what, details) => {
		const result = { content: [{ type: "text", text: "Operation aborted" }], details };
		for (const expanded of [false, true]) {
			expect(seen(draw(tool, result, { expanded }))).toEqual(["Operation aborted"]);
		}
	});

	it("is drawn whatever field of a record is missing or of another kind", () => {
		for (const [what, details] of damagedRecords()) {
			const result = { content: [{ type: "text", text: "what the model reads" }], details };
			for (const expanded of [false, true]) {
				const drawing = draw(tool, result, { expanded });
				expect(troubles(drawing, FEW_WIDTHS), what).toEqual([]);
				expect(seen(drawing).join("\n"), what).not.toMatch(/undefined|NaN|\[object/);
			}
		}
	});

	it.each([
		undefined,
		null,
		"Operation aborted",
		[],
		[null],
		[undefined, 5],
		[{ type: "image", data: "AAAA" }],
		[{ type: "text" }],
		[{ type: "text", text: 7 }],
	])("with the content %j is drawn, while it streams in too", (content) => {
		for (const isPartial of [false, true]) {
			expect(troubles(draw(tool, { content, details: undefined }, { isPartial }), FEW_WIDTHS)).toEqual([]);
		}
	});
});

it("a notification is drawn, or left to the host, whatever field is missing or of another kind", () => {
	const figures = { durationMs: 5, totalTokens: 5, resultPreview: "preview" };
	let drawn = 0;
	for (const [what, details] of damagedRecords()) {
		for (const others of [[], [{ ...(details as object), ...figures }], [null], "none"]) {
			const message = { content: "", details: { ...(details as object), ...figures, others } };
			const drawing = createNotificationView(() => undefined)(message as never, { expanded: true }, theme);
			if (drawing) expect(troubles(drawing, FEW_WIDTHS), what).toEqual([]);
			if (drawing) drawn++;
		}
	}
	expect(drawn).toBeGreaterThan(0);
});
