import type { Component } from "@mariozechner/pi-tui";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AgentCatalog } from "../../../src/agents/agent-catalog.ts";
import { parseAgentFile } from "../../../src/agents/agent-file.ts";
import { agentRows } from "../../../src/ui/agents/agent-type-list.ts";
import { subagentLine } from "../../../src/ui/components/subagent-line.ts";
import { colorPaint, showTypesInColors } from "../../../src/ui/components/type-colors.ts";
import { createNotificationView } from "../../../src/ui/messages/notification-view.ts";
import { createSubagentToolView } from "../../../src/ui/messages/tool-views.ts";
import { headLines } from "../../../src/ui/viewer/viewer-frame.ts";
import { widgetLines } from "../../../src/ui/widget/widget-lines.ts";
import { hostTheme } from "../host-theme.ts";
import { atWork, SEEN_AT } from "../sample-snapshot.ts";

const ORANGE = "\u001b[38;2;249;115;22m";
const theme = hostTheme("dark");
const truecolor = Object.assign(Object.create(theme), { getColorMode: () => "truecolor" }) as typeof theme;
const space = { width: 200, theme: truecolor, now: SEEN_AT };
const told = {
	...{ type: "Explore", description: "find it", status: "completed", toolUses: 1, totalTokens: 5, durationMs: 5 },
	resultPreview: "found",
};

const drawings: Readonly<Record<string, () => readonly string[]>> = {
	"the list of subagents": () => [subagentLine(atWork(), space)],
	"the widget": () => widgetLines({ shown: [atWork()], queued: 0 }, { ...space, rows: 40, taken: 0 }),
	"the head of a transcript": () => headLines(atWork(), SEEN_AT, truecolor).flatMap((line) => line.render(200)),
	"a notification": () => {
		const draw = createNotificationView(() => undefined);
		return (draw({ details: told } as never, { expanded: false }, truecolor) as Component).render(200);
	},
	"a call in the conversation": () =>
		(
			createSubagentToolView(() => 1).renderCall({ subagent_type: "explore", description: "d" } as never, truecolor, {
				expanded: false,
			} as never) as Component
		).render(200),
	"the list of types": () => {
		const file = parseAgentFile("/agents/Explore.md", "project", "---\ncolor: orange\n---\nx");
		return agentRows(new AgentCatalog([[file]]).overview(() => true)).map(({ draw }) => draw?.(200, truecolor) ?? "");
	},
};

beforeEach(() => showTypesInColors([{ name: "Explore", color: "orange" }]));
afterEach(() => showTypesInColors([]));

describe("a type with a color", () => {
	it.each(Object.entries(drawings))("has its name in that color in %s", (_where, draw) => {
		expect(draw().join("\n").toLowerCase()).toContain(`${ORANGE}`);
		expect(draw().join("\n")).toMatch(/\[38;2;249;115;22m[^\n]*?Explore/i);
	});

	it("keeps the color of the status for the status", () => {
		const [line = ""] = drawings["the list of subagents"]?.() ?? [];
		expect(line.indexOf("●")).toBeLessThan(line.indexOf(ORANGE));
	});

	it("is drawn like any other once its file says nothing of a color", () => {
		showTypesInColors([{ name: "Explore" }]);
		expect(subagentLine(atWork(), space)).not.toContain(ORANGE);
	});

	it("takes the nearest of 256 colors where a terminal has no more", () => {
		expect(colorPaint([255, 0, 0], { getColorMode: () => "256color" })("x")).toBe("\u001b[38;5;196mx\u001b[39m");
		expect(colorPaint([255, 0, 0], {})("")).toBe("");
	});
});
