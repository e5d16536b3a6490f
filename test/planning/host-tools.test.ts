import { describe, expect, it } from "vitest";
import {
	type AnyToolInfo,
	callableTools,
	isOfHostExtension,
	type ToolExposure,
} from "../../src/planning/host-tools.ts";

const tool = (name: string, exposure?: ToolExposure, source = "builtin", path = "builtin:mcp") =>
	({ name, description: "", exposure, sourceInfo: { source, path } }) as unknown as AnyToolInfo;

describe("what a session's model can call", () => {
	const tools = [
		tool("read", "direct"),
		tool("write", "direct"),
		tool("codemode", "model-only"),
		tool("hidden", "hidden"),
		tool("found", "deferred"),
		tool("scripted", "codemode"),
	];
	const names = (...active: string[]) => callableTools(tools, active).map(({ name }) => name);

	it("is what is declared to it", () => {
		expect(names("read")).toEqual(["read"]);
	});

	it("is also what it reaches through an active codemode or tool_search", () => {
		expect(names("read", "codemode")).toEqual(["read", "codemode", "found", "scripted"]);
		expect(names("tool_search")).toEqual(["found", "scripted"]);
	});

	it("is never a hidden tool", () => {
		expect(names("hidden", "codemode")).not.toContain("hidden");
	});

	it("is what is active on a host that knows no exposure", () => {
		expect(callableTools([tool("read"), tool("write")], ["write"]).map(({ name }) => name)).toEqual(["write"]);
	});
});

describe("a tool of the host's own extensions", () => {
	it.each([
		["of an MCP server", tool("mcp__tiny__echo", "direct"), true],
		["that reaches others", tool("codemode", "model-only", "builtin", "builtin:codemode"), true],
		["that every session has", tool("read", "direct", "builtin", "builtin:read"), false],
		["that every session of an older host has", tool("read", undefined, "builtin", "<builtin:read>"), false],
		["of a person's extension", tool("codemode", "model-only", "local", "/ext/codemode.ts"), false],
	])("is recognized among others: one %s", (_what, info, isIt) => {
		expect(isOfHostExtension(info)).toBe(isIt);
	});
});
