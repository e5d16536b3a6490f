import { stripVTControlCharacters } from "node:util";
import type { Theme } from "@mariozechner/pi-coding-agent";
import { beforeEach, describe, expect, it } from "vitest";
import type { SubagentSnapshot } from "../../../src/ui/subagent-commands.ts";
import { widgetLines } from "../../../src/ui/widget/widget-lines.ts";
import { hostTheme } from "../host-theme.ts";
import { atWork, ended, SEEN_AT } from "../sample-snapshot.ts";

let theme: Theme;
beforeEach(() => {
	theme = hostTheme("dark");
});

interface Scene {
	readonly shown?: readonly SubagentSnapshot[];
	readonly queued?: number;
	readonly rows?: number;
	readonly taken?: number;
	readonly width?: number;
}

function drawn({ shown = [], queued = 0, rows = 24, taken = 0, width = 60 }: Scene): string[] {
	const lines = widgetLines({ shown, queued }, { width, rows, taken, theme, now: SEEN_AT });
	return lines.map(stripVTControlCharacters);
}

function many(count: number, make: (record: { id: string; description: string }) => SubagentSnapshot) {
	return Array.from({ length: count }, (_, index) => make({ id: `${index}`, description: `task ${index}` }));
}

describe("the widget", () => {
	it("is nothing when there is nothing to see", () => {
		expect(drawn({})).toEqual([]);
	});

	it("has two lines for each that works, one for each that has ended, and a count of those that wait", () => {
		expect(drawn({ shown: [atWork(), ended()], queued: 3 })).toEqual([
			" ● Explore find the parser · turn 4/20 · 1.2k tokens ·  41s",
			"   ↳ bash npm test",
			" ✓ Explore find the parser · completed · 1.2k tokens · 2.3s",
			" ○ 3 subagents queued · /agents shows all",
		]);
	});

	it("leaves out what they are doing when that would take more than a third of the screen", () => {
		expect(drawn({ shown: many(5, atWork), queued: 1, width: 30 })).toEqual([
			" ● Explore task 0 · 41s",
			" ● Explore task 1 · 41s",
			" ● Explore task 2 · 41s",
			" ● Explore task 3 · 41s",
			" ● Explore task 4 · 41s",
			" ○ 1 subagent queued · /agent…",
		]);
	});

	it("counts those that it has no room for, and shows those that work before those that have ended", () => {
		expect(drawn({ shown: [...many(3, ended), ...many(4, atWork)], queued: 2, rows: 12, width: 60 })).toEqual([
			" ● Explore task 0 · turn 4/20 · 1.2k tokens · 41s",
			" ● Explore task 1 · turn 4/20 · 1.2k tokens · 41s",
			" ● Explore task 2 · turn 4/20 · 1.2k tokens · 41s",
			" ○ 1 more running · 3 more ended · 2 subagents queued · /ag…",
		]);
	});

	it.each([1, 2, 3, 5, 6, 9, 20, 24, 50, 200])("takes a third of %d rows at most, or one line", (rows) => {
		for (const [working, over, queued] of [
			[1, 0, 0],
			[30, 0, 0],
			[3, 3, 3],
			[0, 20, 0],
			[0, 0, 9],
			[200, 200, 200],
		]) {
			const shown = [...many(working ?? 0, atWork), ...many(over ?? 0, ended)];
			const lines = drawn({ shown, queued: queued ?? 0, rows });
			expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows / 3));
			expect(lines.length).toBeGreaterThan(0);
		}
	});
});
