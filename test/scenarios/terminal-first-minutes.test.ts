import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { SENTENCES } from "../../docs/demo/story.ts";
import { CHECKOUT, createWorkspace } from "../support/cli.ts";
import { hostCli } from "../support/host-cli.ts";
import { sessionFiles } from "../support/session-file.ts";
import { startTerminal, type Terminal } from "../support/terminal.ts";

/** An input line of ours. */
const QUESTION = /^ >/m;
const DEMO_FOLDER = "pi-crew-demo-";

/** What git would clone, with what `npm ci` would install: no file that only this checkout has. */
function freshClone(folder: string): string {
	const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
		cwd: CHECKOUT,
	});
	for (const path of `${listed}`.split("\0").filter((name) => name !== ""))
		cpSync(join(CHECKOUT, path), join(folder, path));
	for (const installed of ["node_modules", ".next-host"])
		symlinkSync(join(CHECKOUT, installed), join(folder, installed));
	return folder;
}

/** The first of the sentences that the README suggests. */
function firstSentence(): string {
	const readme = readFileSync(join(CHECKOUT, "README.md"), "utf8");
	return /^- "(.+)"$/m.exec(readme)?.[1] ?? "";
}

/** Selects a subagent in the list, wherever in it. */
async function select(terminal: Terminal, name: string): Promise<void> {
	const isSelected = (lines: readonly string[]) =>
		lines.some((line) => /^ → [●○✓■!✗] /.test(line) && line.includes(name));
	for (let moves = 0; !isSelected(terminal.screen()); moves++) {
		if (moves > 5) throw new Error(`${name} cannot be selected:\n${terminal.screen().join("\n")}`);
		const before = terminal.screen().join("\n");
		terminal.press("Down");
		await terminal.until((lines) => lines.join("\n") !== before, { what: "the selection to move" });
	}
}

it("npm start in a fresh clone: three subagents run at the README's first sentence, can be steered, stopped and resumed, and report", {
	timeout: 300_000,
}, async () => {
	const workspace = createWorkspace();
	onTestFinished(workspace.remove);
	const [clone, temporary, cues] = ["clone", "tmp", "cues"].map((name) => {
		const folder = join(workspace.cwd, name);
		mkdirSync(folder);
		return folder;
	}) as [string, string, string];
	const cue = (name: string) => writeFileSync(join(cues, name), "");
	const terminal = await startTerminal({
		workspace: { ...workspace, cwd: freshClone(clone) },
		command: ["npm", "start", "--silent"],
		cols: 100,
		rows: 40,
		env: {
			PATH: [dirname(hostCli.node), process.env.PATH].join(delimiter),
			TMPDIR: temporary,
			// The reviewers of cart.ts and money.ts take as long as the test needs; otherwise all is as it is for everybody.
			PI_CREW_DEMO_CUES: cues,
			PI_CREW_DEMO_PACE: "0.5",
		},
	});
	onTestFinished(terminal.stop);
	const [home = ""] = readdirSync(temporary).filter((name) => name.startsWith(DEMO_FOLDER));
	const session = () => sessionFiles(join(temporary, home, "sessions"))[0];
	const history = async () => (await terminal.history()).join("\n");

	const sentence = firstSentence();
	expect(sentence).toBe(SENTENCES.review);
	await terminal.until(sentence, { what: "pi to say what to try" });
	await terminal.say(sentence);
	await terminal.until(
		/● reviewer Review cart\.ts[\s\S]*● reviewer Review money\.ts[\s\S]*● reviewer Review routes\.ts/,
	);
	await terminal.until(/↳ (read|bash) /, { what: "a step to be seen" });
	const asked = session()?.entries.find(({ type }) => type === "message") as { timestamp: string } | undefined;
	const starts = [...(session()?.records.values() ?? [])].map(({ record }) => record.startedAt);
	expect(starts).toHaveLength(3);
	for (const start of starts) expect(start - Date.parse(asked?.timestamp ?? "")).toBeLessThan(5000);

	terminal.press("M-a");
	await terminal.until(/Running and recent\n/);
	await select(terminal, "Review cart.ts");
	terminal.press("s");
	await terminal.until(QUESTION);
	await terminal.say("look at negative counts too");
	await terminal.until(/Running and recent\n/);
	await select(terminal, "Review money.ts");
	terminal.press("x");
	await terminal.until(/Stop it\?/);
	terminal.press("y");
	await terminal.until(/■ reviewer Review money\.ts/);
	await select(terminal, "Review money.ts");
	terminal.press("r");
	await terminal.until(QUESTION);
	terminal.press("Enter");
	await terminal.until(/● reviewer Review money\.ts/);
	terminal.press("Escape");
	await terminal.until((lines) => !/Running and recent\n/.test(lines.join("\n")));

	cue("cart-reviewed");
	cue("money-reviewed");
	await terminal.until("All subagents have ended.");
	const said = await history();
	expect(said).toMatch(/✓ reviewer Review routes\.ts · completed[\s\S]*nothing links to \/checkout\/old/);
	expect(said).toMatch(/✓ reviewer Review money\.ts · completed[\s\S]*a discount of more than 100 %/);
	expect(said).toMatch(/✓ reviewer Review cart\.ts · completed/);
	const { records, notifications } = session() ?? { records: new Map(), notifications: [] };
	expect([...records.keys()].sort()).toEqual(["Review cart.ts", "Review money.ts", "Review routes.ts"]);
	for (const { record } of records.values()) {
		expect(record.status).toBe("completed");
		expect(notifications.filter((text) => text.includes(`<task-id>${record.id}<`))).toHaveLength(1);
	}
	expect(notifications.join("\n")).toMatch(/You also asked: “look at negative counts too” Nothing checks that a count/);

	expect(terminal.stderr()).toBe("");
	terminal.press("C-d");
	expect(await terminal.ended()).toBe(0);
	expect(readdirSync(temporary).filter((name) => name.startsWith(DEMO_FOLDER))).toEqual([]);
});
