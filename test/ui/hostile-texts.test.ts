import type { Theme } from "@mariozechner/pi-coding-agent";
import type { Component } from "@mariozechner/pi-tui";
import { describe, expect, it, vi } from "vitest";
import { completionMessage } from "../../src/delivery/completion-message.ts";
import type { SubagentRecord } from "../../src/domain/subagent-record.ts";
import { catalogText, startText } from "../../src/format/catalog-text.ts";
import { rosterText } from "../../src/format/notification-text.ts";
import { backgroundText, reportText, settledText } from "../../src/format/outcome-text.ts";
import { modelText, plainLabel, plainLine, plainPath, plainText } from "../../src/platform/plain-text.ts";
import { withPlainErrors } from "../../src/tools/structured-result.ts";
import { Clamped } from "../../src/ui/components/line.ts";
import {
	activityLine,
	subagentLabel,
	subagentLine,
	subagentName,
	subagentNews,
} from "../../src/ui/components/subagent-line.ts";
import { createDialogs, type DialogsUi, unattendedDialogs } from "../../src/ui/dialogs/create-dialogs.ts";
import { createNotificationView } from "../../src/ui/messages/notification-view.ts";
import { createLookupToolView, createSubagentToolView } from "../../src/ui/messages/tool-views.ts";

import type { SubagentSnapshot } from "../../src/ui/subagent-commands.ts";
import { DrawnBlocks } from "../../src/ui/viewer/viewed-transcript.ts";
import { widgetLines } from "../../src/ui/widget/widget-lines.ts";
import { conditionHere } from "../domain/sample-condition.ts";
import { sampleRecord } from "../domain/sample-record.ts";
import { HOSTILE_SIGNS, hostile, hostileIn } from "../support/hostile.ts";
import { hostTheme } from "./host-theme.ts";

const FRAME = { resultCharacters: 4000, context: undefined, stillLive: 0, nonce: "nonce" };

const theme: Theme = hostTheme("dark");
const NO_REMARKS = { onFirstLine: [], below: [hostile("remark")] };

function record(changes: Partial<SubagentRecord> = {}): SubagentRecord {
	return sampleRecord({
		type: hostile("type"),
		description: hostile("description"),
		result: hostile("result"),
		transcriptFile: hostile("/path"),
		model: hostile("model"),
		isBackground: true,
		...changes,
	});
}

const RECORDS: Record<string, SubagentRecord> = {
	completed: record(),
	failed: record({ status: "error", error: hostile("error") }),
	"of an unknown status": record({ status: hostile("status") as SubagentRecord["status"] }),
	running: record({ status: "running", result: undefined, completedAt: undefined }),
	"without an answer": record({
		result: undefined,
		lastReply: { finishReason: "length", heldOnly: "thinking", earlierText: hostile("earlier") },
	}),
};

const snapshotOf = (one: SubagentRecord): SubagentSnapshot => ({
	record: one,
	activity: hostile("activity"),
	contextPercent: 3,
	condition: conditionHere(one.status),
	queuePosition: 0,
	isAwaited: false,
});

const drawn = (component: Component | undefined): string => component?.render(200).join("\n") ?? "";

