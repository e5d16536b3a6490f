import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadWorktreeSettings, whereConfigured } from "../../../src/extensions/worktrees/worktree-settings.ts";
import { agentDirectory } from "../../../src/platform/agent-directory.ts";
import { temporaryFolder, write } from "./sample-repository.ts";

const FILE = "subagents-worktrees.json";

function load(files: Record<string, string>) {
	const root = temporaryFolder();
	write(root, files);
	const warnings: string[] = [];
	const settings = loadWorktreeSettings({ agentDir: join(root, "agent"), cwd: join(root, "project") }, (warning) =>
		warnings.push(warning.replace(root, "")),
	);
	return { settings, warnings };
}

describe("the settings of the worktrees", () => {
	it("ask for no worktree when there is no file", () => {
		expect(load({})).toEqual({ settings: { worktreeAgents: [], includeUncommitted: false }, warnings: [] });
	});

	it("are the project's over the person's, key by key", () => {
		const { settings } = load({
			[`agent/${FILE}`]: '{"worktreeAgents": ["a"], "includeUncommitted": true}',
			[`project/.pi/${FILE}`]: '{"worktreeAgents": ["b"]}',
		});
		expect(settings).toEqual({ worktreeAgents: ["b"], includeUncommitted: true });
	});

	it("are warned about with file, key, value and what is accepted; the layer below holds", () => {
		const { settings, warnings } = load({
			[`agent/${FILE}`]: '{"worktreeAgents": ["a"], "includeUncommitted": "yes"}',
			[`project/.pi/${FILE}`]: '{"worktreeAgents": ["b", 1], "worktrees": true}',
		});
		expect(settings).toEqual({ worktreeAgents: ["a"], includeUncommitted: false });
		expect(warnings).toEqual([
			`/agent/${FILE}: includeUncommitted is "yes"; expected true or false`,
			`/project/.pi/${FILE}: worktreeAgents is ["b",1]; expected a list of agent types such as ["worker"]`,
			`/project/.pi/${FILE}: unknown setting "worktrees" is true; known are worktreeAgents, includeUncommitted`,
		]);
	});

	it("are warned about when they are no object or no JSON", () => {
		const { warnings } = load({ [`agent/${FILE}`]: "[]", [`project/.pi/${FILE}`]: "{" });
		expect(warnings[0]).toBe(`/agent/${FILE}: expected an object of settings, found []`);
		expect(warnings[1]).toMatch(`worktrees: /project/.pi/${FILE} was left out: `);
	});
});

describe("an agent type", () => {
	const settings = { worktreeAgents: ["Worker"], includeUncommitted: false };

	it("works in a worktree when it is listed in any letter case or its file says so", () => {
		expect(whereConfigured({ name: "wORKER", keys: {} }, settings)).toContain("worktreeAgents");
		expect(whereConfigured({ name: "other", keys: { isolation: "Worktree" } }, settings)).toContain("agent file");
	});

	it("does not when neither says so", () => {
		expect(whereConfigured({ name: "other", keys: { isolation: "container" } }, settings)).toBeUndefined();
		expect(whereConfigured({ name: "other", keys: { isolation: true } }, settings)).toBeUndefined();
	});
});

describe("the agent directory", () => {
	it("is where the host looks for it", () => {
		expect(agentDirectory({})).toBe(join(homedir(), ".pi", "agent"));
		expect(agentDirectory({ PI_CODING_AGENT_DIR: "/somewhere" })).toBe("/somewhere");
		expect(agentDirectory({ PI_CODING_AGENT_DIR: "~/agent" })).toBe(`${homedir()}/agent`);
		expect(agentDirectory({ PI_CODING_AGENT_DIR: "~" })).toBe(homedir());
	});
});
