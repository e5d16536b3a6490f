import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { CHECKOUT, createWorkspace, SCRIPTED_MODEL } from "../support/cli.ts";
import { callSubagent } from "../support/said.ts";
import { startTerminal } from "../support/terminal.ts";

const NEIGHBOUR = fileURLToPath(new URL("../support/asking-neighbour.ts", import.meta.url));

it("what is open when another extension asks something comes back after it, with what was typed, and pi continues", {
	timeout: 180_000,
}, async () => {
	const workspace = createWorkspace();
	onTestFinished(workspace.remove);
	const terminal = await startTerminal({ workspace, extensions: [CHECKOUT, SCRIPTED_MODEL, NEIGHBOUR] });
	onTestFinished(terminal.stop);
	const somebodyAsks = async ({ answer }: { answer: "Yes" | "No" }) => {
		writeFileSync(join(workspace.cwd, "ask"), "");
		await terminal.until("May it run that?");
		if (answer === "No") terminal.press("Down");
		await terminal.until(`→ ${answer}`);
		terminal.press("Enter");
		await terminal.until((lines) => !lines.join().includes("May it run that?"), { what: "the question to go" });
	};
	await terminal.say(callSubagent({ prompt: "hello", run_in_background: true }));
	await terminal.until("✓ general-purpose");

	await terminal.command("/agents");
	await terminal.until("New agent");
	await somebodyAsks({ answer: "Yes" });
	await terminal.until("New agent");
	terminal.press("Down", "Down", "Enter");
	await terminal.until("By hand");
	terminal.press("Enter");
	await terminal.until("New agent: edit the file");
	terminal.type("Say little.");
	await terminal.until("Say little.");
	await somebodyAsks({ answer: "Yes" });
	await terminal.until("Say little.");
	for (const sight of ["By hand", "New agent"]) {
		terminal.press("Escape");
		await terminal.until(sight);
	}
	terminal.press("Escape");
	await terminal.until((lines) => !lines.join().includes("New agent"), { what: "the menu to go" });

	await terminal.command("/agents transcript latest");
	await terminal.until("escape close");
	await somebodyAsks({ answer: "No" });
	await terminal.until("escape close");
	terminal.press("Escape");
	await terminal.until("leave given: false");

	await terminal.say("are you there");
	await terminal.until("[user] are you there");
	expect([terminal.alive(), terminal.stderr()]).toEqual([true, ""]);
});
