import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ParentTools } from "../../src/host/parent-tools.ts";

let root: string;
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), "pi-crew-servers-"));
	mkdirSync(join(root, "project/.pi"), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

const personal = (mcpServers: unknown) =>
	writeFileSync(join(root, "mcp.json"), `\uFEFF${JSON.stringify({ mcpServers })}`);
const project = (mcpServers: unknown) =>
	writeFileSync(join(root, "project/.pi/mcp.json"), JSON.stringify({ mcpServers }));

function parentTools({ registered = [], hasMcp = true }: { registered?: object[]; hasMcp?: boolean } = {}) {
	const command = { name: "mcp", sourceInfo: { path: hasMcp ? "builtin:mcp" : "/ext/mcp.ts" } };
	const pi = {
		getAllTools: () => [],
		getActiveTools: () => [],
		getCommands: () => [command],
		getMcpServers: () => registered,
	};
	return new ParentTools(pi as unknown as ConstructorParameters<typeof ParentTools>[0], root);
}

describe("the MCP servers that a parent's tools may still come from", () => {
	const servers = (options?: Parameters<typeof parentTools>[0], projectTrusted = true) =>
		parentTools(options).servers({ cwd: join(root, "project"), projectTrusted });

	it("are those of the person and of the project, by the names that their tools begin with", () => {
		personal({ "dev-radius": { command: "a" } });
		project({ tiny: { command: "b" } });
		expect(servers()).toEqual(["mcp__dev_radius", "mcp__tiny"]);
	});

	it("are without those that are switched off, where the project goes before the person", () => {
		personal({ a: { command: "x" }, b: { command: "x", enabled: false }, c: { command: "x", enabled: false } });
		project({ a: { enabled: false }, b: { enabled: true } });
		expect(servers()).toEqual(["mcp__b"]);
	});

	it("are without those of a project that is not trusted", () => {
		project({ tiny: { command: "b" } });
		expect(servers({}, false)).toEqual([]);
	});

	it("include those that extensions register, unless a file has one of that name", () => {
		personal({ "my-one": { command: "x", enabled: false } });
		const registered = [
			{ name: "my_one", config: {} },
			{ name: "other", config: {} },
			{ name: "off", config: { enabled: false } },
		];
		expect(servers({ registered })).toEqual(["mcp__other"]);
	});

	it("are none where the host connects none", () => {
		personal({ tiny: { command: "a" } });
		expect(servers({ hasMcp: false })).toEqual([]);
	});

	it.each(["", "{", "[]", "null", "7", '{"mcpServers": null}', '{"mcpServers": {"a": null}}'])(
		"are read from whatever is in the file without harm: %s",
		(text) => {
			writeFileSync(join(root, "mcp.json"), text);
			expect(servers()).toEqual(text.includes('"a"') ? ["mcp__a"] : []);
		},
	);
});

describe("a call of a parent's tool", () => {
	it("fails with a reason, and does not throw, where the parent gives no way to it", async () => {
		const call = { name: "mcp__tiny__echo", args: {}, place: { cwd: root, projectTrusted: true }, callId: "c" };
		const result = await parentTools().execute({ ...call, signal: undefined, onUpdate: undefined });
		expect(result).toMatchObject({
			isError: true,
			content: [
				{
					text: "mcp__tiny__echo could not be called in the parent session: the tool `subagent` is not active in the parent session",
				},
			],
		});
	});
});
