import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { until } from "../../support/condition.ts";
import { ParentFake, ServiceFake } from "./parent-fake.ts";
import { requestFor } from "./request.ts";
import { changeEnvironment, createSample, write } from "./sample-repository.ts";

const FILE = "subagents-worktrees.json";
const stranger = { prepare: async () => undefined };

function createParent(settings = {}) {
	const sample = createSample(settings);
	changeEnvironment({ PI_CODING_AGENT_DIR: sample.agentDir });
	const service = new ServiceFake();
	return { sample, service, parent: new ParentFake(sample.repository) };
}

describe("the worktrees in a session", () => {
	it("register their provider at the start and take it away at the end, with all listeners", async () => {
		const { sample, service, parent } = createParent();
		await parent.start();
		const workspace = await service.provider?.prepare(requestFor({ baseCwd: sample.repository }));
		expect(workspace?.cwd).toContain(join(sample.agentDir, "worktrees"));
		await parent.end();
		expect([service.provider, parent.listeners, parent.notices]).toEqual([undefined, 0, []]);
	});

	it("stay idle when nothing is configured: another provider can register, nothing is written", async () => {
		const { sample, service, parent } = createParent({ worktreeAgents: [] });
		await parent.start();
		parent.tell("subagents:created", "worker");
		service.registerWorkspaceProvider(stranger);
		expect([service.provider, parent.notices]).toEqual([stranger, []]);
		expect(existsSync(join(sample.agentDir, "worktrees"))).toBe(false);
		await parent.end();
		expect(service.provider).toBe(stranger);
	});

	it("register for an agent file that asks for it", async () => {
		const { service, parent } = createParent({ worktreeAgents: [] });
		service.types = service.types.map((type) => ({ ...type, keys: { isolation: "worktree" } }));
		await parent.start();
		expect(service.provider).toBeDefined();
	});

	it("register before the run of a type that was configured since, also for a resume", async () => {
		for (const channel of ["subagents:created", "subagents:resumed"] as const) {
			const { sample, service, parent } = createParent({ worktreeAgents: [] });
			await parent.start();
			writeFileSync(join(sample.agentDir, FILE), '{"worktreeAgents": ["worker"]}');
			parent.tell(channel, "other");
			expect(service.provider).toBeUndefined();
			parent.tell(channel, "worker");
			expect(service.provider).toBeDefined();
			await parent.end();
		}
	});

	it("read their settings anew for each run", async () => {
		const { sample, service, parent } = createParent();
		await parent.start();
		writeFileSync(join(sample.agentDir, FILE), '{"worktreeAgents": []}');
		expect(await service.provider?.prepare(requestFor({ baseCwd: sample.repository }))).toBeUndefined();
		writeFileSync(join(sample.agentDir, FILE), '{"worktreeAgents": ["worker"]}');
		expect(await service.provider?.prepare(requestFor({ baseCwd: sample.repository }))).toBeDefined();
	});

	it("say once that another extension decides, and leave it in place", async () => {
		const { service, parent } = createParent();
		service.registerWorkspaceProvider(stranger);
		await parent.start();
		parent.tell("subagents:created", "worker");
		await parent.end();
		expect(service.provider).toBe(stranger);
		expect(parent.notices).toEqual([
			"warning: worktrees: another extension decides where subagents work, so none gets a worktree",
		]);
	});

	it("bear a session that starts twice", async () => {
		const { service, parent } = createParent();
		await parent.start();
		await parent.start("new");
		expect([service.provider !== undefined, parent.listeners, parent.notices]).toEqual([true, 2, []]);
		await parent.end();
		expect(service.provider).toBeUndefined();
	});

	it("are there throughout a reload, as they are configured after it", async () => {
		const { sample, service, parent } = createParent();
		await parent.start();
		const before = service.provider;
		await parent.reload();
		expect([service.provider, parent.listeners]).toEqual([before, 0]);
		await parent.start("reload");
		expect(service.provider).toBeDefined();
		expect(service.provider).not.toBe(before);
		await parent.reload();
		writeFileSync(join(sample.agentDir, FILE), "{}");
		await parent.start("reload");
		expect(service.provider).toBeUndefined();
	});

	it("do nothing without the core", async () => {
		const sample = createSample();
		changeEnvironment({ PI_CODING_AGENT_DIR: sample.agentDir });
		const parent = new ParentFake(sample.repository);
		await parent.start();
		parent.tell("subagents:created", "worker");
		await parent.end();
		expect(parent.notices).toEqual([]);
	});

	it("say once what of the settings cannot be used", async () => {
		const { parent } = createParent({ worktreeAgents: ["worker"], includeUncommitted: 1 });
		await parent.start();
		await parent.start("new");
		expect(parent.notices).toEqual([expect.stringContaining("includeUncommitted is 1; expected true or false")]);
	});

	it("name at the start what earlier subagents left, also when nothing is configured any more", async () => {
		const { sample, parent } = createParent({ worktreeAgents: [] });
		write(sample.agentDir, { [FILE]: '{"worktreeAgents": ["worker"]}' });
		const { cwd } = await sample.prepare();
		write(cwd, { "new.txt": "new" });
		write(sample.agentDir, { [FILE]: "{}" });
		const owner = JSON.parse(readFileSync(`${cwd}.json`, "utf8"));
		writeFileSync(`${cwd}.json`, JSON.stringify({ ...owner, process: { ...owner.process, pid: 2 ** 30 } }));
		await parent.start();
		await until("the notice", () => parent.notices.length === 1);
		expect(parent.notices[0]).toContain(`warning: Subagents that ended early left work:\n- ${cwd} (worker `);
		await parent.start("new");
		expect(parent.notices).toHaveLength(1);
	});
});
