import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { CHECKOUT, createWorkspace, SCRIPTED_MODEL } from "../support/cli.ts";
import { hostCli } from "../support/host-cli.ts";
import { callSubagent } from "../support/said.ts";
import { startTerminal } from "../support/terminal.ts";

/** Another extension: a tool that has all calls of its message run one after the other. */
const SEQUENTIAL = `
export default (pi) => pi.registerTool({
	name: "in_turn",
	label: "In turn",
	description: "x",
	parameters: { type: "object", properties: {} },
	executionMode: "sequential",
	execute: async () => ({ content: [{ type: "text", text: "it was my turn" }], details: {} }),
});`;

const subagent = (description: string) => ({
	name: "subagent",
	arguments: { subagent_type: "general-purpose", description, prompt: "sleep 600000 x" },
});

it("Escape in the middle of several calls leaves a conversation that can be read and expanded, and pi continues", async () => {
	const workspace = createWorkspace();
	onTestFinished(workspace.remove);
	workspace.addAgentFile("in-turn.js", SEQUENTIAL);
	const extensions = [CHECKOUT, SCRIPTED_MODEL, `${workspace.agentDir}/in-turn.js`];
	const terminal = await startTerminal({ workspace, extensions, cols: 100, rows: 100 });
	onTestFinished(terminal.stop);
	const calls = [
		subagent("is interrupted"),
		{ name: "in_turn", arguments: {} },
		subagent("never begins"),
		{ name: "get_subagent_result", arguments: { agent_id: "nobody" } },
		{ name: "steer_subagent", arguments: { agent_id: "nobody", message: "x" } },
	];
	await terminal.say(`calls ${JSON.stringify(calls)}`);
	await terminal.until("● running");
	terminal.press("Escape");
	await terminal.until("■ stopped");
	await terminal.say("are you there");
	await terminal.until("[user] are you there");
	const isExpanded = (lines: readonly string[]) => /never begins\s+sleep 600000 x/.test(lines.join("\n"));
	for (const expanded of [true, false]) {
		terminal.press("C-o");
		const lines = await terminal.until((seen) => isExpanded(seen) === expanded, { what: `expanded: ${expanded}` });
		expect(terminal.brokenLines()).toEqual([]);
		expect(lines.join("\n")).not.toMatch(/undefined|\[object/);
	}
	if (hostCli.version === "next")
		expect(terminal.screen().join("\n")).toMatch(/subagent general-purpose never begins\s+Operation aborted/);
	expect([terminal.stderr(), terminal.alive()]).toEqual(["", true]);
});

it("Ctrl+B moves a foreground subagent to the background in the middle of its tool; Escape does not stop it, and its result is notified", async () => {
	const workspace = createWorkspace();
	onTestFinished(workspace.remove);
	const terminal = await startTerminal({ workspace, cols: 40, rows: 30 });
	onTestFinished(terminal.stop);
	const prompt = "bash until [ -e gate ]; do sleep 0.05; done; echo opened";
	await terminal.say(callSubagent({ prompt, description: "waits" }));
	await terminal.until("ctrl+b: move to the background");
	await terminal.until("bash until [ -e gate ]");
	terminal.press("C-b");
	await terminal.until("↓ or alt+a: list, steer, stop");
	terminal.press("Escape", "C-b");
	await terminal.until("● 1 subagent running");
	expect(terminal.brokenLines()).toEqual([]);
	writeFileSync(join(workspace.cwd, "gate"), "");
	await terminal.until(/✓ general-purpose waits[\s\S]*completed/);
	expect([terminal.stderr(), terminal.alive()]).toEqual(["", true]);
});
