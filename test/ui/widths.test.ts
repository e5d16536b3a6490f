import { stripVTControlCharacters } from "node:util";
import type { Theme } from "@mariozechner/pi-coding-agent";
import { type Component, visibleWidth } from "@mariozechner/pi-tui";
import { beforeAll, describe, expect, it } from "vitest";
import type { SubagentRecord } from "../../src/domain/subagent-record.ts";
import type { SubagentStatus } from "../../src/domain/subagent-state.ts";
import { activityLine, subagentLine } from "../../src/ui/components/subagent-line.ts";
import { createNotificationView } from "../../src/ui/messages/notification-view.ts";
import { createSubagentToolView } from "../../src/ui/messages/tool-views.ts";
import type { SubagentSnapshot } from "../../src/ui/subagent-commands.ts";
import { widgetLines } from "../../src/ui/widget/widget-lines.ts";
import { conditionAt } from "../domain/sample-condition.ts";
import { sampleRecord } from "../domain/sample-record.ts";
import { Random } from "../torture/random.ts";
import { AWKWARD } from "./drawing.ts";
import { hostTheme } from "./host-theme.ts";

/** At every width a terminal may have, other records for each: a line that is wider than it ends pi. */
const SEEDS = Array.from({ length: 3 }, (_, index) => 20_251_121 + index);
const WIDTHS = Array.from({ length: 200 }, (_, index) => index + 1);
const STATUSES: readonly SubagentStatus[] = [
	"queued",
	"running",
	"completed",
	"steered",
	"aborted",
	"stopped",
	"error",
	"interrupted",
];
const TEXTS = [
	...Object.values(AWKWARD),
	"שלום עולם, \u202eabc\u202c مرحبا بالعالم",
	"word ".repeat(300),
	"🏳️‍🌈".repeat(100),
	"find the parser",
];

let theme: Theme;
beforeAll(() => {
	theme = hostTheme("dark");
});

function anyNumber(random: Random): number {
	return random.pick([0, 1, 7, 69, 70, 85, 100, 999, 1000, 12_345, 999_999, 1e9, Number.MAX_SAFE_INTEGER]);
}

function anyRecord(random: Random, texts: readonly string[]): SubagentRecord {
	const status = random.pick(STATUSES);
	const text = () => random.pick(texts);
	const isLive = status === "queued" || status === "running";
	return sampleRecord({
		id: text(),
		type: text(),
		description: text(),
		status,
		...(!isLive && { result: text(), completedAt: anyNumber(random) }),
		...(status === "error" && { error: text() }),
		toolUses: anyNumber(random),
		turns: anyNumber(random),
		...(random.chance(0.5) && { maxTurns: anyNumber(random) }),
		queuedAt: anyNumber(random),
		startedAt: anyNumber(random),
		lifetimeUsage: { input: anyNumber(random), output: anyNumber(random), cacheWrite: anyNumber(random) },
		cacheRead: anyNumber(random),
		cost: anyNumber(random) / 1000,
		compactionCount: anyNumber(random),
		isBackground: random.chance(0.5),
		model: text(),
		transcriptFile: text(),
		parentSessionId: text(),
		delivery: { state: "pending" },
	});
}

function anySnapshot(random: Random, texts: readonly string[]): SubagentSnapshot {
	const record = anyRecord(random, texts);
	return {
		record,
		activity: random.pick(texts),
		contextPercent: random.chance(0.3) ? undefined : random.pick([0, 69, 70, 85, 100, 1234]),
		condition: conditionAt(random.pick(["here", "suspended", "elsewhere"]), record.status),
		queuePosition: 0,
		isAwaited: random.chance(0.3),
	};
}

/** More than anybody reads, which takes its time to be laid out. */
const HUGE = ["word ".repeat(20_000), "語".repeat(2000)];

/** Every way in which we draw records, as lines for a width. */
function drawings(random: Random, texts = TEXTS): Record<string, (width: number) => string[]> {
	const snapshots = Array.from({ length: random.pick([0, 1, 3, 9]) }, () => anySnapshot(random, texts));
	const one = anySnapshot(random, texts);
	const rows = random.pick([1, 3, 24, 200]);
	const now = anyNumber(random);
	const view = createSubagentToolView(() => now);
	const expanded = random.chance(0.5);
	const result = { content: [{ type: "text" as const, text: random.pick(texts) }], details: one.record };
	const call = view.renderResult(result as never, { expanded, isPartial: false }, theme, {} as never);
	const { record } = one;
	const figures = { durationMs: anyNumber(random), totalTokens: anyNumber(random), resultPreview: random.pick(texts) };
	const details = { ...record, ...figures, others: [{ ...record, ...figures }] };
	const message = {
		role: "custom",
		customType: "subagent-notification",
		content: "",
		display: true,
		timestamp: 1,
		details,
	};
	const notification = createNotificationView(() => undefined)(message as never, { expanded }, theme) as Component;
	return {
		line: (width) => [subagentLine(one, { width, theme, now }), activityLine(one, { width, theme, now })],
		widget: (width) =>
			widgetLines({ shown: snapshots, queued: anyNumber(random) }, { width, rows, taken: 0, theme, now }),
		tool: (width) => call.render(width),
		notification: (width) => notification.render(width),
	};
}

function troublesAt(width: number, drawn: ReturnType<typeof drawings>): unknown[] {
	return Object.entries(drawn).flatMap(([name, draw]) =>
		draw(width)
			.filter((line) => visibleWidth(line) > width || /[\p{Cc}]/u.test(stripVTControlCharacters(line)))
			.map((line) => ({ name, width, line })),
	);
}

describe("random records", () => {
	it.each(SEEDS)("never leave the width, seed %d", (seed) => {
		const random = new Random(seed);
		expect(WIDTHS.flatMap((width) => troublesAt(width, drawings(random)))).toEqual([]);
	});

	it("never leave the width when they are huge", () => {
		const random = new Random(7);
		expect([20, 133, 200].flatMap((width) => troublesAt(width, drawings(random, HUGE)))).toEqual([]);
	});
});
