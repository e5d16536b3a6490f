import { stripVTControlCharacters } from "node:util";
import { type Component, Container, Text } from "@mariozechner/pi-tui";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SubagentSnapshot } from "../../../src/ui/subagent-commands.ts";
import { LiveDisplay } from "../../../src/ui/widget/live-display.ts";
import { hostTheme } from "../host-theme.ts";
import { atWork, ended, SEEN_AT } from "../sample-snapshot.ts";

beforeEach(() => {
	vi.useFakeTimers({ now: SEEN_AT });
});
afterEach(() => {
	vi.useRealTimers();
});

/** A display on a screen of 24 rows, with subagents as the test has them at the moment. */
function watched(mode: "background" | "all" | "off" = "background") {
	const subagents = new Map<string, SubagentSnapshot>();
	const scene = { mode, rows: 24, width: 80, redraws: 0, statuses: [] as (string | undefined)[] };
	const [above, editorsPlace] = [new Container(), new Container()];
	const editor = Object.assign(new Text("", 0, 0), { getText: () => "", setText: () => {} });
	editorsPlace.addChild(editor);
	const tui = {
		children: [above, editorsPlace],
		terminal: {
			get rows() {
				return scene.rows;
			},
		},
		requestRender: () => void scene.redraws++,
	};
	let component: Component | undefined;
	const isLive = ({ record }: SubagentSnapshot) => record.completedAt === undefined;
	const display = new LiveDisplay({
		live: () => [...subagents.values()].filter(isLive),
		find: (id) => subagents.get(id),
		mode: () => scene.mode,
		clock: Date.now,
	});
	display.connect({
		setWidget: (_key: string, content: unknown) => {
			component = typeof content === "function" ? content(tui, hostTheme("dark")) : undefined;
			above.clear();
			if (component) above.addChild(component);
		},
		setStatus: (_key, text) => void scene.statuses.push(text),
	});
	return {
		scene,
		display,
		put: (snapshot: SubagentSnapshot) => {
			subagents.set(snapshot.record.id, snapshot);
			display.changed(snapshot.record);
		},
		/** It changes without any event. */
		alter: (snapshot: SubagentSnapshot) => subagents.set(snapshot.record.id, snapshot),
		painted: () => component?.render(scene.width),
		lines: () => component?.render(scene.width).map(stripVTControlCharacters),
		invalidate: () => component?.invalidate(),
		/** Something of so many rows stands in place of the editor. */
		openDialog: (rows: number) => {
			editorsPlace.clear();
			editorsPlace.addChild(new Text(Array.from({ length: rows }, () => "a row").join("\n"), 0, 0));
		},
		closeDialog: () => {
			editorsPlace.clear();
			editorsPlace.addChild(editor);
		},
	};
}

