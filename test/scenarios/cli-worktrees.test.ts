import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { branches, git, treesOf } from "../extensions/worktrees/sample-repository.ts";
import { createWorkspace, runPi, type Workspace } from "../support/cli.ts";
import { until } from "../support/condition.ts";
import { makeRepository } from "../support/git-project.ts";
import { type RpcClient, startRpc } from "../support/rpc-client.ts";
import { callSubagent, callSubagents } from "../support/said.ts";
import { toolResult } from "../support/tool-results.ts";

type Event = { readonly type: string } & Readonly<Record<string, unknown>>;

const isType = (type: string) => (event: Event) => event.type === type;
const isNotice = (event: Event) => event.type === "extension_ui_request" && event.method === "notify";

/** A repository whose subagents work in worktrees; all its paths have a space and letters of another alphabet in them. */
function createProject(): Workspace {
	const workspace = createWorkspace("pi runtime ähm 木");
	onTestFinished(workspace.remove);
	workspace.addAgentFile("subagents-worktrees.json", '{"worktreeAgents": ["general-purpose"]}');
	makeRepository(workspace.cwd);
	return workspace;
}

function start(workspace: Workspace): RpcClient {
	const pi = startRpc({ workspace });
	onTestFinished(async () => void (await pi.close()));
	return pi;
}

/** What the next start of pi says of its own accord, in both ways in which it can. */
async function toldAtNextStart(workspace: Workspace): Promise<string> {
	const { stderr } = await runPi({ workspace, mode: "print", prompt: "hello" });
	const pi = start(workspace);
	const notice = await pi.waitFor("what earlier subagents left", isNotice);
	expect(`${notice.message}\n`).toBe(stderr);
	expect([await pi.close(), pi.stderr()]).toEqual([0, ""]);
	return stderr;
}

function onlyBranch({ cwd }: Workspace): string {
	const [branch = "", ...others] = branches(cwd).filter((name) => name !== "main");
	expect([others, treesOf(cwd), git(cwd, "status", "--porcelain")]).toEqual([[], 1, ""]);
	return branch;
}

describe("the work of a subagent in a worktree", () => {
	it("is on a branch when it failed, which the next start names", async () => {
		const workspace = createProject();
		const prompt = callSubagent({ prompt: "break echo made > made.txt" });
		const { stdout } = await runPi({ workspace, mode: "print", prompt });
		const branch = onlyBranch(workspace);

		expect(stdout).toContain("it broke");
		expect(stdout).toContain(`To merge it: \`git merge ${branch}\``);
		expect(git(workspace.cwd, "show", `${branch}:made.txt`)).toBe("made");
		expect(await toldAtNextStart(workspace)).toContain(`- branch ${branch} (a task for somebody; error), not merged.`);
	});

	it("is on a branch when it was stopped, which the next start names", async () => {
		const workspace = createProject();
		const pi = start(workspace);
		await pi.request({ type: "prompt", message: callSubagent({ prompt: "bash echo made > made.txt; sleep 60" }) });
		await until("it to work", () => worktreesWith(workspace, "made.txt").length > 0);
		await pi.request({ type: "abort" });
		const stopped = toolResult(await pi.waitFor("the end of the call", isType("tool_execution_end")));
		await pi.waitFor("the end of the run", isType("agent_end"));
		expect([await pi.close(), pi.stderr()]).toEqual([0, ""]);
		const branch = onlyBranch(workspace);

		expect(stopped.text).toContain(`To merge it: \`git merge ${branch}\``);
		expect(git(workspace.cwd, "show", `${branch}:made.txt`)).toBe("made");
		expect(await toldAtNextStart(workspace)).toContain(
			`- branch ${branch} (a task for somebody; stopped), not merged.`,
		);
	});

	it("is still in its worktree when pi was killed, which the next start names", async () => {
		const workspace = createProject();
		const pi = start(workspace);
		await pi.request({ type: "prompt", message: callSubagent({ prompt: "bash echo made > made.txt; sleep 2" }) });
		await until("it to work", () => worktreesWith(workspace, "made.txt").length > 0);
		await pi.kill();

		const [path = ""] = worktreesWith(workspace, "made.txt");
		const told = await toldAtNextStart(workspace);
		expect(told).toContain(`- ${path} (general-purpose `);
		expect(told).toContain("1 uncommitted path.");
		expect(readFileSync(join(path, "made.txt"), "utf8")).toBe("made\n");
		expect(git(workspace.cwd, "status", "--porcelain")).toBe("");
	});
});

it("ten subagents at once have ten branches", async () => {
	const workspace = createProject();
	const prompts = Array.from({ length: 10 }, (_, index) => `bash echo ${index} > ${index}.txt`);
	const { code, stdout, stderr } = await runPi({
		workspace,
		mode: "print",
		prompt: callSubagents(prompts.map((prompt) => ({ prompt }))),
		timeoutMs: 60_000,
	});
	expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
	const made = branches(workspace.cwd).filter((name) => name !== "main");
	const files = made.map((branch) => git(workspace.cwd, "diff", "--name-only", "main", branch));
	expect(files.sort()).toEqual(prompts.map((_, index) => `${index}.txt`));
	expect(made.filter((branch) => !stdout.includes(`git merge ${branch}`))).toEqual([]);
	expect([treesOf(workspace.cwd), git(workspace.cwd, "status", "--porcelain")]).toEqual([1, ""]);
}, 90_000);

/** Somebody else's workspaces: a folder beside the project. */
const STRANGER = `
import { mkdirSync } from "node:fs";
const prepare = async ({ baseCwd }) => {
	mkdirSync(baseCwd + "-of-a-stranger", { recursive: true });
	return { cwd: baseCwd + "-of-a-stranger", dispose: () => undefined };
};
export default (pi) => pi.on("EVENT", () => {
	globalThis[Symbol.for("@gotgenes/pi-subagents:service")]?.registerWorkspaceProvider({ prepare });
});`;

describe("another extension that decides where subagents work", () => {
	it.each(["session_start", "before_agent_start"])(
		"does so, from %s on, when no worktrees are configured",
		async (event) => {
			const workspace = createWorkspace();
			onTestFinished(workspace.remove);
			workspace.addAgentFile("extensions/stranger.ts", STRANGER.replace("EVENT", event));
			makeRepository(workspace.cwd);
			const prompt = callSubagent({ prompt: "bash pwd" });
			const { code, stdout, stderr } = await runPi({ workspace, mode: "print", prompt });
			expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
			expect(stdout).toContain(`[toolResult] ${workspace.cwd}-of-a-stranger`);
		},
	);

	it("is refused, and says so, when worktrees are", async () => {
		const workspace = createProject();
		workspace.addAgentFile("extensions/stranger.ts", STRANGER.replace("EVENT", "session_start"));
		const prompt = callSubagent({ prompt: "bash pwd" });
		const { stdout, stderr } = await runPi({ workspace, mode: "print", prompt });
		expect(stderr).toMatch(/workspace provider/);
		expect(stdout).toContain(`[toolResult] ${workspace.agentDir}/worktrees/`);
	});
});

/** The folders of subagents, living or not, in which there is this file. */
function worktreesWith({ agentDir }: Workspace, file: string): string[] {
	const paths = readdirSync(agentDir, { recursive: true, encoding: "utf8" }).filter((path) =>
		path.endsWith(`/${file}`),
	);
	return paths.map((path) => realpathSync(join(agentDir, path, "..")));
}
