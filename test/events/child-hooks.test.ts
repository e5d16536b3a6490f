import { describe, expect, it } from "vitest";
import { CHILD_HOOKS, ChildHooks } from "../../src/events/child-hooks.ts";

const spawning = { agentName: "Explore", parentSessionId: "parent" };
const created = { sessionId: "child", parentSessionId: "parent", sessionDir: "/tasks", agentName: "Explore" };
const completed = { sessionId: "child", sessionDir: "/tasks", agentName: "Explore", aborted: false, steered: true };
const disposed = { sessionId: "child", sessionDir: "/tasks" };

function recording() {
	const emitted: { channel: string; payload: unknown; frozen: boolean }[] = [];
	const hooks = new ChildHooks((channel, payload) => {
		emitted.push({ channel, payload, frozen: Object.isFrozen(payload) });
	});
	return { hooks, emitted };
}

describe("the hooks of a child", () => {
	it("have the names that other extensions listen to", () => {
		expect(CHILD_HOOKS).toEqual({
			SPAWNING: "subagents:child:spawning",
			SESSION_CREATED: "subagents:child:session-created",
			COMPLETED: "subagents:child:completed",
			DISPOSED: "subagents:child:disposed",
		});
	});

	it("go out at once, in the order in which they are fired, with frozen payloads", () => {
		const { hooks, emitted } = recording();
		hooks.spawning({ ...spawning });
		hooks.sessionCreated({ ...created });
		hooks.completed({ ...completed });
		hooks.disposed({ ...disposed });
		expect(emitted).toEqual([
			{ channel: "subagents:child:spawning", payload: spawning, frozen: true },
			{ channel: "subagents:child:session-created", payload: created, frozen: true },
			{ channel: "subagents:child:completed", payload: completed, frozen: true },
			{ channel: "subagents:child:disposed", payload: disposed, frozen: true },
		]);
	});

	it("let a synchronous listener act before the next step", () => {
		const steps: string[] = [];
		const hooks = new ChildHooks((channel) => void steps.push(channel));
		hooks.spawning({ ...spawning });
		steps.push("next step");
		expect(steps).toEqual(["subagents:child:spawning", "next step"]);
	});

	it("leave out the parent's session where there is none", () => {
		const { hooks, emitted } = recording();
		hooks.spawning({ agentName: "Plan" });
		expect(emitted).toEqual([{ channel: "subagents:child:spawning", payload: { agentName: "Plan" }, frozen: true }]);
	});
});
