import { expect, it, onTestFinished } from "vitest";
import { createWorkspace } from "../support/cli.ts";
import { callSubagent } from "../support/said.ts";
import { startTerminal, type Terminal, type TerminalOptions } from "../support/terminal.ts";

async function inTerminal(options: Omit<TerminalOptions, "workspace">): Promise<Terminal> {
	const workspace = createWorkspace();
	onTestFinished(workspace.remove);
	const terminal = await startTerminal({ workspace, ...options });
	onTestFinished(terminal.stop);
	return terminal;
}

it("draws a subagent that the parent waits for while the terminal shrinks to 20 columns and grows again", async () => {
	const terminal = await inTerminal({ cols: 100, rows: 20, env: { FAUX_TPS: "100" } });
	await terminal.say(callSubagent({ prompt: "long 1200", description: "writes 日本語 👩‍👩‍👧‍👦 all day" }));
	await terminal.until("● running");
	for (const width of [20, 21, 40, 100]) {
		terminal.resize(width, 20);
		await terminal.until(() => terminal.brokenLines().length === 0, { what: `${width} columns to be enough` });
	}
	await terminal.until(/✓ completed · [\d.]+m?s/, { what: "the run to end" });
	expect([terminal.brokenLines(), terminal.stderr(), terminal.alive()]).toEqual([[], "", true]);
});

it("has no signs but ASCII where the terminal knows no others", async () => {
	const terminal = await inTerminal({ cols: 120, env: { TERM: "dumb" } });
	await terminal.say(callSubagent({ prompt: "sleep 600000 x", run_in_background: true }));
	await terminal.until(/\* general-purpose a task for somebody/);
	await terminal.command("/agents running");
	const lines = await terminal.until("> * general-purpose a task for somebody");
	const ours = lines.slice(lines.findIndex((line) => line.includes("* general-purpose")));
	expect(ours.filter((line) => /general-purpose|escape back|subagent/.test(line)).join("\n")).toMatch(/^[ -~\n]+$/);
	terminal.press("t");
	const viewer = await terminal.until("escape close");
	expect(viewer.filter((line) => /[^ -~]/.test(line))).toEqual([]);
	terminal.press("Escape");
	await terminal.until("Running and recent");
	expect([terminal.stderr(), terminal.alive()]).toEqual(["", true]);
});
