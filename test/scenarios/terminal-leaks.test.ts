import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { it, type TestContext } from "vitest";
import { CHECKOUT, createWorkspace, type Workspace } from "../support/cli.ts";
import { type ProbedTerminal, startProbedTerminal } from "../support/probed-terminal.ts";
import { styleOf } from "../support/screen-cells.ts";
import type { Sight } from "../support/terminal.ts";

const TIMES = 10;
const AT_THE_GATE = 'bash until [ -e gate ]; do sleep 0.05; done; echo "it is open"';

async function start({ onTestFinished }: TestContext): Promise<{ workspace: Workspace; terminal: ProbedTerminal }> {
	const workspace = createWorkspace();
	onTestFinished(workspace.remove);
	const terminal = await startProbedTerminal({ workspace, rows: 30, env: { FAUX_TPS: "50" } });
	onTestFinished(terminal.stop);
	return { workspace, terminal };
}

/** What would pile up: our timers (but for the one that belongs to pi's start), what is watched, listeners, and what hangs in the host's screen. */
async function kept(terminal: ProbedTerminal) {
	const { timers, watchers, listeners, tui } = await terminal.count();
	const ours = timers.filter((from) => from.includes(`${CHECKOUT}/src/`) && !from.startsWith("removeSurplusSoon"));
	return { timers: ours, watchers, listeners, tui };
}

/** From the screen `from` to another one and back, as often as it is a habit. */
async function toAndFro(terminal: ProbedTerminal, from: Sight, keys: readonly string[], to: Sight): Promise<void> {
	for (let time = 0; time < TIMES; time++) {
		terminal.press(...keys);
		await terminal.until(to);
		terminal.press("Escape");
		await terminal.until(from);
	}
}

/** The pictures the host draws in a second, which may be a longer one on a loaded machine. */
async function framesInASecond(terminal: ProbedTerminal): Promise<number> {
	const since = performance.now();
	const before = await terminal.count();
	await new Promise((resolve) => setTimeout(resolve, 1000));
	const { frames } = await terminal.count();
	return (frames - before.frames) / ((performance.now() - since) / 1000);
}

const MENU = /^ Agents$/m;
const RUNNING = /Running and recent\n/;
const VIEWER = /escape close/;
const DETAIL = /^ Subagent [0-9a-f]+$/m;

it.concurrent("keeps nothing of the screens that were open, and Escape leaves each without ending a subagent", {
	timeout: 300_000,
}, async (context) => {
	const { expect } = context;
	const { terminal } = await start(context);
	await terminal.spawn(1, "sleep 600000 x"); // the list begins on it
	await terminal.spawn(1, "long 100000");
	await terminal.until("2 subagents running");
	await terminal.command("/agents");
	await terminal.until(MENU);
	terminal.press("Escape");
	await terminal.until((lines) => !MENU.test(lines.join("\n")));
	await expect.poll(async () => (await kept(terminal)).timers.length).toBe(5); // the widget's, the lock's, the budgets', and a watchdog's for each subagent
	const before = await kept(terminal);

	await terminal.command("/agents");
	await terminal.until(MENU);
	await toAndFro(terminal, MENU, ["Enter"], RUNNING);
	terminal.press("Enter");
	await terminal.until(RUNNING);
	await toAndFro(terminal, RUNNING, ["t"], VIEWER);
	await toAndFro(terminal, RUNNING, ["Enter"], DETAIL);
	terminal.press("Enter");
	await terminal.until(DETAIL);
	expect(await framesInASecond(terminal)).toBeLessThanOrEqual(4); // a second more in the widget and in the screen
	terminal.press("Escape");
	await terminal.until(RUNNING);
	await toAndFro(terminal, RUNNING, ["s"], "Steer general-purpose");
	await toAndFro(terminal, RUNNING, ["X"], "Stop all?");
	terminal.press("t");
	await terminal.until(VIEWER);
	expect(await framesInASecond(terminal)).toBeLessThanOrEqual(4);
	await toAndFro(terminal, VIEWER, ["/"], /Search/);
	await toAndFro(terminal, VIEWER, ["s"], /Steer>/);
	for (const [cols, rows] of [
		[20, 10],
		[3, 3],
		[200, 50],
		[80, 30],
	] as const) {
		terminal.resize(cols, rows);
		await terminal.until(() => terminal.brokenLines().length === 0, { what: `${cols} columns to be enough` });
	}
	terminal.press("Escape");
	await terminal.until(RUNNING);
	terminal.press("Escape");
	await terminal.until(MENU);
	terminal.press("End", "Up", "Enter");
	await terminal.until(/maxConcurrent is 4/);
	await toAndFro(terminal, /› maxConcurrent is 4|→ maxConcurrent is 4/, ["Enter"], /Expected: an integer/);
	terminal.press("Escape");
	await terminal.until(MENU);
	await toAndFro(terminal, MENU, ["End", "Enter"], /No problems with/);
	await toAndFro(terminal, MENU, ["Home", "Down", "Enter"], "Agent types");
	await toAndFro(terminal, MENU, ["Home", "Down", "Down", "Enter"], "By hand");
	terminal.press("Escape");
	await terminal.until((lines) => !MENU.test(lines.join("\n")));

	await expect.poll(() => kept(terminal)).toEqual(before);
	await terminal.until("2 subagents running");
	expect([terminal.stderr(), terminal.alive()]).toEqual(["", true]);
});

it.concurrent("continues when the theme changes, pi reloads and a subagent ends while its transcript is open", {
	timeout: 300_000,
}, async (context) => {
	const { expect } = context;
	const { workspace, terminal } = await start(context);
	await terminal.command("/probe");
	await terminal.until("the probe is ready");
	await terminal.spawn(1, AT_THE_GATE);
	await terminal.until("bash until");
	const before = await kept(terminal);

	await terminal.command("/agents running");
	await terminal.until(RUNNING);
	terminal.press("t");
	await terminal.until(VIEWER);
	const glyph = () => styleOf("● running", terminal.screenWithColours())?.color;
	const dark = glyph();
	await terminal.setTheme("light");
	await expect.poll(glyph).not.toBe(dark);

	await terminal.reload();
	await terminal.until((lines) => lines.some((line) => line.includes("Reloaded")), { what: "pi to have reloaded" });
	await terminal.until(/● general-purpose number 1/, { what: "the widget to be there again" });
	await expect.poll(() => kept(terminal)).toEqual(before);

	await terminal.command("/agents running");
	await terminal.until(RUNNING);
	terminal.press("t");
	await terminal.until(VIEWER);
	writeFileSync(join(workspace.cwd, "gate"), "");
	await terminal.until(/✓ completed[\s\S]*it is open/, { what: "the end to be seen in the viewer" });
	terminal.press("Escape");
	await terminal.until(RUNNING);
	terminal.press("Escape");
	await expect.poll(async () => (await kept(terminal)).timers.filter((from) => from.includes("/src/ui/"))).toEqual([]);
	expect(await kept(terminal)).toMatchObject({ tui: before.tui, listeners: before.listeners, watchers: [] });
	expect([terminal.stderr(), terminal.alive()]).toEqual(["", true]);
});
