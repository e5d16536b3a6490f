import type { ExtensionCommandContext } from "@mariozechner/pi-coding-agent";
import { describe, expect, it, vi } from "vitest";
import { AgentCatalog } from "../../../src/config/agent-catalog.ts";
import { DEFAULT_SETTINGS, SETTING_KEYS } from "../../../src/config/settings.ts";
import type { ChangeOutcome, LoadedSettings } from "../../../src/config/settings-files.ts";
import type { SettingChange } from "../../../src/config/settings-writer.ts";
import type { Diagnostic } from "../../../src/domain/diagnostic.ts";
import { createAgentsCommand } from "../../../src/ui/agents/agents-command.ts";
import { asFile, sampleAgent } from "../../config/sample-agent.ts";

const trouble: Diagnostic = { severity: "error", file: "/b.md", line: 2, message: "not closed" };
const catalog = new AgentCatalog([[asFile(sampleAgent({ name: "review", description: "reviews" }))]]);
const inForce: LoadedSettings = {
	settings: { ...DEFAULT_SETTINGS, maxConcurrent: 8, graceTurns: 2, models: ["a/*"] },
	sources: {
		...(Object.fromEntries(SETTING_KEYS.map((key) => [key, "default"])) as LoadedSettings["sources"]),
		maxConcurrent: "yours",
		graceTurns: "session",
		models: "project",
	},
	diagnostics: [],
};
const saved: ChangeOutcome = { kind: "saved", settings: inForce.settings, file: "/project/.pi/subagents.json" };

interface Situation {
	readonly words?: string;
	readonly hasUI?: boolean;
	readonly diagnostics?: readonly Diagnostic[];
	readonly outcome?: ChangeOutcome;
}

/** What the command says, and where; and what it changed. */
async function run({ words = "", hasUI = true, diagnostics = [], outcome = saved }: Situation) {
	const said: [string, string][] = [];
	const asked: string[] = [];
	const changes: SettingChange[] = [];
	const answering =
		<T>(value: T) =>
		({ cwd }: { cwd: string }) => {
			asked.push(cwd);
			return value;
		};
	const onStderr = vi.spyOn(console, "error").mockImplementation((text) => void said.push(["stderr", text]));
	const onStdout = vi.spyOn(console, "log").mockImplementation((text) => void said.push(["stdout", text]));
	const command = createAgentsCommand({
		catalog: answering(catalog),
		diagnostics: answering(diagnostics),
		settings: answering(inForce),
		removals: async () => [{ transcript: { file: "/old.jsonl", bytes: 3000 }, because: "age" }],
		change: async ({ cwd }, change) => {
			asked.push(cwd);
			changes.push(change);
			return outcome;
		},
	});
	const ui = { notify: (text: string, type: string) => void said.push([type, text]) };
	await command.handler(words, { cwd: "/project", hasUI, ui } as unknown as ExtensionCommandContext);
	onStderr.mockRestore();
	onStdout.mockRestore();
	expect(asked.filter((cwd) => cwd !== "/project")).toEqual([]);
	expect(said).toHaveLength(1);
	const [[type = "", text = ""] = []] = said;
	return { type, text, changes };
}

describe("/agents", () => {
	it("tells the agent types there are in the session's directory", async () => {
		const { type, text } = await run({});
		expect(type).toBe("info");
		expect(text.split("\n")).toEqual([
			expect.stringMatching(/^general-purpose \(built-in\): /),
			expect.stringMatching(/^Explore \(built-in\): /),
			expect.stringMatching(/^Plan \(built-in\): /),
			"review (project): reviews",
		]);
	});

	it("tells what is wrong below them, as a warning", async () => {
		const { type, text } = await run({ diagnostics: [trouble, trouble] });
		expect(type).toBe("warning");
		expect(text.split("\n\n")[1]).toBe("/b.md:2: error: not closed\n/b.md:2: error: not closed");
	});

	it("says it on stderr alone where there is no UI", async () => {
		const { type, text } = await run({ hasUI: false, diagnostics: [trouble] });
		expect(type).toBe("stderr");
		expect(text).toContain("review (project): reviews\n\n/b.md:2: error: not closed");
	});
});

describe("/agents diagnostics", () => {
	it("tells what is wrong, or that nothing is", async () => {
		expect(await run({ words: "diagnostics", diagnostics: [trouble] })).toMatchObject({
			type: "warning",
			text: "/b.md:2: error: not closed",
		});
		expect(await run({ words: "diagnostics" })).toMatchObject({
			type: "info",
			text: "nothing is wrong with agent files and settings",
		});
	});
});

describe("/agents settings", () => {
	it("tells each with its value, whose it is, and what it accepts", async () => {
		const { type, text } = await run({ words: "settings" });
		const lines = text.split("\n");
		expect([type, lines.length]).toEqual(["info", SETTING_KEYS.length]);
		expect(lines).toContain("maxConcurrent is 8 (yours); an integer 1..1024; background runs at the same time");
		expect(lines[2]).toMatch(/^graceTurns is 2 \(this session only\); an integer 1\.\.1000; /);
		expect(lines[3]).toMatch(/^onInterrupt is "stop-foreground" \(default\); "stop-foreground" or "stop-all"; /);
		expect(lines[9]).toMatch(/^models is \["a\/\*"\] \(project\); a list of patterns/);
	});
});

it("tells by /agents transcripts what the next start would remove", async () => {
	const text = "1 transcript would be removed at the next start, 3 KiB:\n/old.jsonl (too old)";
	expect(await run({ words: "transcripts" })).toMatchObject({ type: "info", text });
});

describe("a change by /agents", () => {
	it("tells what is in force then, and where it is written", async () => {
		expect(await run({ words: "set models a/*" })).toEqual({
			type: "info",
			text: 'models is ["a/*"] (project), written to /project/.pi/subagents.json',
			changes: [{ key: "models", value: ["a/*"] }],
		});
		expect(await run({ words: "unset maxConcurrent" })).toEqual({
			type: "info",
			text: "maxConcurrent is 8 (yours), no longer in /project/.pi/subagents.json",
			changes: [{ key: "maxConcurrent", value: undefined }],
		});
	});

	it("warns when it could not be written", async () => {
		const outcome: ChangeOutcome = { kind: "not-persisted", settings: inForce.settings, reason: "ENOSPC: no space" };
		expect(await run({ words: "set graceTurns 2", outcome })).toMatchObject({
			type: "warning",
			text: "graceTurns is 2 (this session only); it could not be written: ENOSPC: no space",
		});
	});

	it("is an error when it is refused or not understood", async () => {
		const outcome: ChangeOutcome = { kind: "refused", reason: "graceTurns is 0; accepted is an integer 1..1000" };
		expect(await run({ words: "set graceTurns 0", outcome })).toMatchObject({
			type: "error",
			text: "graceTurns was not changed: graceTurns is 0; accepted is an integer 1..1000",
		});
		const { type, text, changes } = await run({ words: "settigns graceTurns 1" });
		expect([type, changes]).toEqual(["error", []]);
		expect(text).toContain('/agents does not know "settigns"; did you mean settings?');
	});
});
