import type { ExtensionCommandContext } from "@mariozechner/pi-coding-agent";
import { describe, expect, it, vi } from "vitest";
import { AgentCatalog } from "../../../src/agents/agent-catalog.ts";
import type { Diagnostic } from "../../../src/domain/diagnostic.ts";
import { DEFAULT_SETTINGS, SETTING_KEYS } from "../../../src/settings/settings-schema.ts";
import type { ChangeOutcome, LoadedSettings } from "../../../src/settings/settings-store.ts";
import type { SettingChange } from "../../../src/settings/settings-writer.ts";
import { createAgentsCommand } from "../../../src/ui/agents/agents-command.ts";
import type { SubagentSnapshot } from "../../../src/ui/subagent-commands.ts";
import { asFile, sampleAgent } from "../../agents/sample-agent.ts";
import { SEEN_AT } from "../sample-snapshot.ts";
import { DONE, ELSEWHERE, EVERYBODY, fakeCommands, HELD, RUNNING } from "./commands-fake.ts";

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
	readonly subagents?: readonly SubagentSnapshot[];
	/** What a client answers to each question; nothing when absent. */
	readonly answers?: readonly unknown[];
	readonly refusal?: string;
	readonly transcript?: string | Error;
}

/** What the command says, and where; what is asked; and what it does. */
async function run(situation: Situation) {
	const { words = "", hasUI = true, diagnostics = [], outcome = saved, subagents = [], answers = [] } = situation;
	const said: [string, string][] = [];
	const places: string[] = [];
	const questions: unknown[][] = [];
	const changes: SettingChange[] = [];
	const answering =
		<T>(value: T) =>
		({ cwd }: { cwd: string }) => {
			places.push(cwd);
			return value;
		};
	const onStderr = vi.spyOn(console, "error").mockImplementation((text) => void said.push(["stderr", text]));
	const onStdout = vi.spyOn(console, "log").mockImplementation((text) => void said.push(["stdout", text]));
	const { commands, state } = fakeCommands(subagents);
	state.refusal = situation.refusal;
	const command = createAgentsCommand({
		catalog: answering(catalog),
		diagnostics: answering(diagnostics),
		settings: answering(inForce),
		removals: async () => [{ transcript: { file: "/old.jsonl", bytes: 3000 }, because: "age" }],
		change: async ({ cwd }, change) => {
			places.push(cwd);
			changes.push(change);
			return outcome;
		},
		commands: answering(commands),
		known: () => ({ subagents: state.list, types: catalog.list() }),
		transcriptText: () => {
			if (situation.transcript instanceof Error) throw situation.transcript;
			return situation.transcript ?? "";
		},
		openTranscript: () => Promise.reject(new Error("needs a terminal")),
		openTypes: async () => void said.push(["menu", "Agent types"]),
		openNewAgent: async (_dialogs, _ctx, name) => void said.push(["menu", `New agent ${name}`]),
		pages: () => [],
		copy: () => Promise.reject(new Error("a client has its own clipboard")),
		closed: () => new AbortController().signal,
		clock: () => SEEN_AT,
	});
	const left = [...answers];
	const ask =
		(method: string) =>
		async (...parts: unknown[]) => {
			questions.push([method, ...parts.filter((part) => typeof part !== "object" || Array.isArray(part))]);
			return left.shift();
		};
	const ui = {
		custom: async () => undefined,
		notify: (text: string, type: string) => void said.push([type, text]),
		select: ask("select"),
		input: ask("input"),
		confirm: ask("confirm"),
	};
	await command.handler(words, { cwd: "/project", hasUI, ui } as unknown as ExtensionCommandContext);
	onStderr.mockRestore();
	onStdout.mockRestore();
	expect(places.filter((cwd) => cwd !== "/project")).toEqual([]);
	const [[type = "", text = ""] = []] = said;
	return { type, text, said, changes, questions, commands: state.told, command };
}

