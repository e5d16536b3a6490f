import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { CHECKOUT, createWorkspace } from "../support/cli.ts";
import { type ProbedTerminal, startProbedTerminal } from "../support/probed-terminal.ts";
import { styleOf } from "../support/screen-cells.ts";

const ROWS = 24;
const A_WHILE_MS = 1000;

async function start(): Promise<ProbedTerminal> {
	const workspace = createWorkspace();
	onTestFinished(workspace.remove);
	mkdirSync(join(workspace.cwd, ".pi"));
	writeFileSync(join(workspace.cwd, ".pi/subagents.json"), JSON.stringify({ maxConcurrent: 30 }));
	const terminal = await startProbedTerminal({ workspace, rows: ROWS, env: { FAUX_TPS: "50" } });
	onTestFinished(terminal.stop);
	return terminal;
}

/** Where our code has set timers that are still to come, as far as they have to do with what a person sees. */
async function displayTimers(terminal: ProbedTerminal): Promise<string[]> {
	const { timers } = await terminal.count();
	return timers.filter((from) => from.includes(`${CHECKOUT}/src/ui/`));
}

async function allTimers(terminal: ProbedTerminal): Promise<string[]> {
	const { timers } = await terminal.count();
	return timers.filter((from) => from.includes(`${CHECKOUT}/src/`));
}

async function framesMeanwhile(terminal: ProbedTerminal): Promise<number> {
	return (await observe(terminal)).frames;
}

/** @returns how long that took as well: on a loaded machine a while is longer than it says */
async function observe(terminal: ProbedTerminal): Promise<{ frames: number; seconds: number }> {
	const since = performance.now();
	const before = await terminal.count();
	await new Promise((resolve) => setTimeout(resolve, A_WHILE_MS));
	const { frames } = await terminal.count();
	return { frames: frames - before.frames, seconds: (performance.now() - since) / 1000 };
}

it("thirty that stream are drawn at most ten times a second in a third of the screen, and none when nothing is to be seen", {
	timeout: 180_000,
}, async () => {
	const terminal = await start();
	await expect.poll(() => allTimers(terminal), { interval: 200 }).toEqual([]);
	expect(await framesMeanwhile(terminal)).toBe(0);

	await terminal.spawn(3, "loop on and on");
	await terminal.spawn(27, "long 100000");
	const seen = await terminal.until("more running");
	const widget = seen.filter((line) => /^ [●○] .*(number|more running)/.test(line));
	expect(widget).toHaveLength(ROWS / 3);
	expect(widget[0]).toMatch(/^ ● general-purpose number 1 · turn \d+ · .*\d+s$/);
	expect(widget.at(-1)).toMatch(/^ ○ 23 more running/);
	expect(seen.findLast((line) => line.trim() !== "")).toContain("30 subagents running");
	const { frames, seconds } = await observe(terminal);
	expect(frames).toBeLessThanOrEqual(seconds * 10 + 1);
	const drawn = (await terminal.count()).frames;
	await expect.poll(async () => (await terminal.count()).frames - drawn).toBeGreaterThan(2);
	expect(await displayTimers(terminal)).toHaveLength(1);

	const colour = () => styleOf("● general-purpose", terminal.screenWithColours())?.color;
	const dark = colour();
	await terminal.setTheme("light");
	await expect.poll(colour).not.toBe(dark);
	for (const cols of [20, 37, 80]) {
		terminal.resize(cols, ROWS);
		await terminal.until(() => terminal.brokenLines().length === 0, { what: `${cols} columns to be enough` });
	}

	await terminal.command("/agents settings"); // as tall as the screen
	await terminal.until((lines) => lines.join().includes("escape back") && !lines.join().includes("more running"));
	expect(await framesMeanwhile(terminal)).toBe(0);
	terminal.press("Escape");
	await terminal.until("more running");

	await terminal.command("/agents set widget off");
	await terminal.until((lines) => !lines.some((line) => line.includes("more running")), { what: "the widget to go" });
	await terminal.until("30 subagents running");
	expect(await framesMeanwhile(terminal)).toBe(0);

	await terminal.command("/agents set widget background");
	await terminal.until("more running");
	await terminal.abortAll();
	await terminal.until("more ended");
	await terminal.until((lines) => !/number \d|more ended/.test(lines.join()), { what: "the ended ones to go" });
	expect(terminal.screen().join("\n")).not.toContain("running");
	await expect.poll(() => displayTimers(terminal)).toEqual([]);
	expect([await framesMeanwhile(terminal), terminal.stderr(), terminal.alive()]).toEqual([0, "", true]);
});
