import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as pi from "@mariozechner/pi-coding-agent";
import { afterEach, describe, expect, it } from "vitest";
import { callTool, isChild, say } from "../support/script.ts";
import { type HostOptions, type ScriptedHost, startHost } from "../support/scripted-host.ts";

let host: ScriptedHost;
afterEach(() => host?.stop());

const CLAUDE = "---\nname: code-reviewer\ndescription: reviews\ntools: Read, Grep\n---\nYou review.";
const MINE = "---\ndescription: at home\n---\nYou are mine.";
const CODEX = 'name = "explorer-toml"\nsandbox_mode = "read-only"\ndeveloper_instructions = "Look."\n';

async function start(agentFolders: readonly string[] | undefined, options: Partial<HostOptions> = {}) {
	host = await startHost({
		script: (call) =>
			!isChild(call) && call.text.startsWith("run ")
				? callTool("subagent", { prompt: "x", description: "d", subagent_type: call.text.slice(4) })
				: say("done"),
		files: { ".claude/agents/reviewer.md": CLAUDE, ".codex/agents/scout.toml": CODEX, ...options.files },
		homeFiles: { ".claude/agents/mine.md": MINE },
		...options,
		...(agentFolders && { personalFiles: { "subagents.json": JSON.stringify({ agentFolders }) } }),
	});
}

async function run(type: string) {
	const [result] = await host.prompt(`run ${type}`);
	return { ...result, child: host.calls.findLast(isChild) };
}

const hints = () => host.notices.filter((notice) => notice.includes("does not read these folders"));

describe("folders of agent files of other programs", () => {
	it("are not read until the setting names them, which the start says once ever, and how", async () => {
		await start(undefined);
		expect((await run("mine")).details).toMatchObject({ type: "general-purpose" });
		const [hint = ""] = hints();
		for (const folder of [join(host.cwd, ".claude/agents"), join(host.cwd, ".codex/agents")]) {
			expect(hint).toContain(folder);
		}
		expect(hint).toContain("/agents set agentFolders .claude/agents, .codex/agents, ~/.claude/agents");
		expect(hint).toContain(`"agentFolders": [".claude/agents",".codex/agents","~/.claude/agents"]`);
		await host.reload();
		expect(hints()).toHaveLength(1);
		const told = readFileSync(join(host.agentDir, "subagents-hints.txt"), "utf8");
		expect(told.trim().split("\n")).toHaveLength(3);
		expect(existsSync(join(host.agentDir, "subagents.json"))).toBe(false);
	});

	it("are read when the setting names them, and a change of it takes effect with the next prompt", async () => {
		await start(["~/.claude/agents"]);
		expect((await run("mine")).child?.systemPrompt).toContain("You are mine.");
		const file = join(host.cwd, ".pi/subagents.json");
		mkdirSync(dirname(file), { recursive: true });
		writeFileSync(file, JSON.stringify({ agentFolders: [".claude/agents", ".codex/agents"] }));
		const reviewed = await run("code-reviewer");
		expect(reviewed.details).toMatchObject({ type: "reviewer", status: "completed" });
		expect([...(reviewed.child?.toolNames ?? [])].sort()).toEqual(["grep", "read"]);
		expect((await run("mine")).details).toMatchObject({ type: "general-purpose" });
	});

	it("with agents of Codex: such a type is refused and the error says how to convert it", async () => {
		await start([".codex/agents"]);
		expect(host.notices[0]).toContain(
			"scout.toml:1: error: agent files of Codex are not read. Write scout.md beside it",
		);
		const result = await run("explorer-toml");
		expect([result.isError, result.text]).toEqual([
			true,
			expect.stringMatching(/cannot be used because of its file: .*scout\.toml:1: .*becomes `readonly: true`/),
		]);
		expect(result.child).toBeUndefined();
	});

	it("are named in diagnostics where they are not there or too wide", async () => {
		await start(["~/.cluade/agents", "."]);
		expect(host.notices[0]).toContain(".cluade/agents: warning: there is no such folder (setting `agentFolders`)");
		expect(host.notices[0]).toContain("error: it contains the project");
	});

	it.each(["$HOME/agents", "~someone/agents", "  "])(
		"are refused as a setting with what is expected: %s",
		async (entry) => {
			await start([entry]);
			expect(host.notices[0]).toMatch(
				/subagents\.json:1:2: error: agentFolders is .*; expected a list of folders such as/,
			);
		},
	);
});

describe.runIf("ModelRuntime" in pi)("in a project that is not trusted", () => {
	it("those of the project are neither read nor named, the person's are read", async () => {
		await start([".claude/agents", "~/.claude/agents"], { untrusted: true });
		expect((await run("code-reviewer")).text).toContain('unknown agent type "code-reviewer"');
		expect((await run("mine")).child?.systemPrompt).toContain("You are mine.");
		expect(host.notices).toEqual([]);
	});
});