describe("what a person sees of live subagents", () => {
	it("costs no timer, no widget and no status while there is none", () => {
		const { scene, lines } = watched();
		expect([vi.getTimerCount(), lines(), scene.statuses]).toEqual([0, undefined, []]);
	});

	it("appears when one begins and goes some seconds after it has ended, with its timer", () => {
		const { put, lines, scene } = watched();
		put(atWork());
		expect(lines()?.[0]).toContain("● Explore find the parser · turn 4/20");
		put(ended());
		vi.advanceTimersByTime(200);
		expect(lines()).toEqual([expect.stringContaining("✓ Explore find the parser · completed")]);
		vi.advanceTimersByTime(4700);
		expect(lines()).toHaveLength(1);
		vi.advanceTimersByTime(300);
		expect([lines(), vi.getTimerCount()]).toEqual([undefined, 0]);
		expect(scene.statuses).toEqual(["● 1 subagent running · $0.250", undefined]);
	});

	it("asks for no drawing while nothing visible changes", () => {
		const { put, lines, scene } = watched();
		put(atWork());
		lines();
		vi.advanceTimersByTime(900); // the elapsed second has not changed yet
		expect(scene.redraws).toBe(0);
		vi.advanceTimersByTime(100);
		expect([scene.redraws, lines()?.[0]]).toEqual([1, expect.stringContaining("42s")]);
	});

	it("asks for ten drawings a second at most, however much changes", () => {
		const { put, alter, lines, scene } = watched();
		put(atWork());
		lines();
		for (let turn = 0; turn < 1000; turn++) {
			alter(atWork({ turns: turn }));
			vi.advanceTimersByTime(1);
		}
		expect(scene.redraws).toBeGreaterThan(5);
		expect(scene.redraws).toBeLessThanOrEqual(10);
	});

	it("does not change the lines between two pulls, however often the host draws", () => {
		const { put, alter, lines } = watched();
		put(atWork());
		const before = lines();
		alter(atWork({ turns: 9 }));
		expect(lines()).toEqual(before);
		vi.advanceTimersByTime(100);
		expect(lines()?.[0]).toContain("turn 9");
	});

	it("is drawn anew for another width, another height and another theme", () => {
		const { put, lines, painted, scene, invalidate } = watched();
		for (const id of ["a", "b", "c"]) put(atWork({ id }));
		vi.advanceTimersByTime(100);
		expect(lines()).toHaveLength(6);
		scene.rows = 12;
		expect(lines()).toHaveLength(3);
		scene.width = 30;
		expect(lines()?.[0]).toBe(" ● Explore find the par… · 41s");
		const dark = painted();
		hostTheme("light");
		expect(painted()).toEqual(dark);
		invalidate();
		expect(painted()).not.toEqual(dark);
	});

	it("gives way to a dialog, so that it does not change where nobody sees it", () => {
		const { put, lines, scene, openDialog, closeDialog } = watched();
		for (const id of ["a", "b", "c"]) put(atWork({ id }));
		vi.advanceTimersByTime(100);
		openDialog(10);
		expect(lines()).toHaveLength(6);
		openDialog(18);
		expect(lines()).toEqual([
			expect.stringContaining("● Explore find the parser"),
			" ○ 2 more running · /agents shows all",
		]);
		openDialog(20);
		expect(lines()).toEqual([]);
		const before = scene.redraws;
		vi.advanceTimersByTime(3000);
		expect(scene.redraws).toBe(before);
		closeDialog();
		expect(lines()).toHaveLength(6);
	});

	it("shows background runs only, unless the setting says all or off; the status line counts every one", () => {
		const { put, lines, scene } = watched();
		put(atWork({ id: "in front", isBackground: false }));
		expect([lines(), scene.statuses]).toEqual([undefined, ["● 1 subagent running · $0.250"]]);
		scene.mode = "all";
		vi.advanceTimersByTime(100);
		expect(lines()).toHaveLength(2);
		scene.mode = "off";
		vi.advanceTimersByTime(100);
		expect(lines()).toBeUndefined();
	});

	it("counts those that wait, in the widget and in the status line", () => {
		const { put, lines, scene } = watched();
		for (const id of ["a", "b"]) put(atWork({ id, status: "queued" }));
		vi.advanceTimersByTime(100);
		expect(lines()).toEqual([" ○ 2 subagents queued · /agents shows all"]);
		put(atWork({ id: "c" }));
		vi.advanceTimersByTime(100);
		expect(scene.statuses).toEqual([
			"○ 1 subagent queued",
			"○ 2 subagents queued",
			"● 1 subagent running · 2 queued · $0.250",
		]);
	});

	it("does not let one linger that runs again", () => {
		const { put, lines } = watched();
		put(ended());
		put(atWork());
		vi.advanceTimersByTime(6000);
		expect(lines()?.[0]).toContain("● Explore");
	});

	it("leaves nothing behind when the session ends", () => {
		const { put, display, lines, scene } = watched();
		put(atWork());
		display.disconnect();
		put(ended());
		expect([lines(), vi.getTimerCount(), scene.statuses.at(-1)]).toEqual([undefined, 0, undefined]);
	});
});