/** What a model or a person is given of one subagent, by whom. */
const TEXTS: Record<string, (one: SubagentRecord) => string> = {
	"the tool's result": (one) => settledText(one, NO_REMARKS),
	"the tool's background result": (one) => backgroundText(one, 2, NO_REMARKS),
	"the report": (one) => reportText(one, { ...REPORT, conversation: hostile("conversation") }),
	"a part of the report": (one) => reportText({ ...one, status: "completed" }, { ...REPORT, offset: 1 }),
	"the notification": (one) => completionMessage([completion(one)], { ...FRAME, stillLive: 1 }).content,
	"the roster": (one) => rosterText([one]),
	"a line of the list": (one) => subagentLabel(snapshotOf(one), 1) + subagentName(snapshotOf(one)),
	"its news": (one) => subagentNews(snapshotOf(one)),
	"its line": (one) => subagentLine(snapshotOf(one), { width: 200, theme, now: 1 }),
	"its activity": (one) => activityLine(snapshotOf(one), { width: 200, theme, now: 1 }),
	"the widget": (one) =>
		widgetLines({ shown: [snapshotOf(one)], queued: 1 }, { width: 200, theme, now: 1, rows: 60, taken: 0 }).join("\n"),
	"the box of a notification": (one) =>
		drawn(
			createNotificationView(() => one.result)(
				{ ...MESSAGE, details: completionMessage([completion(one)], FRAME).details } as never,
				{ expanded: true },
				theme,
			),
		),
	"the tool in the conversation": (one) => drawTool(createSubagentToolView(() => 1) as View, one),
	"a look-up in the conversation": (one) =>
		drawTool(
			createLookupToolView("get_subagent_result", () => 1),
			one,
		),
};

const REPORT = {
	contextPercent: 3,
	now: 1,
	activity: hostile("activity"),
	condition: { kind: "settled", status: "completed" },
	conversation: undefined,
} as const;
const MESSAGE = { role: "custom", customType: "subagent-notification", content: "", display: true, timestamp: 1 };

function completion(one: SubagentRecord) {
	return { record: one, toolCallId: hostile("call"), contextPercent: 3, compactions: 0, attempt: 1 };
}

type View = ReturnType<typeof createLookupToolView>;

function drawTool(view: View, one: SubagentRecord): string {
	const args = { subagent_type: one.type, description: one.description, prompt: one.result, agent_id: one.type };
	const result = { content: [{ type: "text", text: hostile("content") }], details: one };
	return [true, false]
		.flatMap((expanded) => [
			drawn(view.renderCall(args as never, theme, { expanded } as never)),
			drawn(view.renderResult(result as never, { expanded, isPartial: false }, theme, { isError: true } as never)),
			drawn(
				view.renderResult(
					{ ...result, details: undefined } as never,
					{ expanded, isPartial: false },
					theme,
					{} as never,
				),
			),
		])
		.join("\n");
}

describe("a hostile record", () => {
	const cases = Object.keys(TEXTS).flatMap((text) => Object.keys(RECORDS).map((which) => [text, which] as const));

	it.each(cases)("is harmless in %s when it is %s", (text, which) => {
		const produced = TEXTS[text]?.(RECORDS[which] as SubagentRecord) ?? "";
		expect(hostileIn(produced)).toBeUndefined();
	});
});

describe("a hostile sign", () => {
	it.each(Object.entries(HOSTILE_SIGNS))("is taken out for people and written out for models: %s", (_what, signs) => {
		for (const made of [plainText, plainLine, plainLabel, plainPath, modelText]) {
			expect(hostileIn(made(`a${signs}b`))).toBeUndefined();
			expect(made(`a${signs}b`)).toMatch(/^a.*b?$/s);
		}
		expect(drawn(new Clamped({ render: () => [`a${signs}b`], invalidate: () => {} }))).toSatisfy(
			(line: string) => hostileIn(line) === undefined,
		);
	});

	it("costs neither tabs and lines nor emoji and words of other scripts anything", () => {
		const text = "tab\tline\n👩‍👩‍👧 🏳️‍🌈 می‌خواهم שלום नमस्ते क्‍ष";
		expect(plainText(text)).toBe(text.replace("\t", "    "));
		expect(modelText(text)).toBe(text);
	});

	it("is kept readable for a model", () => {
		expect(modelText("\x1b[31mred \u202e \r\nend \ud83d")).toBe("\\u001b[31mred \\u202e \nend \uFFFD");
	});
});

