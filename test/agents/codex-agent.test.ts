import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AgentFolders } from "../../src/agents/agent-folders.ts";
import { parseCodexFile } from "../../src/agents/codex-agent.ts";

const TOML = `# reviews pull requests
name = "pr-explorer"
description = "Reads code"
model = "gpt-5.3-codex"
model_reasoning_effort = "medium"
sandbox_mode = "read-only"
developer_instructions = """
Stay in exploration mode.
name = "not a key"
"""

[mcp_servers.docs]
url = "https://example.com/mcp"
`;

let root: string;
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), "pi-crew-codex-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): void {
	mkdirSync(dirname(join(root, path)), { recursive: true });
	writeFileSync(join(root, path), text);
}
const load = () =>
	new AgentFolders(join(root, "agent"), root).load(
		{ cwd: root, isTrusted: true },
		{ entries: [".codex/agents"], isOfProject: false },
	);

describe("an agent file of Codex in a folder that is read", () => {
	it("is an error that says key by key how to convert it", () => {
		write(".codex/agents/explorer.toml", TOML);
		expect(load().diagnostics).toEqual([
			{
				severity: "error",
				file: join(root, ".codex/agents/explorer.toml"),
				line: 2,
				message:
					"agent files of Codex are not read. Write explorer.md beside it: between two lines `---` its keys as `key: value`. " +
					"`name` stays, `description` stays, `model` stays, `model_reasoning_effort` becomes `thinking: medium`, " +
					'`sandbox_mode = "read-only"` becomes `readonly: true`, with `disallowed_tools: bash` where no command may write either, ' +
					"`developer_instructions` becomes the text below the keys, `mcp_servers` has no counterpart",
			},
		]);
	});

	it.each(["explorer", "pr-explorer"])("keeps a call of its name from running anything else: %s", (type) => {
		write(".codex/agents/explorer.toml", TOML);
		expect(load().find(type)).toMatchObject({ kind: "broken", problem: { line: 2 } });
	});

	it.each([".codex/agents/explorer.md", ".pi/agents/Explorer.md"])("is no trouble once it is converted: %s", (path) => {
		write(".codex/agents/explorer.toml", TOML);
		write(path, "---\nreadonly: true\n---\nStay in exploration mode.");
		expect(load().diagnostics).toEqual([]);
		expect(load().find("explorer").kind).toBe("found");
	});

	it.each([
		["says nothing of an agent", "[package]\nname = 'x'\n"],
		["is empty", ""],
	])("is left alone where it %s", (_what, text) => {
		write(".codex/agents/other.toml", text);
		expect([load().diagnostics, load().find("other").kind]).toEqual([[], "unknown"]);
	});

	it("may have Windows line ends and odd quotes", () => {
		const text = "\uFEFFname = 'a'\r\nsandbox_mode = \"workspace-write\"\r\ndeveloper_instructions = '''x\r\ny'''\r\n";
		const [told] = parseCodexFile("/a.toml", "project", text)?.diagnostics ?? [];
		expect(told?.message).toMatch(
			/`name` stays, `sandbox_mode` has no counterpart .*, `developer_instructions` becomes/,
		);
	});
});
