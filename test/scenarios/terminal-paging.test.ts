import { expect, it, onTestFinished } from "vitest";
import { createWorkspace } from "../support/cli.ts";
import { hostCli } from "../support/host-cli.ts";
import { startTerminal } from "../support/terminal.ts";

const TYPES = Array.from({ length: 60 }, (_, index) => `agent-${String(index + 10)}`);

it.each(hostCli.tuiModes)(
	"PageDown and PageUp turn the pages of menus and texts, %s",
	{
		timeout: 180_000,
	},
	async (tuiMode) => {
		const workspace = createWorkspace();
		onTestFinished(workspace.remove);
		const body = Array.from({ length: 80 }, (_, line) => `Instruction ${line + 1}.`).join("\n\n");
		for (const name of TYPES)
			workspace.addAgentFile(`agents/${name}.md`, `---\ndescription: does ${name}\n---\n${body}\n`);
		const terminal = await startTerminal({ workspace, tuiMode });
		onTestFinished(terminal.stop);
		const selected = (lines: readonly string[]) => lines.findLast((line) => line.startsWith(" → ")) ?? "";

		await terminal.command("/agents types");
		const first = selected(await terminal.until(/Agent types {2}1\/\d+/));
		terminal.press("PageDown");
		const second = selected(await terminal.until((lines) => selected(lines) !== first, { what: "another selection" }));
		expect(second).toMatch(/→ +agent-\d\d/);
		terminal.press("PageUp");
		await terminal.until((lines) => selected(lines) === first, { what: "the first selection" });

		terminal.press("PageDown");
		await terminal.until((lines) => selected(lines) === second, { what: "the second selection" });
		terminal.press("Enter");
		await terminal.until(/→ View/);
		terminal.press("Enter");
		const position = (lines: readonly string[]) => /agent-\d\d {2}(\d+)-\d+\/\d+/.exec(lines.join("\n"))?.[1];
		await terminal.until((lines) => position(lines) === "1", { what: "the beginning of the text" });
		terminal.press("PageDown");
		await terminal.until((lines) => Number(position(lines)) > 1, { what: "the next page of the text" });
		terminal.press("PageUp");
		await terminal.until((lines) => position(lines) === "1", { what: "the beginning of the text again" });
		expect([terminal.stderr(), terminal.brokenLines()]).toEqual(["", []]);
	},
);
