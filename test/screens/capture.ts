import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { CHECKOUT, createWorkspace, type Workspace } from "../support/cli.ts";
import { startTerminal, type Terminal } from "../support/terminal.ts";
import { type Mask, masked } from "./masks.ts";
import { drawSvg } from "./screen-svg.ts";
import { FILES, OPENING, waitingScript } from "./story.ts";

const FOLDER = join(CHECKOUT, "docs/screens");
const STORY_MODEL = fileURLToPath(new URL("./story-model.ts", import.meta.url));
const SIZE = { cols: 96, rows: 30 };

/** Of each kind the first, the second and so on. */
const IDS = ["3f9c1d7a52e84b06ac11", "b8a04e6f9d2c47138e55", "51c7e2908fab4d36b7f4", "e60d93b17c5a4f829a28"];
const MASKS: readonly Mask[] = [
	{ pattern: /\b[0-9a-f]{20}\b/g, shown: (_id, count) => IDS[count % IDS.length] ?? "" },
	{ pattern: /\b\d+(?:\.\d+s|ms)\b/g, shown: () => "7.8s" },
	{ pattern: /(?<![.\d])\d+s\b/g, shown: () => "8s" },
	{ pattern: /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/g, shown: () => "⠋" },
];

/** A shop in the home folder of somebody who has nothing else there. */
function createShop(): Workspace {
	const workspace = createWorkspace("pi-crew-screens");
	onTestFinished(workspace.remove);
	const cwd = join(workspace.env.HOME ?? "", "shop");
	const write = (path: string, text: string) => {
		mkdirSync(dirname(join(cwd, path)), { recursive: true });
		writeFileSync(join(cwd, path), text);
	};
	for (const [path, text] of Object.entries(FILES)) write(path, text);
	write("scripts/types.sh", waitingScript("types-checked"));
	write("scripts/test.sh", waitingScript("tested"));
	return { ...workspace, cwd };
}

interface Picture {
	readonly name: string;
	/** What is there, for people who cannot see it. */
	readonly title: string;
	/** Its first line; the top of the screen unless said otherwise. */
	readonly from?: RegExp;
	/** In a box, whose upper edge belongs to the picture. */
	readonly isBoxed?: boolean;
}

it.each(["dark", "light"] as const)("the story in the %s theme", { timeout: 120_000 }, async (theme) => {
	const workspace = createShop();
	const terminal = await startTerminal({
		...SIZE,
		theme,
		workspace,
		model: "story/demo-1",
		extensions: [CHECKOUT, STORY_MODEL],
		env: { PI_CREW_STORY: workspace.cwd },
	});
	onTestFinished(terminal.stop);
	const cue = (name: string) => writeFileSync(join(workspace.cwd, name), "");
	const shoot = (picture: Picture) => {
		const file = join(FOLDER, `${picture.name}${theme === "dark" ? "" : "-light"}.svg`);
		mkdirSync(FOLDER, { recursive: true });
		writeFileSync(file, draw(terminal, picture, theme));
	};

	await terminal.say(OPENING);
	await terminal.until(/sh scripts\/types\.sh[\s\S]*sh scripts\/test\.sh/, { what: "all to be running" });
	shoot({
		name: "widget",
		title: "Three subagents running in the background: each with figures and what it is doing, above pi's editor",
		from: /^ subagent Explore/,
		isBoxed: true,
	});

	await terminal.command("/agents");
	await terminal.until("Running and recent");
	terminal.press("Enter");
	await terminal.until("3 running\n");
	terminal.press("Down");
	await terminal.until(/→ ● reviewer/);
	shoot({
		name: "running",
		title: "The list of running and recent subagents, the reviewer selected, with the keys below",
		from: /^─+$/,
	});

	terminal.press("t");
	await terminal.until("escape close");
	shoot({
		name: "transcript",
		title: "The transcript of the reviewer while it works: its words, its tool calls and their results",
	});
	terminal.press("Escape");
	await terminal.until("Running and recent");
	terminal.press("Escape");
	await terminal.until(/^ Agents$/m);
	terminal.press("Down", "Enter");
	await terminal.until("Agent types");
	shoot({
		name: "types",
		title: "The agent types: the project's own reviewer and the built-in ones, with model and tools",
		from: /^─+$/,
	});
	terminal.press("Escape");
	await terminal.until(/^ Agents$/m);
	terminal.press("Escape");
	await terminal.until((lines) => !/^ Agents$/m.test(lines.join("\n")));

	cue("types-checked");
	cue("reviewed");
	await terminal.until(/The review is back[\s\S]*2 subagents running/);
	shoot({
		name: "notification",
		title:
			"The message that a subagent has ended, with its figures and the start of its result, and what the parent says to it",
		from: /^ ✓ reviewer/,
		isBoxed: true,
	});
	expect(terminal.stderr()).toBe("");
});

function draw(terminal: Terminal, { title, from, isBoxed }: Picture, theme: "dark" | "light"): string {
	const cells = masked(terminal.screenWithColours(), MASKS);
	const lines = terminal.screen();
	const first = from ? lines.findIndex((line) => from.test(line)) : 0;
	if (first < 0) throw new Error(`no line ${from} in\n${lines.join("\n")}`);
	const end = lines.findLastIndex((line) => line.trim() !== "") + 1;
	return drawSvg(cells.slice(isBoxed ? first - 1 : first, end), { columns: SIZE.cols, theme, title });
}
