import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createWorkspace } from "../support/cli.ts";
import { hostCli } from "../support/host-cli.ts";
import { startProbedTerminal } from "../support/probed-terminal.ts";
import type { Sight } from "../support/terminal.ts";

const TIMED = "---\nagent: Explore\ntriggers:\n  - type: timer\n    interval_seconds: 7200\n---\n\nLook around.\n";

it.each(hostCli.tuiModes)(
	"an automation is created from the menu, fired, seen running, and its result read, %s",
	{
		timeout: 300_000,
	},
	async (tuiMode) => {
		const workspace = createWorkspace();
		onTestFinished(workspace.remove);
		mkdirSync(join(workspace.cwd, ".pi/automations"), { recursive: true });
		writeFileSync(join(workspace.cwd, ".pi/automations/hourly.md"), TIMED);
		const terminal = await startProbedTerminal({ workspace, tuiMode });
		onTestFinished(terminal.stop);
		const look = async (sight: Sight) => {
			const lines = await terminal.until(sight);
			expect(terminal.brokenLines()).toEqual([]);
			return lines;
		};
		const answer = async (question: Sight, typed = "") => {
			await look(question);
			if (typed !== "") {
				terminal.press("C-u");
				terminal.type(typed);
				await look(typed);
			}
			terminal.press("Enter");
		};

		await answer(/Run the automations of this project\?[\s\S]*hourly: Explore \(timer\)/); // the first choice is yes
		await look(/automations: hourly in 2 h/);

		await terminal.command("/agents automations new");
		await answer(/Name\b/, "button");
		await answer("Agent type");
		await answer(/Trigger[\s\S]*By hand/);
		await answer("Instruction", "bash until [ -e gate ]; do sleep 0.05; done; echo opened");
		await answer(/Place[\s\S]*This project/);
		await look("button is ready. Automations run while a pi that has this project open runs.");
		expect(readFileSync(join(workspace.cwd, ".pi/automations/button.md"), "utf8")).toContain("  - type: manual\n");

		await terminal.command("/agents");
		await look(/Automations +2 · hourly in 2 h/);
		terminal.press("Escape");
		await look((lines) => !lines.join("\n").includes("→"));
		await terminal.command("/agents automations");
		await look(/→ button +running/);
		terminal.press("Enter");
		await answer(/Fire now[\s\S]*Pause[\s\S]*Last result/);
		await look(/button\n +running, 1 active/);
		terminal.press("Escape");
		await look(/→ button/);
		terminal.press("Escape");
		await look((lines) => !lines.join("\n").includes("→"));
		await look(/● general-purpose button · turn/); // in the widget
		writeFileSync(join(workspace.cwd, "gate"), "");
		await look((lines) => !/● general-purpose button/.test(lines.join("\n")));

		await terminal.command("/agents automations result button");
		await look(/completed, \d{4}-[\s\S]*opened/);
		terminal.press("Escape");
		await look((lines) => !lines.join("\n").includes("opened"));
		terminal.resize(40, 20);
		await terminal.command("/agents automations pause hourly");
		await look("hourly is paused.");
		await look((lines) => !lines.join("\n").includes("hourly in 2 h"));
		expect(terminal.stderr()).toBe("");
		terminal.press("C-d");
		expect(await terminal.ended()).toBe(0);
	},
);