describe("/agents", () => {
	it("is a menu where there is somebody to choose", async () => {
		const { questions, said } = await run({ answers: ["Diagnostics", "Types", "Running and recent"] });
		const parts = ["Running and recent", "Types", "New agent", "Settings", "Diagnostics"];
		expect(questions).toEqual(Array(4).fill(["select", "Agents", parts]));
		expect(said.map(([, text]) => text.split("\n")[0])).toEqual([
			"Diagnostics",
			"Agent types",
			"No subagents yet. The model starts them, or you do: /agents run <type> <task>.",
		]);
	});

	it("leads to the menus of agent types", async () => {
		const { said } = await run({ answers: ["Types", "New agent"] });
		expect(said).toEqual([
			["menu", "Agent types"],
			["menu", "New agent "],
		]);
		expect((await run({ words: "types" })).said).toEqual([["menu", "Agent types"]]);
		expect((await run({ words: "new reviewer" })).said).toEqual([["menu", "New agent reviewer"]]);
	});

	it("is the list where nobody can choose, on stderr alone", async () => {
		const { said } = await run({ hasUI: false, diagnostics: [trouble], subagents: [RUNNING] });
		expect(said).toHaveLength(1);
		expect(said[0]?.[0]).toBe("stderr");
		expect(said[0]?.[1]).toMatch(/^● Explore "find the parser" · running/);
		expect(said[0]?.[1]).toContain("review (project): reviews\n\n/b.md:2: error: not closed");
	});
});

describe("/agents list", () => {
	it("tells the subagents there are, and the agent types in the session's directory", async () => {
		const { type, text } = await run({ words: "list", subagents: [RUNNING, DONE] });
		expect(type).toBe("info");
		expect(text.split("\n")).toEqual([
			'● Explore "find the parser" · running · 41.0s · 3 tool uses · 1.2k tokens · run1aaaa',
			'✓ Explore "find the parser" · completed · 2.3s · 3 tool uses · 1.2k tokens · done1ccc',
			"",
			expect.stringMatching(/^general-purpose \(built-in\): /),
			expect.stringMatching(/^Explore \(built-in\): /),
			expect.stringMatching(/^Plan \(built-in\): /),
			expect.stringMatching(/^reviewer \(built-in\): /),
			"review (project): reviews",
		]);
		expect((await run({ words: "list" })).text).toMatch(/^No subagents in this session\.\n\ngeneral/);
	});

	it("says of one that is suspended or runs elsewhere that it does not run here", async () => {
		const { text } = await run({ words: "list", subagents: [HELD, ELSEWHERE] });
		expect(text.split("\n").slice(0, 2)).toEqual([
			'○ Explore "find the parser" · suspended since pi ended · held1fff',
			'● Explore "find the parser" · running elsewhere · 41.0s · 3 tool uses · 1.2k tokens · else1ggg',
		]);
	});

	it("tells what is wrong below them, as a warning", async () => {
		const { type, text } = await run({ words: "list", diagnostics: [trouble, trouble] });
		expect(type).toBe("warning");
		expect(text.split("\n\n")[2]).toBe("/b.md:2: error: not closed\n/b.md:2: error: not closed");
	});
});

