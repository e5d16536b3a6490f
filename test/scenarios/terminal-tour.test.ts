import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createWorkspace, type Workspace } from "../support/cli.ts";
import { hostCli, type TuiMode } from "../support/host-cli.ts";
import { type ProbedTerminal, startProbedTerminal } from "../support/probed-terminal.ts";
import { callSubagent, callSubagents } from "../support/said.ts";
import { styleOf } from "../support/screen-cells.ts";
import type { Sight } from "../support/terminal.ts";

const THREE_IN_THE_BACKGROUND = callSubagents(
	[
		{ prompt: "sleep 600000 x", description: "sleeps on" },
		{ prompt: "bash until [ -e gate ]; do sleep 0.05; done; echo opened", description: "waits at the gate" },
		{ prompt: "loop going", description: "goes in circles" },
	].map((call) => ({ ...call, run_in_background: true })),
);

interface Visit {
	readonly workspace: Workspace;
	readonly terminal: ProbedTerminal;
	/** Waits for it, and sees that no line was too long for the terminal. */
	look(sight: Sight): Promise<string[]>;
}

interface Place {
	readonly cols: number;
	readonly rows: number;
	readonly theme: "dark" | "light";
	readonly tuiMode: TuiMode;
}

async function visit(place: Place): Promise<Visit> {
	const workspace = createWorkspace();
	onTestFinished(workspace.remove);
	const terminal = await startProbedTerminal({ workspace, ...place });
	onTestFinished(terminal.stop);
	const look = async (sight: Sight) => {
		const lines = await terminal.until(sight);
		expect(terminal.brokenLines()).toEqual([]);
		return lines;
	};
	return { workspace, terminal, look };
}

/** The lines of the widget: above the editor, whose first rule they stand on. */
function widgetIn(lines: readonly string[]): string[] {
	const editor = lines.findIndex((line) => /^─+$/.test(line));
	const above = lines.slice(0, editor);
	return above.slice(above.lastIndexOf("") + 1);
}

/** What stands between the rules of a menu. */
function framed(lines: readonly string[]): readonly string[] {
	const lower = lines.findLastIndex((line) => /^─+$/.test(line));
	const upper = lines.slice(0, lower).findLastIndex((line) => /^─+$/.test(line));
	return lines.slice(upper + 1, lower);
}

const selectedIn = (lines: readonly string[]) => framed(lines).filter((line) => line.startsWith(" → "));
const helpIn = (lines: readonly string[]) => framed(lines).slice(-3).join(" ");

const MENU = /^ Agents$/m;
const RUNNING = /Running and recent\n/;

it.each(hostCli.tuiModes)("a tour of what a person sees and does, %s", { timeout: 300_000 }, async (tuiMode) => {
	const { workspace, terminal, look } = await visit({ cols: 80, rows: 24, theme: "dark", tuiMode });
	await terminal.say(THREE_IN_THE_BACKGROUND);

	const widget = widgetIn(
		await look(/● general-purpose goes in circles · turn \d+ · .* tokens[\s\S]*● 3 subagents running/),
	);
	expect(widget).toEqual([
		expect.stringMatching(/^ ● general-purpose sleeps on · turn 1 · \d+s$/),
		expect.stringMatching(/^ {3}↳ /),
		expect.stringMatching(/^ ● general-purpose waits at the gate · turn 1 · .* tokens · context \d+% · \d+s$/),
		expect.stringMatching(/^ {3}↳ bash until \[ -e gate \]/),
		expect.stringMatching(/^ ● general-purpose goes in circles · turn \d+ · .* tokens · context \d+% · \d+s$/),
		expect.stringMatching(/^ {3}↳ /),
		" ↓ or alt+a: list, steer, stop",
	]);

	await terminal.command("/agents");
	const menu = await look(MENU);
	expect(selectedIn(menu)).toEqual([expect.stringMatching(/Running and recent {2}3 running$/)]);
	expect(helpIn(menu)).toMatch(/move {2}enter choose {2}escape back/);

	terminal.press("Enter");
	expect(selectedIn(await look(RUNNING))).toEqual([expect.stringMatching(/● general-purpose sleeps on · turn/)]);
	terminal.press("Down");
	expect(helpIn(await look(/→ ● general-purpose waits at the gate/))).toMatch(/t open transcript {2}s steer {2}x stop/);

	terminal.press("t");
	const viewer = await look(/escape close/);
	expect(viewer[0]).toBe("● running general-purpose waits at the gate");
	expect(viewer.join("\n")).toMatch(/\$ until \[ -e gate \]; do sleep 0\.05; done; echo opened[\s\S]*── following ──/);
	terminal.press("s");
	await look("Steer>");
	terminal.type("also say hello");
	await look("Steer> also say hello");
	terminal.press("Enter");
	await look("reads the message before its next step");
	terminal.press("Escape");

	expect(selectedIn(await look(RUNNING))).toEqual([expect.stringMatching(/waits at the gate/)]);
	terminal.press("Down");
	await look(/→ ● general-purpose goes in circles/);
	terminal.press("x");
	await look("Stop it?");
	terminal.press("y");
	await look(/Running and recent\n +2 running, 1 ended\n[\s\S]*■ general-purpose goes in circles · stopped/);
	terminal.press("Escape");
	await look(MENU);
	terminal.press("Escape");
	await look((lines) => !MENU.test(lines.join("\n")));
	for (const key of ["M-a", "Down"]) {
		terminal.press(key);
		await look(RUNNING);
		terminal.press("t");
		await look("escape close");
		terminal.press("q");
		await look((lines) => !/escape close/.test(lines.join("\n")) && !RUNNING.test(lines.join("\n")));
	}

	writeFileSync(join(workspace.cwd, "gate"), "");
	await look("● 1 subagent running");
	await expect
		.poll(async () => (await terminal.history()).join("\n"))
		.toMatch(/✓ general-purpose waits at the gate · completed · .*\n \[user\] also say hello/);
	expect((await terminal.history()).join("\n")).not.toMatch(/general-purpose goes in circles · stopped · \d+ms/);

	await look("● 1 subagent running"); // the history was read on a screen of another size; now all is drawn again
	await terminal.command("/agents settings");
	expect(selectedIn(await look(/maxConcurrent is 4 \(default\)/))).toEqual([" → maxConcurrent is 4 (default)"]);
	terminal.press("Enter");
	await look(/Expected: an integer 1\.\.1024/);
	terminal.press("C-u", "7");
	await look(/> 7$/m);
	terminal.press("Enter");
	expect(selectedIn(await look(/maxConcurrent is 7/))).toEqual([" → maxConcurrent is 7 (project)"]);
	expect(JSON.parse(readFileSync(join(workspace.cwd, ".pi/subagents.json"), "utf8"))).toEqual({ maxConcurrent: 7 });
	terminal.press("Escape");
	await look((lines) => !lines.join("\n").includes("Changes apply to this project"));

	await makeWriter({ terminal, look });
	await terminal.say(callSubagent({ subagent_type: "writer", prompt: "hello", description: "greets" }));
	await look(/subagent writer greets\n ✓ completed/);
	const types = await openTypes({ terminal, look });
	expect(types.join("\n")).toMatch(/writer +in use +project/);
	terminal.press("Escape");
	await look((lines) => !lines.join("\n").includes("Agent types"));

	expect(terminal.stderr()).toBe("");
	terminal.press("C-d");
	expect(await terminal.ended()).toBe(0);
});

