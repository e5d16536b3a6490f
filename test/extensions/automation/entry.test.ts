import { readFileSync } from "node:fs";
import type { ExtensionAPI } from "@mariozechner/pi-coding-agent";
import { describe, expect, it } from "vitest";
import automation from "../../../src/extensions/automation/entry.ts";
import { insideChild } from "../../../src/platform/child-scope.ts";

describe("the entry of the automations", () => {
	it("listens to the session in a parent and does nothing at all in a subagent", async () => {
		const events: string[] = [];
		const pi = { on: (event: string) => events.push(event) } as unknown as ExtensionAPI;
		await insideChild({ subagentId: "id", agentName: "Explore" }, () => automation(pi));
		expect(events).toEqual([]);
		await automation(pi);
		expect(events).toEqual(["session_shutdown", "resources_discover", "before_agent_start"]);
	});

	it("imports nothing before it knows where it is", () => {
		const source = readFileSync(new URL("../../../src/extensions/automation/entry.ts", import.meta.url), "utf8");
		expect(source.match(/^import (?!type).*$/gm)).toBeNull();
	});
});
