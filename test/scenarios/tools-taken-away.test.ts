import { afterEach, describe, expect, it } from "vitest";
import { callTool, isChild, say } from "../support/script.ts";
import {
	type HostOptions,
	type ModelCall,
	type Script,
	type ScriptedHost,
	startHost,
} from "../support/scripted-host.ts";

let host: ScriptedHost;
afterEach(() => host?.stop());

/** Registers its tools in the factory, when the session starts and when the child is prompted, and then asks for all of them. */
const EXTENSION = `
const tool = (name) => ({ name, label: name, description: name, parameters: { type: "object", properties: {} },
	execute: async () => ({ content: [{ type: "text", text: "ran " + name }], details: {} }) });
export default (pi) => {
	pi.registerTool(tool("mcp__x__early"));
	pi.registerTool(tool("lookup"));
	pi.on("session_start", () => {
		pi.registerTool(tool("mcp__x__start"));
	});
	pi.on("before_agent_start", () => {
		pi.registerTool(tool("mcp__x__late"));
		pi.registerTool(tool("edit"));
		pi.registerTool(tool("notes"));
		pi.setActiveTools([...pi.getActiveTools(), "mcp__x__early", "mcp__x__late", "write", "edit", "bash", "lookup", "notes"]);
	});
};`;

const agent = (keys: string, body = "You follow instructions.") => `---\n${keys}\n---\n${body}`;

async function start(agents: Record<string, string>, child: Script, options: Partial<HostOptions> = {}) {
	const files = Object.fromEntries(Object.entries(agents).map(([name, text]) => [`.pi/agents/${name}`, text]));
	const script: Script = (call) => {
		if (isChild(call)) return child(call);
		return call.role === "user" && call.text.startsWith("{")
			? callTool("subagent", JSON.parse(call.text))
			: say("noted");
	};
	host = await startHost({
		script,
		extensions: { "tools.ts": EXTENSION },
		...options,
		files: { ...files, ...options.files },
	});
}

async function run(subagent_type: string, args: object = {}) {
	const [result] = await host.prompt(JSON.stringify({ prompt: "the task", description: "d", subagent_type, ...args }));
	return result;
}

const ofChild = () => host.calls.filter(isChild);
/** Every tool a child was ever offered. */
const offered = () => [...new Set(ofChild().flatMap(({ toolNames }) => toolNames))].sort();

/** Tries one tool after another and tells what came of each. */
const trying =
	(...names: string[]): Script =>
	(call: ModelCall) => {
		const tried = call.texts.filter((text) => /ran |not found|not available/i.test(text)).length;
		const name = names[tried];
		return name === undefined
			? say(
					call.texts
						.slice(1)
						.filter((text) => text !== "")
						.join(" | "),
				)
			: callTool(name, {});
	};

