import { Box, Container, Input, Markdown, Spacer, Text } from "@mariozechner/pi-tui";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDialogs } from "../../src/ui/dialogs/create-dialogs.ts";
import { createNotificationView } from "../../src/ui/messages/notification-view.ts";
import { createLookupToolView, createSubagentToolView } from "../../src/ui/messages/tool-views.ts";

import { sampleRecord } from "../domain/sample-record.ts";
import { until } from "../support/condition.ts";
import { fakeTerminal } from "./dialogs/terminal-fake.ts";
import { AWKWARD } from "./drawing.ts";
import { hostTheme } from "./host-theme.ts";
import { CraftedConversation, calls, reply, user } from "./viewer/crafted-conversation.ts";
import { openedViewer } from "./viewer/opened-viewer.ts";

/**
 * The newer host's components hand out the lines they keep for the next time. Here all of the host's hand out lines that
 * cannot be changed, so that whoever tries throws.
 */
const KIT = [Box, Container, Input, Markdown, Spacer, Text].map(({ prototype }) => prototype);
const renders = KIT.map(({ render }) => render);
beforeAll(() => {
	for (const [index, component] of KIT.entries()) {
		const render = renders[index] as (width: number) => string[];
		component.render = function (width) {
			return Object.freeze(render.call(this, width)) as string[];
		};
	}
});
afterAll(() => {
	for (const [index, component] of KIT.entries()) component.render = renders[index] as typeof component.render;
});

const text = Object.values(AWKWARD).join("\n");
const WIDTHS = [100, 40, 7, 100];

describe("lines that the host's components keep are left as they are", () => {
	it.each(["completed", "error", "running"] as const)("by what is drawn of a record that is %s", (status) => {
		const theme = hostTheme("dark");
		const record = sampleRecord({ status, result: text, error: text, description: text });
		const result = { content: [{ type: "text" as const, text }], details: record } as never;
		const figures = { durationMs: 1, totalTokens: 1, resultPreview: text };
		const message = { content: "", details: { ...record, ...figures, others: [{ ...record, ...figures }] } } as never;
		for (const expanded of [false, true]) {
			const options = { expanded, isPartial: false };
			const drawings = [
				createSubagentToolView(() => 5000).renderResult(result, options, theme, {} as never),
				createSubagentToolView(() => 5000).renderCall({ prompt: text } as never, theme, { expanded } as never),
				createLookupToolView("steer_subagent", () => 5000).renderResult(result, options, theme, {} as never),
				createNotificationView(() => text)(message, { expanded }, theme),
			];
			for (const drawing of drawings) {
				const [first, , , again] = WIDTHS.map((width) => drawing?.render(width));
				expect(first?.length).toBeGreaterThan(0);
				expect(again).toEqual(first);
			}
		}
	});

	it("by menus, questions and texts", async () => {
		const terminal = fakeTerminal(hostTheme("dark"));
		const dialogs = createDialogs(terminal.ui, new AbortController().signal);
		for (const open of [
			() => dialogs.choose({ title: text, choices: () => [{ value: 1, label: text, description: text }] }),
			() => dialogs.ask(text, text),
			() => dialogs.read(text, text),
		]) {
			const answered = open();
			await until("the screen to open", () => terminal.seen().length > 0);
			for (const width of WIDTHS) expect(terminal.seen(width).length).toBeGreaterThan(0);
			await terminal.press("escape");
			await answered;
		}
	});

	it("by the transcript viewer", () => {
		const conversation = new CraftedConversation().say(user(text), reply(text), calls("c", "bash", { command: text }));
		const opened = openedViewer(conversation, { rows: 40 });
		for (const width of WIDTHS) {
			opened.state.width = width;
			expect(opened.lines().join("\n")).not.toContain("cannot be shown");
		}
	});
});
