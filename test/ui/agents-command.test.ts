import type { ExtensionCommandContext } from "@mariozechner/pi-coding-agent";
import { expect, it, vi } from "vitest";
import { AgentCatalog } from "../../src/config/agent-catalog.ts";
import type { Diagnostic } from "../../src/domain/diagnostic.ts";
import { createAgentsCommand } from "../../src/ui/agents-command.ts";
import { asFile, sampleAgent } from "../config/sample-agent.ts";

const trouble: Diagnostic = { severity: "error", file: "/b.md", line: 2, message: "not closed" };
const catalog = new AgentCatalog([[asFile(sampleAgent({ name: "review", description: "reviews" }))]]);

/** What the command says, and where. */
async function run({ hasUI, diagnostics = [] as Diagnostic[] }: { hasUI: boolean; diagnostics?: Diagnostic[] }) {
	const said: unknown[] = [];
	const asked: string[] = [];
	const onStderr = vi.spyOn(console, "error").mockImplementation((text) => void said.push(["stderr", text]));
	const onStdout = vi.spyOn(console, "log").mockImplementation((text) => void said.push(["stdout", text]));
	const command = createAgentsCommand({
		catalog: ({ cwd }) => {
			asked.push(cwd);
			return catalog;
		},
		diagnostics: ({ cwd }) => {
			asked.push(cwd);
			return diagnostics;
		},
	});
	const ui = { notify: (text: string, type: string) => void said.push([type, text]) };
	await command.handler("", { cwd: "/project", hasUI, ui } as unknown as ExtensionCommandContext);
	onStderr.mockRestore();
	onStdout.mockRestore();
	expect(new Set(asked)).toEqual(new Set(["/project"]));
	return said as [string, string][];
}

it("tells the agent types there are in the session's directory", async () => {
	const [[type, text] = []] = await run({ hasUI: true });
	expect(type).toBe("info");
	expect(text?.split("\n")).toEqual([
		expect.stringMatching(/^general-purpose \(built-in\): /),
		expect.stringMatching(/^Explore \(built-in\): /),
		expect.stringMatching(/^Plan \(built-in\): /),
		"review (project): reviews",
	]);
});

it("tells what is wrong below them, as a warning", async () => {
	const [[type, text] = []] = await run({ hasUI: true, diagnostics: [trouble, trouble] });
	expect(type).toBe("warning");
	expect(text?.split("\n\n")[1]).toBe("/b.md:2: error: not closed\n/b.md:2: error: not closed");
});

it("says it on stderr alone where there is no UI", async () => {
	const said = await run({ hasUI: false, diagnostics: [trouble] });
	expect(said.map(([where]) => where)).toEqual(["stderr"]);
	expect(said[0]?.[1]).toContain("review (project): reviews\n\n/b.md:2: error: not closed");
});