describe("tools that an agent file denies", () => {
	it("are never in the child, whoever registers them and whenever, and cannot be called", async () => {
		const denied = ["mcp__x__early", "mcp__x__start", "mcp__x__late", "write", "edit"];
		await start(
			{ "worker.md": agent("disallowedTools: Write, Edit, mcp__x__*") },
			trying(...denied, "lookup", "notes"),
		);
		const result = await run("worker");
		expect(offered()).toEqual(["bash", "find", "grep", "lookup", "ls", "notes", "read"]);
		expect(result?.details.result).toMatch(/^(?:.*(?:not found|not available).* \| ){5}ran lookup \| ran notes$/i);
		expect(result?.text).toContain("Note: the agent file of worker takes away: edit, write, mcp__x__early");
	});

	it("stay away when the subagent is resumed", async () => {
		await start({ "worker.md": agent("disallowedTools: Write, Edit, mcp__x__*") }, () => say("done"));
		const first = await run("worker");
		await run("worker", { resume: first?.details.id, prompt: "continue" });
		expect(ofChild()).toHaveLength(2);
		expect(offered()).toEqual(["bash", "find", "grep", "lookup", "ls", "notes", "read"]);
	});

	it.each([
		["disallowedTools: '*'", []],
		["disallowedTools: MCP__X__*", ["bash", "edit", "find", "grep", "lookup", "ls", "notes", "read", "write"]],
		["tools: Read, lookup\ndisallowedTools: lookup", ["read"]],
		["tools: Read, mcp__x__*", ["mcp__x__early", "mcp__x__late", "mcp__x__start", "read"]],
		["tools: mcp__y, WebFetch", []],
		["tools: Read, nowhere_to_be_found", ["read"]],
		["extensions: false", ["bash", "edit", "find", "grep", "ls", "read", "write"].filter((tool) => tool !== "")],
		["isolated: true", ["bash", "edit", "find", "grep", "ls", "read", "write"]],
		["readonly: true\nextensions: false", ["bash", "find", "grep", "ls", "read"]],
		["permissionMode: plan\nextensions: false", ["bash", "find", "grep", "ls", "read"]],
		[
			"permission: {edit: deny, bash: {'git *': allow}, 'mcp__*': deny}",
			["find", "grep", "lookup", "ls", "notes", "read"],
		],
		["permission:\n  edit: deny\n  bash: ask\n  mcp__x__*: deny", ["find", "grep", "lookup", "ls", "notes", "read"]],
		["permission: {'*': deny, read: allow, lookup: allow}", ["lookup", "read"]],
	])("are left out in every way to deny them: %s", async (keys, expected) => {
		await start({ "worker.md": agent(keys) }, trying("nothing"));
		expect((await run("worker"))?.isError).toBe(false);
		expect(offered()).toEqual(expected);
	});

	it("are reported at the start where a permission extension was to deny them and there is none", async () => {
		await start({ "worker.md": agent("description: x\npermission:\n  edit: deny\n  bash:\n    '*': ask") }, () =>
			say("done"),
		);
		expect(host.notices).toEqual([
			expect.stringMatching(
				/worker\.md:3: warning: no permission extension reads `permission` here, so .* taken away: bash, edit, write/,
			),
		]);
		expect((await run("worker"))?.text).toContain("Note: the agent file of worker takes away: bash, edit, write");
	});
});

describe("a key that takes something away and cannot be understood", () => {
	it.each([
		["disallowedTools: {Bash: true}", 3],
		["deniedTools: [bash]", 3],
		["permission: {bash: never}", 3],
		["tools: {bash: ask}", 3],
	])("refuses the type, with file, line and reason, and nothing runs: %s", async (line, at) => {
		await start({ "worker.md": agent(`description: x\n${line}`) }, () => say("done"));
		const result = await run("worker");
		expect(result).toMatchObject({
			isError: true,
			text: expect.stringMatching(/^subagent was not started\. .*"worker"/),
		});
		expect(result?.text).toContain(`worker.md:${at}: error: `);
		expect(host.notices.join("\n")).toContain(`worker.md:${at}: error: `);
		expect(ofChild()).toEqual([]);
	});
});

describe("an isolated agent", () => {
	it("loads no extensions and no skills", async () => {
		const skill = "---\nname: brewing\ndescription: How to brew\n---\nBrew.";
		await start({ "worker.md": agent("isolated: true"), "free.md": "You work." }, () => say("done"), {
			personalFiles: { "skills/brewing/SKILL.md": skill },
		});
		await run("free");
		await run("worker");
		const own = ofChild().map(({ systemPrompt }) => systemPrompt.slice(systemPrompt.indexOf("# Environment")));
		expect(own.map((prompt) => prompt.includes("brewing"))).toEqual([true, false]);
	});
});

describe("the first words of an agent file", () => {
	it("go before the task of its first run, and not before that of a resume", async () => {
		await start({ "worker.md": agent("initialPrompt: Look first.") }, () => say("done"));
		const first = await run("worker");
		await run("worker", { resume: first?.details.id, prompt: "continue" });
		expect(ofChild().map(({ text }) => text)).toEqual(["Look first.\n\nthe task", "continue"]);
	});
});