describe("what is asked, shown and thrown", () => {
	it("is harmless for a client that speaks RPC", async () => {
		const said: unknown[] = [];
		const dialogs = createDialogs(
			{
				custom: async () => undefined,
				select: async (...parts: unknown[]) => void said.push(...parts.flat()),
				input: async (...parts: unknown[]) => void said.push(...parts),
				confirm: async (...parts: unknown[]) => said.push(...parts) < 0,
				editor: async (...parts: unknown[]) => void said.push(...parts),
				notify: (...parts: unknown[]) => void said.push(...parts),
			} as unknown as DialogsUi,
			new AbortController().signal,
		);
		await dialogs.choose({ title: hostile("title"), choices: () => [{ value: 1, label: hostile("label") }] });
		await dialogs.choose({ title: hostile("title"), choices: () => [], empty: hostile("empty") });
		await dialogs.ask(hostile("question"), hostile("prefill"));
		await dialogs.confirm(hostile("sure"), hostile("message"));
		await dialogs.edit(hostile("edit"), hostile("text"));
		await dialogs.read(hostile("read"), hostile("page"));
		dialogs.tell(hostile("told"), "info");
		const texts = said.filter((part) => typeof part === "string");
		expect(texts.length).toBeGreaterThanOrEqual(12);
		expect(texts.map(hostileIn).filter((found) => found !== undefined)).toEqual([]);
	});

	it("is harmless on stderr where nobody is there", async () => {
		const printed: string[] = [];
		const spy = vi.spyOn(console, "error").mockImplementation((text) => void printed.push(String(text)));
		const dialogs = unattendedDialogs();
		dialogs.tell(hostile("told"), "info");
		await dialogs.read("", hostile("page"));
		await dialogs.choose({ title: "", choices: () => [{ value: 1, label: hostile("a"), description: hostile("b") }] });
		spy.mockRestore();
		expect(printed).toHaveLength(3);
		expect(printed.map(hostileIn)).toEqual([undefined, undefined, undefined]);
	});

	it("is harmless in what a tool throws", async () => {
		const tool = withPlainErrors({
			prepareArguments: () => {
				throw new Error(hostile("arguments"));
			},
			execute: async () => {
				throw new Error(hostile("e".repeat(100_000)));
			},
		});
		const thrown = await tool.execute().catch((error: Error) => error.message);
		expect([hostileIn(`${thrown}`), `${thrown}`.length <= 10_000]).toEqual([undefined, true]);
		expect(() => tool.prepareArguments?.()).toThrow(/^arguments \\u001b/);
	});

	it("is harmless in what is reported of agent files at the start", () => {
		const diagnostic = { severity: "error", file: hostile("/file"), message: hostile("message") } as const;
		const definition = {
			name: hostile("name"),
			description: hostile("what"),
			origin: "project",
			tools: [],
			promptMode: "append",
			instructions: "",
		} as const;
		expect(hostileIn(startText([diagnostic]) + catalogText([definition]))).toBeUndefined();
	});

	it("is harmless in a conversation that is looked at", () => {
		const call = {
			id: "1",
			name: hostile("tool"),
			arguments: { path: hostile("path"), [hostile("key")]: hostile("v") },
		};
		const outcome = { content: [{ type: "text", text: hostile("output") }], isError: false, isPartial: false };
		const blocks = new DrawnBlocks(() => ({ expanded: true, hidesThinking: false, cwd: "/project" }));
		const lines = [
			{ kind: "user", content: hostile("asked"), beginsTurn: true } as const,
			{ kind: "tool", call, outcome, beginsTurn: true } as const,
			{
				kind: "tool",
				call: { ...call, name: "bash", arguments: { command: hostile("ls") } },
				outcome,
				beginsTurn: true,
			} as const,
			{ kind: "plain", title: hostile("title"), text: hostile("text"), beginsTurn: false } as const,
		].flatMap((block) => blocks.lines(block, 100));
		expect(lines.map(hostileIn).filter((found) => found !== undefined)).toEqual([]);
	});
});
