import { readFileSync } from "node:fs";
import type { ExtensionAPI } from "@mariozechner/pi-coding-agent";
import { describe, expect, it } from "vitest";
import piCrew from "../src/entry.ts";
import { insideChild } from "../src/platform/child-scope.ts";

/** An API on which every touch is noted. */
function untouchedApi(): { pi: ExtensionAPI; touched: PropertyKey[] } {
	const touched: PropertyKey[] = [];
	const pi = new Proxy({} as ExtensionAPI, {
		get: (_target, name) => {
			touched.push(name);
			return () => undefined;
		},
	});
	return { pi, touched };
}

/** The keys of process-wide symbols that a source file names. */
function symbolKeys(path: string): string[] {
	const source = readFileSync(new URL(path, import.meta.url), "utf8");
	return [...source.matchAll(/Symbol\.for\("([^"]+)"\)/g)].map(([, key]) => key ?? "");
}

describe("what pi loads of us", () => {
	it("does nothing at all inside a child", async () => {
		const { pi, touched } = untouchedApi();
		await insideChild({ subagentId: "id", agentName: "Explore" }, () => piCrew(pi));
		expect(touched).toEqual([]);
	});

	it("registers itself in a parent", async () => {
		const { pi, touched } = untouchedApi();
		await piCrew(pi);
		expect(touched).toContain("registerTool");
	});

	it("looks for a child's scope under the very key it is kept under, though it may import nothing", () => {
		const [kept] = symbolKeys("../src/platform/child-scope.ts");
		expect(kept).toBe("pi-crew:child-scope/v1");
		expect(symbolKeys("../src/entry.ts")).toContain(kept);
	});
});
