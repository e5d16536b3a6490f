import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { visibleWidth } from "@mariozechner/pi-tui";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openTypes } from "../../../src/ui/agents/agent-type-list.ts";
import { openNewAgent } from "../../../src/ui/agents/new-agent-wizard.ts";
import { createDialogs } from "../../../src/ui/dialogs/create-dialogs.ts";
import { fakeTerminal } from "../dialogs/terminal-fake.ts";
import { WIDTHS } from "../drawing.ts";
import { hostTheme } from "../host-theme.ts";
import { samplePort } from "./sample-types-port.ts";

let root: string;
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), "pi-crew-screens-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const BROAD = "日本語の審査係";

it("the list and the steps of a new agent fit every screen, and Escape leaves each", async () => {
	const sample = samplePort(root);
	sample.write(sample.project("reviewer.md"), "---\ndescription: Reviews changes\nhooks: x\n---\nReview.");
	sample.write(sample.personal("Plan.md"), "---\nenabled: false\n---\n");
	sample.write(sample.project(`${BROAD}.md`), `---\ndescription: ${BROAD.repeat(20)}\n---\nx`);
	const terminal = fakeTerminal(hostTheme("dark"));
	const dialogs = createDialogs(terminal.ui, new AbortController().signal);
	const fits = () => WIDTHS.flatMap((width) => terminal.lines(width).filter((line) => visibleWidth(line) > width));

	const types = openTypes(dialogs, sample.port);
	await terminal.shows("Agent types");
	expect([terminal.seen(80).slice(3, 9), fits()]).toEqual([
		[
			" →   general-purpose  in use               built in  the parent's model  all to…",
			"     Explore          in use               built in  prefers haiku  read, bash,…",
			"     Plan             disabled             yours     the parent's model  all to…",
			"     Plan             overridden by yours  built in  the parent's model  read, …",
			"   ! reviewer         in use               project   the parent's model  all to…",
			`     ${BROAD}   in use               project   the parent's model  all to…`,
		],
		[],
	]);
	await terminal.press("up", "up");
	expect(terminal.seen(80).join("\n")).toContain("! 1 problem: `hooks` has no effect");
	await terminal.press("enter");
	await terminal.shows("reviewer (project, in use)");
	expect([terminal.seen(40).join("\n").includes("→ View"), fits()]).toEqual([true, []]);
	await terminal.press("escape");
	await terminal.shows("Agent types");
	await terminal.press("escape");
	await types;

	const made = openNewAgent(dialogs, sample.port);
	await terminal.shows("New agent");
	expect(fits()).toEqual([]);
	await terminal.press("enter"); // the host's editor answers at once
	await terminal.shows("Preview");
	terminal.size.rows = 20;
	expect([terminal.seen(40), fits()]).toEqual([
		[
			expect.stringMatching(/^─+$/),
			" Preview",
			" Cannot be saved yet:",
			" The agent has no name. Write one after",
			" `name:`; the file gets the same name.",
			" line 4: `description` is empty;",
			" expected a text. The key was ignored",
			"",
			" → Edit again",
			"   Discard     your text is lost",
			"",
			" ↑↓ move  enter choose  escape back",
			expect.stringMatching(/^─+$/),
		],
		[],
	]);
	await terminal.press("down", "enter");
	await made;
	expect(terminal.state.screen).toBeUndefined();
});