/** By hand, from the first question to the last. */
async function makeWriter({ terminal, look }: Pick<Visit, "terminal" | "look">): Promise<void> {
	const answer = async (question: Sight, ...keys: string[]) => {
		await look(question);
		for (const text of keys.slice(0, -1)) terminal.type(text);
		if (keys.length > 1) await look(keys[0] ?? "");
		terminal.press(keys.at(-1) ?? "Enter");
	};
	await terminal.command("/agents new");
	await answer("By hand", "Enter");
	await answer("Location", "Enter");
	await answer("Name of the agent", "writer", "Enter");
	await answer("Description", "Says things in one line", "Enter");
	await answer("Tools", "Enter");
	await answer("Model", "Enter");
	await answer("Thinking", "Enter");
	await answer("Instructions of writer", "Answer in one line.", "Enter");
	await look("writer can be used from now on");
}

async function openTypes({ terminal, look }: Pick<Visit, "terminal" | "look">): Promise<string[]> {
	await terminal.command("/agents types");
	return look("Agent types");
}

describe.each(hostCli.tuiModes)("widget, menu, transcript and notification, %s", (tuiMode) => {
	it.each([
		[40, 20, "light", "dark"],
		[200, 50, "dark", "light"],
		[80, 24, "light", "dark"],
	] as const)("in %i columns and %i rows, %s and %s", { timeout: 180_000 }, async (cols, rows, theme, other) => {
		const { workspace, terminal, look } = await visit({ cols, rows, theme, tuiMode });
		/** The colour of these words in both themes. */
		const colours = async (words: string) => {
			const colour = () => styleOf(words, terminal.screenWithColours())?.color;
			const before = colour();
			await terminal.setTheme(other);
			await expect.poll(colour).not.toBe(before);
			const after = colour();
			await terminal.setTheme(theme);
			await expect.poll(colour).toBe(before);
			return [before, after];
		};
		const isColour = expect.stringMatching(/^#/);
		await terminal.say(THREE_IN_THE_BACKGROUND);

		const widget = widgetIn(await look(/● general-purpose goes in circles[\s\S]*● 3 subagents running/));
		expect(widget.length).toBeLessThanOrEqual(rows / 3);
		expect(widget.filter((line) => line.startsWith(" ● general-purpose"))).toHaveLength(3);
		expect(await colours("● general-purpose")).toEqual([isColour, isColour]);

		await terminal.command("/agents");
		expect(selectedIn(await look(MENU))).toEqual([expect.stringContaining("Running and recent")]);
		expect(await colours("→ Running")).toEqual([isColour, isColour]);
		terminal.press("Enter");
		expect(helpIn(await look(RUNNING))).toMatch(/escape back/);
		terminal.press("Down", "t");
		const viewer = await look(/escape close/);
		expect(viewer[0]).toMatch(/^● running general-purpose waits at t/);
		expect(await colours("● running")).toEqual([isColour, isColour]);
		terminal.press("Escape");
		await look(RUNNING);
		terminal.press("Escape");
		await look(MENU);
		terminal.press("Escape");

		writeFileSync(join(workspace.cwd, "gate"), "");
		await look("● 2 subagents running");
		await expect
			.poll(async () => (await terminal.history()).join("\n"))
			.toMatch(/✓ general-purpose waits[^\n]* · completed[\s\S]*\n \[toolResult\] opened/);
		expect([terminal.stderr(), terminal.alive()]).toEqual(["", true]);
	});
});
