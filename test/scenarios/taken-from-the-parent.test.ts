import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createWorkspace, runPi, type Workspace } from "../support/cli.ts";
import { hostCli } from "../support/host-cli.ts";
import { isChild, parentAndChild, say } from "../support/script.ts";
import { type HostOptions, type ScriptedHost, startHost } from "../support/scripted-host.ts";

/** What a parent has when nobody took anything away, and a child then. */
const ALL = ["read", "bash", "edit", "write", "grep", "find", "ls"];
const isNext = hostCli.version === "next";

let host: ScriptedHost | undefined;
let workspace: Workspace | undefined;
afterEach(async () => {
	await host?.stop();
	workspace?.remove();
	[host, workspace] = [undefined, undefined];
});

const LOOKUP = `export default (pi) => pi.registerTool({
	name: "lookup", label: "Lookup", description: "looks up", parameters: { type: "object", properties: {} },
	execute: async () => ({ content: [{ type: "text", text: "found" }], details: {} }),
});`;

/** An extension with which a person takes tools away in the middle of a session. */
const leaves = (names: string[]) =>
	`export default (pi) => pi.on("before_agent_start", () => pi.setActiveTools(${JSON.stringify(names)}));`;

async function childTools(options: Partial<HostOptions>, subagent_type = "general-purpose"): Promise<string[]> {
	host = await startHost({
		script: parentAndChild({ prompt: "look", subagent_type }, () => say("seen")),
		...options,
	});
	await host.prompt("go");
	return [...(host.calls.find(isChild)?.toolNames ?? ["no child"])].sort();
}

const sorted = (names: readonly string[]) => [...names].sort();
const without = (...names: string[]) => sorted(ALL.filter((name) => !names.includes(name)));

describe("a child", () => {
	it("has all built-in tools of a parent from which nothing was taken, also those that are inactive by default", async () => {
		expect(await childTools({})).toEqual(sorted(ALL));
	});

	it("has no tool that was made inactive in its parent, and still those that are inactive by default", async () => {
		const earlierExtensions = { "leave.ts": leaves(["read", "edit", "subagent"]) };
		expect(await childTools({ earlierExtensions })).toEqual(without("bash", "write"));
	});

	it("reads nothing when its parent cannot", async () => {
		expect(await childTools({ earlierExtensions: { "leave.ts": leaves(["edit", "subagent"]) } })).toEqual(["edit"]);
	});

	it("has no extension tool that was made inactive in its parent", async () => {
		const extensions = { "lookup.ts": LOOKUP };
		expect(await childTools({ extensions })).toEqual(sorted([...ALL, "lookup"]));
		await host?.stop();
		expect(await childTools({ extensions: { ...extensions, "x.ts": leaves([...ALL, "subagent"]) } })).toEqual(
			sorted(ALL),
		);
	});

	it("has what is left when its agent chooses among it", async () => {
		const earlierExtensions = { "leave.ts": leaves(["read", "subagent"]) };
		expect(await childTools({ earlierExtensions }, "Explore")).toEqual(without("bash", "write", "edit"));
	});

	it("has of the extension tools just those that its agent names", async () => {
		const files = { ".pi/agents/helper.md": "---\ndescription: helps\ntools: read, lookup\n---\nHelp." };
		expect(
			await childTools(
				{ files, extensions: { "a.ts": LOOKUP, "b.ts": LOOKUP.replaceAll(/lookup/gi, "notes") } },
				"helper",
			),
		).toEqual(["lookup", "read"]);
	});

	it("that is isolated has no extensions and no skills", async () => {
		const skill = "---\nname: sew\ndescription: How to sew\n---\nSew.";
		const files = { ".pi/agents/helper.md": "---\ndescription: helps\nisolated: true\n---\nHelp." };
		const options = { files, extensions: { "lookup.ts": LOOKUP }, personalFiles: { "skills/sew/SKILL.md": skill } };
		expect(await childTools(options, "helper")).toEqual(sorted(ALL));
		const prompt = host?.calls.find(isChild)?.systemPrompt ?? "";
		const parents = host?.calls[0]?.systemPrompt ?? "";
		expect(prompt.split("How to sew").length).toBe(parents.split("How to sew").length); // only in the parent's part
	});

	it.runIf(isNext)("has no tool that the person's settings take away", async () => {
		const settings = { defaultTools: ["-bash", "-write", "-ls"] };
		expect(await childTools({ settings })).toEqual(without("bash", "write", "ls"));
	});

	it.runIf(isNext)("has no tool that a list of changes takes away, and those that it adds", async () => {
		expect(await childTools({ tools: ["+grep", "-write", "-bash"] })).toEqual(without("write", "bash"));
	});

	it.runIf(isNext)("has no tool that was excluded", async () => {
		expect(await childTools({ excludeTools: ["grep", "write"] })).toEqual(without("grep", "write"));
	});
});

describe("what the command line takes from pi, its subagents have not", () => {
	const handOn = (prompt: string) =>
		`call subagent ${JSON.stringify({ description: "d", subagent_type: "general-purpose", prompt })}`;
	const write = `call write ${JSON.stringify({ path: "made.txt", content: "x" })}`;
	const grep = `call grep ${JSON.stringify({ pattern: "x" })}`;

	async function run(prompt: string, args: string[]): Promise<string> {
		workspace = createWorkspace();
		const { stdout } = await runPi({ workspace, mode: "print", prompt: handOn(prompt), args });
		return stdout;
	}

	it.each([
		["a list of tools", ["--tools", "read,subagent"]],
		["no built-in tools", ["--no-builtin-tools"]],
	])("%s", async (_what, args) => {
		expect(await run(write, args)).toContain("Tool write not found");
		expect(existsSync(join(workspace?.cwd ?? "", "made.txt"))).toBe(false);
	});

	it.runIf(isNext)("a list of changes", async () => {
		expect(await run(write, ["--tools", "+grep,-write,-bash"])).toContain("Tool write not found");
		expect(existsSync(join(workspace?.cwd ?? "", "made.txt"))).toBe(false);
	});

	it.runIf(isNext)("a tool that is inactive by default, when it is taken away by name", async () => {
		expect(await run(grep, ["--tools", "-grep"])).toContain("Tool grep not found");
	});
});
