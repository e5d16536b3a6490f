import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as pi from "@mariozechner/pi-coding-agent";
import { afterEach, describe, expect, it } from "vitest";
import { git } from "../extensions/worktrees/sample-repository.ts";
import { makeRepository } from "../support/git-project.ts";
import { type Call, callTool, callTools, isChild, say, subagentCall } from "../support/script.ts";
import { type HostOptions, type Script, type ScriptedHost, startHost } from "../support/scripted-host.ts";

const WORKTREES = fileURLToPath(new URL("../../src/extensions/worktrees/entry.ts", import.meta.url));

let host: ScriptedHost;
afterEach(() => host?.stop());

const agent = (keys: string) => `---\ndescription: reviews\n${keys}\n---\nYou review.`;
const READONLY = "tools: read, grep\nreadonly: true\nmemory: project";

/** Its prompt is what it is to remember. */
const remembering: Script = (call) =>
	call.role === "user" ? callTool("remember", { text: call.text, path: "/elsewhere" }) : say(`tool said: ${call.text}`);

async function start(keys: string, options: Partial<HostOptions> = {}, child: Script = remembering) {
	const script: Script = (call) => {
		if (isChild(call)) return child(call);
		return call.role === "user" && call.text.startsWith("[")
			? callTools(JSON.parse(call.text) as Call[])
			: say("noted");
	};
	host = await startHost({ script, ...options, files: { ".pi/agents/reviewer.md": agent(keys), ...options.files } });
}

const run = (...prompts: string[]) =>
	host.prompt(JSON.stringify(prompts.map((prompt) => subagentCall({ subagent_type: "reviewer", prompt }))));
const children = () => host.calls.filter(isChild);
const memoryFile = () => join(host.cwd, ".pi/agent-memory/reviewer/MEMORY.md");

describe("a read-only agent with a memory", () => {
	it("has in its second run what it remembered in its first, and no other tool that writes", async () => {
		await start(READONLY);
		const [first] = await run("Tabs, not blanks.");
		expect(first?.text).toContain("tool said: Remembered.");
		expect(children()[0]?.toolNames.toSorted()).toEqual(["grep", "read", "remember"]);
		expect(children()[0]?.systemPrompt).toContain("There are no notes yet.");
		await run("Second.");
		const prompt = children().at(-1)?.systemPrompt ?? "";
		expect(prompt).toMatch(/<agent_memory>\n- \d{4}-\d\d-\d\d: Tabs, not blanks\.\n<\/agent_memory>/);
		expect(prompt).toContain(`left in ${memoryFile()} (last changed on `);
		expect(prompt.indexOf("<agent_memory>")).toBeGreaterThan(prompt.indexOf("You review."));
	});

	it("loses nothing when ten of its runs remember at once", async () => {
		await start(READONLY);
		const notes = Array.from({ length: 10 }, (_, index) => `note ${index}.`);
		await run(...notes);
		const lines = readFileSync(memoryFile(), "utf8").trimEnd().split("\n");
		expect(lines.map((line) => line.replace(/^- [\d-]+: /, "")).toSorted()).toEqual(notes);
	});

	it("remembers in the main checkout when it works in a worktree, which is removed", async () => {
		await start(`${READONLY}\nisolation: worktree`, {
			extensions: { "z-worktrees.ts": `export { default } from ${JSON.stringify(WORKTREES)};` },
			personalFiles: { "subagents-worktrees.json": '{"worktreeAgents": ["reviewer"]}' },
		});
		makeRepository(host.cwd);
		await run("From a worktree.");
		await run("Second.");
		const [first, , second] = children();
		expect(first?.systemPrompt).not.toContain(`- Working directory: ${host.cwd}\n`);
		expect(readFileSync(memoryFile(), "utf8")).toContain("From a worktree.");
		expect(second?.systemPrompt).toContain(": From a worktree.\n");
		expect(git(host.cwd, "worktree", "list").split("\n")).toHaveLength(1);
	});

	it("works without it where a link stands in its place, and says so", async () => {
		await start(READONLY);
		const outside = join(host.agentDir, "outside.md");
		writeFileSync(outside, "secret");
		mkdirSync(join(memoryFile(), ".."), { recursive: true });
		symlinkSync(outside, memoryFile());
		const [result] = await run("Write there.");
		expect(result?.text).toMatch(
			/\[reviewer ran without its memory \(project\): it is a link; expected a regular file\]/,
		);
		expect(children()[0]?.toolNames.toSorted()).toEqual(["grep", "read"]);
		expect(children()[0]?.systemPrompt).not.toContain("secret");
		expect(readFileSync(outside, "utf8")).toBe("secret");
	});
});

describe("the tool remember", () => {
	it.each([
		["memory: project\ndisallowedTools: remember", false],
		["memory: project\npermission: {'*': deny, read: allow}", false],
		["memory: project\ntools: none", true],
		["memory: project\ntools: read, WebFetch", true],
		["memory: project\nisolated: true", true],
		["memory: everywhere", false],
		["max_turns: 5", false],
	])("is given by the key memory and taken away by name: %s", async (keys, isThere) => {
		await start(keys, {}, () => say("done"));
		await run("look");
		expect(children()[0]?.toolNames.includes("remember")).toBe(isThere);
		expect(host.notices.join("\n").includes("`memory` is 'everywhere'; expected user, project, local")).toBe(
			keys === "memory: everywhere",
		);
	});

	it("is not given where the parent itself can write nothing; the notes are read all the same", async () => {
		await start(READONLY, {
			tools: ["read", "grep", "subagent"],
			files: { ".pi/agent-memory/reviewer/MEMORY.md": "Known." },
		});
		await run("look");
		expect(children()[0]?.toolNames.toSorted()).toEqual(["grep", "read"]);
		expect(children()[0]?.systemPrompt).toMatch(/Known\.\n<\/agent_memory>\nYou cannot change the notes\./);
	});

	it("writes a memory of the person's own to their agent directory, and a local one beside a .gitignore", async () => {
		await start("memory: user", { files: { ".pi/agents/loner.md": agent("memory: local") } });
		const calls = ["reviewer", "loner"].map((subagent_type) => subagentCall({ subagent_type, prompt: "a note" }));
		await host.prompt(JSON.stringify(calls));
		expect(readFileSync(join(host.agentDir, "agent-memory/reviewer/MEMORY.md"), "utf8")).toContain("a note");
		const local = join(host.cwd, ".pi/agent-memory-local");
		expect(readFileSync(join(local, "loner/MEMORY.md"), "utf8")).toContain("a note");
		expect(readFileSync(join(local, ".gitignore"), "utf8")).toBe("*\n");
	});
});

describe.runIf("ModelRuntime" in pi)("in a project that is not trusted", () => {
	it("an agent of the person's has no memory that lies in the project, and says so", async () => {
		await start(READONLY, {
			untrusted: true,
			personalFiles: { "agents/reviewer.md": agent(READONLY) },
			files: { ".pi/agent-memory/reviewer/MEMORY.md": "planted" },
		});
		const [result] = await run("look");
		expect(result?.text).toContain("[reviewer ran without its memory (project): the project is not trusted]");
		expect(children()[0]?.systemPrompt).not.toContain("planted");
		expect(existsSync(`${memoryFile()}.lock`)).toBe(false);
	});
});
