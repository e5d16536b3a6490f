import { stripVTControlCharacters } from "node:util";
import type { Theme } from "@mariozechner/pi-coding-agent";
import { visibleWidth } from "@mariozechner/pi-tui";
import { beforeEach, describe, expect, it } from "vitest";
import { activityLine, subagentLine, subagentLines } from "../../../src/ui/components/subagent-line.ts";
import type { SubagentSnapshot } from "../../../src/ui/subagent-commands.ts";
import { conditionAt } from "../../domain/sample-condition.ts";
import { WIDTHS } from "../drawing.ts";
import { hostTheme } from "../host-theme.ts";
import { atWork, ended, SEEN_AT } from "../sample-snapshot.ts";

let theme: Theme;
beforeEach(() => {
	theme = hostTheme("dark");
});

function drawn(snapshot: SubagentSnapshot, width = 200): string {
	return stripVTControlCharacters(subagentLine(snapshot, { width, theme, now: SEEN_AT }));
}

describe("the line of a subagent", () => {
	it("has its turns of the limit, tool uses, tokens, context, cost and time while it works", () => {
		expect(drawn(atWork())).toBe(
			"● Explore find the parser · turn 4/20 · 3 tool uses · 1.2k tokens · context 34% · $0.250 · 41s",
		);
	});

	it("leaves out what there is nothing of yet", () => {
		const fresh = { toolUses: 0, turns: 0, maxTurns: undefined, cost: 0, startedAt: SEEN_AT };
		const lifetimeUsage = { input: 0, output: 0, cacheWrite: 0 };
		expect(drawn(atWork({ ...fresh, lifetimeUsage }, { contextPercent: undefined }))).toBe(
			"● Explore find the parser · turn 1 · 0s",
		);
	});

	it.each([
		["completed", "✓"],
		["steered", "✓"],
		["aborted", "!"],
		["stopped", "■"],
		["error", "✗"],
		["interrupted", "!"],
	] as const)("says %s in a word beside %s, and how long it took", (status, glyph) => {
		expect(drawn(ended({ status }))).toBe(
			`${glyph} Explore find the parser · ${status} · 4 turns · 3 tool uses · 1.2k tokens · $0.250 · 2.3s`,
		);
	});

	it.each([
		["suspended", "queued", "○ Explore find the parser · suspended since pi ended"],
		["elsewhere", "running", "● Explore find the parser · running elsewhere"],
		["elsewhere", "completed", "✓ Explore find the parser · completed"],
	] as const)("says of one that is %s and %s where it is", (place, status, beginning) => {
		const record = { status, ...(status === "completed" && { completedAt: 4300 }) };
		expect(drawn(atWork(record, { condition: conditionAt(place, status) })).startsWith(beginning)).toBe(true);
	});

	it("gives up figures before the description, the least important first, and the time last", () => {
		expect([100, 84, 70, 56, 45, 35, 24, 12, 3, 1].map((width) => drawn(atWork(), width))).toEqual([
			"● Explore find the parser · turn 4/20 · 3 tool uses · 1.2k tokens · context 34% · $0.250 · 41s",
			"● Explore find the parser · turn 4/20 · 1.2k tokens · context 34% · $0.250 · 41s",
			"● Explore find the parser · turn 4/20 · 1.2k tokens · 41s",
			"● Explore find the parser · turn 4/20 · 41s",
			"● Explore find the parser · turn 4/20 · 41s",
			"● Explore find the parser · 41s",
			"● Explore find th… · 41s",
			"● Explore f…",
			"● …",
			"…",
		]);
	});

	it("keeps the word for how one ended longest", () => {
		const record = { type: "general-purpose", description: "waits at the gate" };
		expect([60, 40, 36, 20].map((width) => drawn(ended(record), width))).toEqual([
			"✓ general-purpose waits at the gate · completed · 2.3s",
			"✓ general-purpose waits at … · completed",
			"✓ general-purpose waits… · completed",
			"✓ general-purpose w…",
		]);
	});

	it.each([
		[69, "muted"],
		[70, "warning"],
		[84, "warning"],
		[85, "error"],
		[120, "error"],
	] as const)("paints a context of %d%% as %s", (contextPercent, color) => {
		const line = subagentLine(atWork({}, { contextPercent }), { width: 200, theme, now: SEEN_AT });
		expect(line).toContain(theme.fg(color, `context ${contextPercent}%`));
	});

	it("draws a description of many lines and escape sequences as one plain line", () => {
		const description = "\x1b[31mfind\x1b[0m\n\tthe \x1b]8;;https://example.com\x07parser\x07\x00";
		expect(drawn(atWork({ description }))).toContain("● Explore find the parser · turn");
	});

	it("has what it is doing below", () => {
		const line = activityLine(atWork(), { width: 30, theme, now: SEEN_AT });
		expect(stripVTControlCharacters(line)).toBe("  ↳ bash npm test");
	});
});

describe("the lines of several subagents", () => {
	const several = () => [
		atWork({ description: "find the parser", turns: 12 }),
		ended({ description: "審査", toolUses: 0, status: "completed" }),
		ended({ type: "reviewer", description: "x", cost: 0, status: "stopped", completedAt: 65_000 }),
	];
	const lines = (snapshots: readonly SubagentSnapshot[], width: number) =>
		subagentLines(snapshots, { width, theme, now: SEEN_AT }).map(stripVTControlCharacters);

	it("have figures of one kind below each other, and none after the last", () => {
		expect(lines(several(), 120)).toEqual([
			"● Explore find the parser · turn 12/20           · 3 tool uses · 1.2k tokens · context 34% · $0.250 ·    41s",
			"✓ Explore 審査            · completed  · 4 turns               · 1.2k tokens               · $0.250 ·   2.3s",
			"■ reviewer x              · stopped    · 4 turns · 3 tool uses · 1.2k tokens                        · 1m 03s",
		]);
	});

	it("give up the same figures, the least important first", () => {
		expect(lines(several(), 60)).toEqual([
			"● Explore find the parser · turn 12/20 ·    41s",
			"✓ Explore 審査            · completed  ·   2.3s",
			"■ reviewer x              · stopped    · 1m 03s",
		]);
	});

	it("look as one alone does where there is only one", () => {
		for (const width of WIDTHS) {
			for (const one of several()) expect(lines([one], width)).toEqual([drawn(one, width)]);
		}
	});

	it("are never wider than the screen, and each says how it ended where it could alone", () => {
		const broad = ended({ type: "a type with a very long name indeed", description: "日本語".repeat(20) });
		for (const width of WIDTHS) {
			const all = [...several(), broad];
			const together = lines(all, width);
			for (const [index, one] of all.entries()) {
				expect(visibleWidth(together[index] ?? "")).toBeLessThanOrEqual(width);
				const word = `· ${one.record.status}`;
				expect(together[index]?.includes(word) ?? false).toBe(drawn(one, width).includes(word));
			}
		}
	});
});
