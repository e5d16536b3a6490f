import { describe, expect, it, onTestFinished } from "vitest";
import { createWorkspace } from "../support/cli.ts";
import { callSubagent } from "../support/said.ts";
import { styleOf } from "../support/screen-cells.ts";
import { startTerminal, type Terminal, type TerminalOptions } from "../support/terminal.ts";

const SIZES = [
	[80, 24, "dark"],
	[40, 20, "light"],
	[200, 50, "light"],
] as const;

async function inTerminal(options: Omit<TerminalOptions, "workspace">): Promise<Terminal> {
	const workspace = createWorkspace();
	onTestFinished(workspace.remove);
	const terminal = await startTerminal({ workspace, ...options });
	onTestFinished(terminal.stop);
	return terminal;
}

describe("pi in a terminal", () => {
	it.each(SIZES)(
		"of %i columns and %i rows draws a subagent at work, when it is resized and when it has ended (%s)",
		{
			timeout: 60_000,
		},
		async (cols, rows, theme) => {
			const terminal = await inTerminal({ cols, rows, theme, env: { FAUX_TPS: "100" } });
			await terminal.say(callSubagent({ prompt: "long 1200", description: "writes 日本語 👩‍👩‍👧‍👦 all day" }));
			await terminal.until("● running");

			for (const width of [20, 21, cols]) {
				terminal.resize(width, rows);
				await terminal.until(() => terminal.brokenLines().length === 0, { what: `${width} columns to be enough` });
			}
			const lines = await terminal.until("✓ completed", { what: "the run to end" });
			expect(lines.join("\n")).toMatch(/✓ completed · [\d.]+m?s/);
			expect([terminal.brokenLines(), terminal.stderr(), terminal.alive()]).toEqual([[], "", true]);

			terminal.press("C-d");
			expect(await terminal.ended()).toBe(0);
		},
	);

	it("takes its colours from the theme", async () => {
		const colours = await Promise.all(
			(["dark", "light"] as const).map(async (theme) => {
				const terminal = await inTerminal({ theme });
				await terminal.say(callSubagent({ prompt: "hello" }));
				await terminal.until("✓ completed");
				return styleOf("✓ completed", terminal.screenWithColours())?.color;
			}),
		);
		for (const colour of colours) expect(colour).toMatch(/^#/);
		expect(colours[0]).not.toBe(colours[1]);
	});
});
