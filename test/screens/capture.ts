import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createShop } from "../../docs/demo/shop.mjs";
import { SENTENCES } from "../../docs/demo/story.ts";
import { CHECKOUT, createWorkspace, type Workspace } from "../support/cli.ts";
import { startTerminal, type Terminal } from "../support/terminal.ts";
import { type Mask, masked } from "./masks.ts";
import { drawAnimation, drawSvg, type Frame } from "./screen-svg.ts";

const FOLDER = join(CHECKOUT, "docs/screens");
const DEMO_MODEL = join(CHECKOUT, "docs/demo/demo-model.ts");
const SIZE = { cols: 96, rows: 30 };

/** Of each kind the first, the second and so on. */
const IDS = ["3f9c1d7a52e84b06ac11", "b8a04e6f9d2c47138e55", "51c7e2908fab4d36b7f4", "e60d93b17c5a4f829a28"];
const ID_MASK: readonly Mask[] = [
	{ pattern: /\b[0-9a-f]{20}\b/g, shown: (_id, count) => IDS[count % IDS.length] ?? "" },
];
const MASKS: readonly Mask[] = [
	...ID_MASK,
	{ pattern: /\b\d+(?:\.\d+s|ms)\b/g, shown: () => "7.8s" },
	{ pattern: /(?<![.\d])\d+s\b/g, shown: () => "8s" },
	{ pattern: /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/g, shown: () => "⠋" },
];

/** A shop in the home folder of somebody who has nothing else there. */
function createProject(): Workspace {
	const workspace = createWorkspace("pi-crew-screens");
	onTestFinished(workspace.remove);
	const cwd = join(workspace.env.HOME ?? "", "shop");
	createShop(cwd);
	return { ...workspace, cwd };
}

/** Takes until the cue is given, in place of a time. */
function holdCommand(cwd: string, name: string): void {
	writeFileSync(join(cwd, "scripts", `${name}.sh`), `until [ -e "$PI_CREW_DEMO_CUES/${name}" ]; do sleep 0.05; done\n`);
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
	const workspace = createProject();
	const cues = workspace.agentDir;
	for (const name of ["test", "types", "links"]) holdCommand(workspace.cwd, name);
	const terminal = await startTerminal({
		...SIZE,
		theme,
		workspace,
		model: "demo/demo-1",
		extensions: [CHECKOUT, DEMO_MODEL],
		env: { PI_CREW_DEMO_CUES: cues },
	});
	onTestFinished(terminal.stop);
	const cue = (name: string) => writeFileSync(join(cues, name), "");
	const shoot = (picture: Picture) => {
		const file = join(FOLDER, `${picture.name}${theme === "dark" ? "" : "-light"}.svg`);
		mkdirSync(FOLDER, { recursive: true });
		writeFileSync(file, draw(terminal, picture, theme));
	};

	await terminal.say(SENTENCES.review);
	await terminal.until(/sh scripts\/test\.sh[\s\S]*sh scripts\/types\.sh[\s\S]*sh scripts\/links\.sh/, {
		what: "all to run a check",
	});
	shoot({
		name: "widget",
		title: "Three subagents running in the background: each with figures and what it is doing, above pi's editor",
		from: /^ subagent reviewer/,
		isBoxed: true,
	});

	await terminal.command("/agents");
	await terminal.until("Running and recent");
	terminal.press("Enter");
	await terminal.until("3 running\n");
	terminal.press("Down");
	await terminal.until(/→ ● reviewer Review money/);
	shoot({
		name: "running",
		title: "The list of running and recent subagents, one of them selected, with the keys below",
		from: /^─+$/,
	});

	terminal.press("t");
	await terminal.until("escape close");
	shoot({
		name: "transcript",
		title: "The transcript of a reviewer that is running: its words, its tool calls and their results",
	});
	terminal.press("Escape");
	await terminal.until("Running and recent");
	terminal.press("Escape");
	await terminal.until(/^ Agents$/m);
	terminal.press("Down", "Enter");
	await terminal.until("Agent types");
	shoot({
		name: "types",
		title: "The agent types: the project's own reviewer and fixer, and the built-in ones, with model and tools",
		from: /^─+$/,
	});
	terminal.press("Escape");
	await terminal.until(/^ Agents$/m);
	terminal.press("Escape");
	await terminal.until((lines) => !/^ Agents$/m.test(lines.join("\n")));

	cue("types");
	cue("money-reviewed");
	await terminal.until(/Review money\.ts has ended[\s\S]*2 subagents running/);
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

const FRAME = { everyMs: 2400, seconds: 1, firstSeconds: 2, lastSeconds: 6 };

/** The demo as a person sees it, from the sentence to the last answer, faster than it is. */
it.each(["dark", "light"] as const)("the animation in the %s theme", { timeout: 180_000 }, async (theme) => {
	const workspace = createProject();
	const size = { cols: SIZE.cols, rows: 26 };
	const terminal = await startTerminal({
		...size,
		theme,
		workspace,
		model: "demo/demo-1",
		extensions: [CHECKOUT, DEMO_MODEL],
		env: { PI_CREW_DEMO_PACE: "1" },
	});
	onTestFinished(terminal.stop);
	const frames: Frame[] = [];
	const take = (seconds: number) => frames.push({ rows: masked(terminal.screenWithColours(), ID_MASK), seconds });
	terminal.type(SENTENCES.review);
	await terminal.until(SENTENCES.review);
	take(FRAME.firstSeconds);
	terminal.press("Enter");
	while (!terminal.screen().join("\n").includes("All subagents have ended.")) {
		await new Promise((resolve) => setTimeout(resolve, FRAME.everyMs));
		take(FRAME.seconds);
	}
	await new Promise((resolve) => setTimeout(resolve, FRAME.everyMs));
	take(FRAME.lastSeconds);
	const title = "Three subagents review files in the background; their results come back one after the other";
	const still = Math.floor(frames.length / 3);
	const svg = drawAnimation(frames, { columns: size.cols, theme, title, still });
	writeFileSync(join(FOLDER, `story${theme === "dark" ? "" : "-light"}.svg`), svg);
	expect(terminal.stderr()).toBe("");
});
