import { describe, expect, it } from "vitest";
import { ConcurrencyLimiter } from "../../src/engine/concurrency-limiter.ts";
import { SubagentSupervisor, type SupervisorParts } from "../../src/engine/subagent-supervisor.ts";
import { SubagentEvents } from "../../src/events/subagent-events.ts";
import { WorkspaceProviderRegistry } from "../../src/workspace/provider-registry.ts";
import { samplePlan } from "../planning/sample-plan.ts";

/** A manager of so many subagents that wait in the queue, `id0` the oldest. */
function managerOf(count: number): SubagentSupervisor {
	let next = 0;
	const manager = new SubagentSupervisor({
		factory: undefined as unknown as SupervisorParts["factory"], // a run that never begins asks for no session
		workspaces: new WorkspaceProviderRegistry(),
		limiter: new ConcurrencyLimiter(0),
		events: new SubagentEvents(() => undefined),
		clock: () => 0,
		newId: () => `id${next++}`,
		store: () => undefined,
		countUsage: () => undefined,
		owner: { pid: 1, hostname: "here" },
	});
	for (let made = 0; made < count; made++) {
		manager.spawn(samplePlan({ isBackground: true, admission: "queued", report: "notification" }));
	}
	return manager;
}

const refusalOf = (count: number) => {
	const found = managerOf(count).lookUp("nobody");
	return found.kind === "refused" ? found.reason : "found";
};

describe("a subagent", () => {
	it.each(["id1", " id1\n"])("is found by its id: %j", (id) => {
		expect(managerOf(3).lookUp(id)).toMatchObject({ kind: "subagent", id: "id1" });
	});

	it.each(["ID1", "id", "id11", ""])("is not found by another spelling or a part of its id: %j", (id) => {
		expect(managerOf(3).lookUp(id)).toMatchObject({ kind: "refused", code: "not-found" });
	});
});

describe("the refusal of an unknown id", () => {
	it("says so where no subagent exists", () => {
		expect(refusalOf(0)).toBe('There is no subagent "nobody": none was started in this session.');
	});

	it("lists the subagents there are, newest last", () => {
		expect(refusalOf(2)).toBe(
			'There is no subagent "nobody". There are, newest last: id0 (Helper, queued), id1 (Helper, queued).',
		);
	});

	it("lists the newest twenty and counts the others", () => {
		const ids = (count: number) => [...refusalOf(count).matchAll(/id\d+/g)].map(([id]) => id);
		expect([ids(20).length, refusalOf(20).includes("older")]).toEqual([20, false]);
		expect([ids(23).length, ids(23)[0], ids(23).at(-1)]).toEqual([20, "id3", "id22"]);
		expect(refusalOf(23)).toMatch(/newest last: 3 older ones, id3 \(Helper, queued\), id4 /);
	});
});
