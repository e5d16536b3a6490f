import { readFileSync } from "node:fs";
import type { ExtensionAPI } from "@mariozechner/pi-coding-agent";
import { describe, expect, it } from "vitest";
import worktrees from "../../../src/extensions/worktrees/entry.ts";
import { insideChild } from "../../../src/platform/child-scope.ts";

describe("the entry of the worktrees", () => {
	it("listens to the session in a parent and does nothing at all in a subagent", async () => {
		const events: string[] = [];
		const pi = { on: (event: string) => events.push(event) } as unknown as ExtensionAPI;
		await insideChild({ subagentId: "id", agentName: "Explore" }, () => worktrees(pi));
		expect(events).toEqual([]);
		await worktrees(pi);
		expect(events).toEqual(["session_start", "session_shutdown"]);
	});

	it("imports nothing before it knows where it is", () => {
		const source = readFileSync(new URL("../../../src/extensions/worktrees/entry.ts", import.meta.url), "utf8");
		expect(source.match(/^import (?!type).*$/gm)).toBeNull();
	});
});
