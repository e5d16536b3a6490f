import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { branches, changes, git, treesOf } from "../extensions/worktrees/sample-repository.ts";
import { until } from "../support/condition.ts";
import { makeRepository } from "../support/git-project.ts";
import { callTool, fail, parentAndChild, say } from "../support/script.ts";
import { type HostOptions, type Script, type ScriptedHost, startHost } from "../support/scripted-host.ts";
import { theService } from "../support/service.ts";

const ENTRY = fileURLToPath(new URL("../../src/extensions/worktrees/entry.ts", import.meta.url));

let host: ScriptedHost;
afterEach(() => host.stop());

async function startWith(script: Script, options: Partial<HostOptions> = {}) {
	host = await startHost({
		script,
		extensions: { "z-worktrees.ts": `export { default } from ${JSON.stringify(ENTRY)};` },
		personalFiles: { "subagents-worktrees.json": '{"worktreeAgents": ["general-purpose"]}' },
		...options,
	});
	return host;
}

const editing: Script = (call) =>
	call.role === "toolResult"
		? say("done")
		: callTool("bash", { command: "echo after > a.txt; echo after > b.txt; echo new > c.txt; pwd" });

const files = { "a.txt": "before\n", "b.txt": "before\n" };

describe("a subagent in a worktree", () => {
	it("edits two files and adds one: they are a commit on a branch, told in the result", async () => {
		await startWith(parentAndChild({ prompt: "work" }, editing), { files });
		makeRepository(host.cwd);
		const [result] = await host.prompt("go");
		const [, branch = ""] = branches(host.cwd);
		expect(changes(host.cwd, "main", branch)).toEqual(["M a.txt", "M b.txt", "A c.txt"]);
		expect(result?.text).toContain(`To merge it: \`git merge ${branch}\``);
		expect([git(host.cwd, "status", "--porcelain"), treesOf(host.cwd)]).toEqual(["", 1]);
		const id = branch.replace("pi-agent-", "");
		expect(await theService().resume(id, "again")).toMatchObject({ status: "completed", result: "done" });
		expect(branches(host.cwd)).toEqual(["main", branch]);
	});

	it("works in one because the call asks for it, also when it is resumed", async () => {
		const script = parentAndChild({ prompt: "work", isolation: "worktree" }, editing);
		await startWith(script, { files, personalFiles: {} });
		makeRepository(host.cwd);
		const [result] = await host.prompt("go");
		const [, branch = ""] = branches(host.cwd);
		expect(result?.text).toContain(`To merge it: \`git merge ${branch}\``);
		expect(result?.details).toMatchObject({ isolation: "worktree" });
		const again = await theService().resume(branch.replace("pi-agent-", ""), "again");
		expect(again).toMatchObject({ status: "completed", isolation: "worktree" });
		expect(git(host.cwd, "status", "--porcelain")).toBe("");
	});

	it("fails, and does not share the parent's directory, where the call asks for one and no extension offers it", async () => {
		const script = parentAndChild({ prompt: "work", isolation: "worktree" }, editing);
		await startWith(script, { files, extensions: {}, personalFiles: {} });
		makeRepository(host.cwd);
		const [result] = await host.prompt("go");
		expect(result).toMatchObject({
			isError: true,
			text: expect.stringContaining('no extension offers `isolation: "worktree"`'),
		});
		expect(git(host.cwd, "status", "--porcelain")).toBe("");
	});

	it("fails in a directory that is no repository", async () => {
		await startWith(parentAndChild({ prompt: "work" }, editing), { files });
		const [result] = await host.prompt("go");
		expect(result).toMatchObject({ isError: true, text: expect.stringContaining("is not in a git repository") });
	});

	it("leaves the worktree in place for a repository that it made there and committed", async () => {
		const command =
			"git init --quiet own; cd own; touch a; git add a; git commit --quiet -m own; cd ..; git add own; pwd";
		const making: Script = (call) => (call.role === "toolResult" ? say(call.text) : callTool("bash", { command }));
		await startWith(parentAndChild({ prompt: "work" }, making), { files });
		makeRepository(host.cwd);
		const [result] = await host.prompt("go");
		expect(result?.text).toContain("(the submodule own has work of its own)");
		const [, path = ""] = /left in place, with what it holds: (.*) \(/.exec(result?.text ?? "") ?? [];
		expect(git(join(path, "own"), "log", "--format=%s")).toBe("own");
	});

	it("leaves its work when it fails", async () => {
		await startWith(
			parentAndChild({ prompt: "work" }, (call) => (call.role === "toolResult" ? fail("broken") : editing(call))),
			{ files },
		);
		makeRepository(host.cwd);
		const [result] = await host.prompt("go");
		expect(result).toMatchObject({ isError: true, text: expect.stringContaining("To merge it: `git merge pi-agent-") });
		expect(branches(host.cwd)).toHaveLength(2);
	});

	it("is one of ten at once", async () => {
		await startWith(parentAndChild({ prompt: "work" }, editing), { files });
		makeRepository(host.cwd);
		const records = await Promise.all(
			Array.from({ length: 10 }, () => theService().run("general-purpose", "work", { bypassQueue: true })),
		);
		expect(records.map(({ status, error }) => [status, error])).toEqual(records.map(() => ["completed", undefined]));
		expect(branches(host.cwd)).toHaveLength(11);
		expect(treesOf(host.cwd)).toBe(1);
	});

	it("continues through a reload, and the next one gets a worktree as well", async () => {
		await startWith(parentAndChild({ prompt: "work" }, editing), { files });
		makeRepository(host.cwd);
		const running = theService().run("general-purpose", "work");
		await host.reload();
		expect(await running).toMatchObject({ status: "completed" });
		await host.prompt("go");
		expect([branches(host.cwd).length, host.notices]).toEqual([3, []]);
	});

	it("has its work on a branch when the session ends before it", async () => {
		const forever: Script = (call) => new Promise((end) => call.signal?.addEventListener("abort", () => end(say("x"))));
		const child: Script = (call) => (call.role === "toolResult" ? forever(call) : editing(call));
		await startWith(parentAndChild({ prompt: "work" }, child), { files });
		makeRepository(host.cwd);
		theService().spawn("general-purpose", "work");
		await until("a tool to have answered", () => host.calls.some(({ role }) => role === "toolResult"));
		await host.quit();
		const [, branch = ""] = branches(host.cwd);
		expect(changes(host.cwd, "main", branch)).toEqual(["M a.txt", "M b.txt", "A c.txt"]);
		expect(existsSync(join(host.agentDir, "worktrees"))).toBe(true);
	});
});