describe("a word about one subagent", () => {
	const everybody = { subagents: EVERYBODY };
	const idOf = ({ record }: SubagentSnapshot) => record.id;

	it.each<[string, unknown[]]>([
		["stop run1", ["stop", idOf(RUNNING)]],
		[`steer ${idOf(RUNNING)} look there`, ["steer", idOf(RUNNING), "look there"]],
		["resume done1", ["resume", idOf(DONE), ""]],
		["resume done1 and the rest", ["resume", idOf(DONE), "and the rest"]],
		["dismiss latest", ["dismiss", idOf(DONE)]],
		["run review look at it", ["start", "review", "look at it"]],
		["background run1", ["detach", idOf(RUNNING)]],
		["background", ["detachAll"]],
		["background ALL", ["detachAll"]],
	])("does what it says: %s", async (words, told) => {
		for (const hasUI of [true, false]) {
			const { commands, said, questions } = await run({ words, hasUI, ...everybody });
			expect([commands, questions]).toEqual([[told], []]);
			expect(said).toEqual(
				[[hasUI ? "info" : "stderr", told.join(" ").trimEnd()]].map(([a, b]) => [a, expect.stringContaining(b ?? "")]),
			);
		}
	});

	it("asks nothing before it says what cannot be discarded", async () => {
		const { commands, questions } = await run({ words: `discard ${idOf(RUNNING)}`, ...everybody });
		expect([commands, questions]).toEqual([[["discard", idOf(RUNNING)]], []]);
	});

	it("asks before it discards or stops all, where somebody can be asked", async () => {
		const held = { words: `discard ${idOf(HELD)}`, ...everybody };
		expect((await run({ ...held, answers: [false] })).commands).toEqual([]);
		const { commands, questions } = await run({ ...held, answers: [true] });
		expect([commands, questions[0]?.slice(0, 2)]).toEqual([[["discard", idOf(HELD)]], ["confirm", "Discard it?"]]);
		expect((await run({ ...held, hasUI: false })).commands).toEqual([["discard", idOf(HELD)]]);
		expect((await run({ words: "stop all", ...everybody, answers: [false] })).commands).toEqual([]);
		expect((await run({ words: "stop all", ...everybody, answers: [true] })).commands).toEqual([["stopAll"]]);
		expect((await run({ words: "stop all", ...everybody, hasUI: false })).commands).toEqual([["stopAll"]]);
	});

	it("is an error when it is refused, or names no subagent", async () => {
		const refused = await run({ words: "stop done1", ...everybody, refusal: "it is completed" });
		expect(refused).toMatchObject({ type: "error", text: "it is completed" });
		const unknown = await run({ words: "stop nobody", ...everybody });
		expect([unknown.type, unknown.commands]).toEqual(["error", []]);
		expect(unknown.text).toContain(`There is no subagent "nobody".\nSubagents that can be used with /agents stop:\n`);
	});

	it("shows a result in full, and says when there is none yet", async () => {
		const { text } = await run({ words: "result done1", ...everybody });
		expect(text).toMatch(/^Result of Explore "find the parser"\n\nAgent ID: done1[\s\S]*It is in \/src\/parser\.ts\.$/);
		expect(await run({ words: "result run1", ...everybody })).toMatchObject({
			type: "error",
			text: 'Explore "find the parser" is running; it has no result before it ends.',
		});
	});

	it("shows a transcript as text where there is no screen for it", async () => {
		const words = "transcript run1";
		expect((await run({ words, ...everybody, transcript: "[user] hello" })).text).toBe(
			'Transcript of Explore "find the parser"\n\n[user] hello',
		);
		expect(await run({ words, ...everybody, hasUI: false, transcript: "[user] hello" })).toMatchObject({
			type: "stderr",
			text: "[user] hello",
		});
		expect(await run({ words, ...everybody })).toMatchObject({ type: "warning" });
		expect(await run({ words, ...everybody, transcript: new Error("EACCES") })).toMatchObject({
			type: "error",
			text: 'The transcript of Explore "find the parser" cannot be read: Error: EACCES',
		});
	});
});

describe("the words that need a person", () => {
	it("say so where there is none", async () => {
		expect((await run({ words: "new", hasUI: false })).text).toMatch(/^\/agents new needs pi's user interface/);
		expect((await run({ words: "running", hasUI: false, subagents: [DONE] })).text).toMatch(/^✓ Explore/);
		expect((await run({ words: "types", hasUI: false })).said).toEqual([["menu", "Agent types"]]); // which is printed then
	});
});

it("completes the ids of the subagents there are", async () => {
	const { command } = await run({ subagents: [RUNNING] });
	expect(command.getArgumentCompletions("stop r")).toMatchObject([{ label: "run1aaaa" }]);
});

describe("/agents diagnostics", () => {
	it("tells what is wrong, or that nothing is", async () => {
		expect(await run({ words: "diagnostics", diagnostics: [trouble] })).toMatchObject({
			type: "warning",
			text: "/b.md:2: error: not closed",
		});
		expect(await run({ words: "diagnostics" })).toMatchObject({
			type: "info",
			text: "No problems with agent files and settings.",
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
		expect(lines.at(-2)).toMatch(/^models is \["a\/\*"\] \(project\); a list of patterns/);
	});
});

it("tells by /agents transcripts what the next start would remove", async () => {
	const text = "1 transcript would be removed at the next start, 3 KiB:\n/old.jsonl (too old)";
	expect(await run({ words: "transcripts" })).toMatchObject({ type: "info", text });
});

describe("a change by /agents", () => {
	it("tells what is in force then, and where it is written", async () => {
		expect(await run({ words: "set models a/*" })).toMatchObject({
			type: "info",
			text: 'models is ["a/*"] (project), written to /project/.pi/subagents.json',
			changes: [{ key: "models", value: ["a/*"] }],
		});
		expect(await run({ words: "unset maxConcurrent" })).toMatchObject({
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
		const outcome: ChangeOutcome = { kind: "refused", reason: "graceTurns is 0; expected an integer 1..1000" };
		expect(await run({ words: "set graceTurns 0", outcome })).toMatchObject({
			type: "error",
			text: "graceTurns was not changed: graceTurns is 0; expected an integer 1..1000",
		});
		const { type, text, changes } = await run({ words: "settigns graceTurns 1" });
		expect([type, changes]).toEqual(["error", []]);
		expect(text).toContain('/agents does not know "settigns"; did you mean settings?');
	});
});
