import { describe, expect, it } from "vitest";
import { parseAgentFile } from "../../src/agents/agent-file.ts";
import { agentFileKeys } from "../../src/agents/agent-file-keys.ts";
import { BUILTIN_TOOLS } from "../../src/domain/agent-definition.ts";

const FILE = "/project/.pi/agents/reviewer.md";
const parse = (keys: string, body = "You review.") => parseAgentFile(FILE, "project", `---\n${keys}\n---\n${body}`);
const warning = (line: number, message: unknown) => ({ severity: "warning", file: FILE, line, message });

const plain = {
	name: "reviewer",
	description: "reviewer",
	origin: "project",
	file: FILE,
	tools: BUILTIN_TOOLS,
	promptMode: "append",
	instructions: "You review.",
	fileKeys: {},
};

describe("an agent file", () => {
	it("may leave everything open", () => {
		expect(parseAgentFile(FILE, "project", "You review.\n")).toEqual({
			name: "reviewer",
			definition: plain,
			file: FILE,
			origin: "project",
			isDisabled: false,
			diagnostics: [],
		});
	});

	it("may decide everything", () => {
		const keys = {
			description: "Reviews code",
			display_name: "The Reviewer",
			tools: ["read", "grep", "lookup"],
			model: ["opus", "openai/gpt-5.2"],
			thinking: "high",
			max_turns: 12,
			prompt_mode: "replace",
			inherit_context: true,
			context_turns: 3,
			run_in_background: false,
			enabled: true,
			color: "orange",
			permission: { bash: "ask" },
			isolation: "worktree",
		};
		const text = Object.entries(keys).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
		expect(parse(text.join("\n"))).toEqual({
			name: "reviewer",
			definition: {
				...plain,
				description: "Reviews code",
				displayName: "The Reviewer",
				tools: ["read", "grep"],
				extensionTools: ["lookup"],
				model: { queries: ["opus", "openai/gpt-5.2"], strength: "pinned" },
				thinking: "high",
				maxTurns: 12,
				promptMode: "replace",
				inheritContext: true,
				contextTurns: 3,
				runInBackground: false,
				permission: { line: 14, isReadByExtensions: false, deniedTools: ["bash"], firmlyDenied: [] },
				color: "orange",
				fileKeys: keys,
			},
			file: FILE,
			origin: "project",
			isDisabled: false,
			toolsLine: 4,
			shownAs: { name: "The Reviewer", line: 3 },
			diagnostics: [],
		});
	});

	it("in the manner of Claude Code is understood", () => {
		const keys =
			"name: code-reviewer\ndescription: Reviews. Use it when: always.\ntools: Read, Grep, Glob, Bash(git:*), Task\nmodel: inherit\ncolor: red";
		expect(parse(keys)).toMatchObject({
			name: "reviewer",
			definition: {
				name: "reviewer",
				displayName: "code-reviewer",
				description: "Reviews. Use it when: always.",
				tools: ["read", "bash", "grep", "find"],
				extensionTools: ["Task"],
				color: "red",
			},
			diagnostics: [
				warning(3, expect.stringMatching(/^not valid YAML: Nested mappings.*; its values were taken as they stand$/)),
			],
		});
		expect(parse(keys).definition).not.toHaveProperty("model");
	});

	it.each([
		["reviewer.md", "reviewer"],
		["Code Review.MD", "Code Review"],
		["v2.1.md", "v2.1"],
		["Prüfer.md", "Prüfer"],
		["a.md.md", "a.md"],
	])("%s has its base name as its name", (file, name) => {
		expect(parseAgentFile(`/agents/${file}`, "personal", "x")).toMatchObject({
			name,
			definition: { name, origin: "personal", file: `/agents/${file}` },
			diagnostics: [],
		});
	});

	it.each(['a"b.md', "a<b>.md", "a&b.md", "a'b.md", "a\\b.md", "a\nb.md", " a.md", "a .md", ".md"])(
		"%j is refused: its name could not be written safely into a tag",
		(file) => {
			const parsed = parseAgentFile(`/agents/${file}`, "project", "---\ndescription: fine\n---\nx");
			expect(parsed).toMatchObject({
				isDisabled: false,
				diagnostics: [
					{
						severity: "error",
						file: `/agents/${file}`,
						message: expect.stringMatching(/cannot be an agent's name; expected one without < > " ' & \\/),
					},
				],
			});
			expect(parsed).not.toHaveProperty("definition");
		},
	);

	it("that is empty is an agent without instructions, and a warning", () => {
		expect(parseAgentFile(FILE, "project", "\uFEFF \r\n")).toEqual({
			name: "reviewer",
			definition: { ...plain, instructions: "" },
			file: FILE,
			origin: "project",
			isDisabled: false,
			diagnostics: [warning(1, "the file is empty: the agent has no instructions")],
		});
	});

	it("may have keys and no body", () => {
		expect(parse("tools: none", "")).toMatchObject({ definition: { instructions: "", tools: [] }, diagnostics: [] });
	});

	it("with `enabled: false` is disabled, and read all the same", () => {
		expect(parse("enabled: false\ndescription: later")).toMatchObject({
			isDisabled: true,
			definition: { description: "later" },
			diagnostics: [],
		});
	});

	it("cannot be changed by whoever reads it", () => {
		expect(Object.isFrozen(parse("tools: read").definition)).toBe(true);
	});
});

describe("front matter that cannot be read", () => {
	it("leaves no definition, and an error with its place", () => {
		expect(parse("description: [open\ncolor: red")).toMatchObject({
			name: "reviewer",
			file: FILE,
			origin: "project",
			isDisabled: false,
			diagnostics: [
				{ severity: "error", file: FILE, line: 3, column: 1, message: expect.stringContaining("Flow seq") },
			],
		});
		expect(parse("description: [open\ncolor: red")).not.toHaveProperty("definition");
	});

	it("is reported in a diagnostic and nothing else", () => {
		expect(parse("- a").diagnostics).toEqual([
			{
				severity: "error",
				file: FILE,
				line: 2,
				column: 1,
				message: "the front matter is no list of keys; expected lines `key: value`, text with odd signs in quotes",
			},
		]);
	});
});

describe("a file that is not what it seems", () => {
	it.each([
		["a picture", "\u0089PNG\r\n\u0000\u0000"],
		["UTF-16", Buffer.from("\uFEFF---\ntools: none\n---\nbody", "utf16le").toString("utf8")],
		["a text with one such character", "---\ntools: none\n---\nbody\0"],
	])("is refused when it is no text: %s", (_what, text) => {
		expect(parseAgentFile(FILE, "project", text)).toEqual({
			name: "reviewer",
			file: FILE,
			origin: "project",
			isDisabled: false,
			diagnostics: [{ severity: "error", file: FILE, message: "it is no text; expected one in UTF-8" }],
		});
	});

	it("is used with a word on its first lost character when it is Latin-1", () => {
		const text = Buffer.from("---\r\ndescription: Pr\u00fcft\r\n---\r\nGr\u00fc\u00dfe", "latin1").toString("utf8");
		const { definition, diagnostics } = parseAgentFile(FILE, "project", text);
		expect(definition?.description).toMatch(/^Pr.ft$/);
		expect(diagnostics).toEqual([warning(2, "not all of the file is UTF-8: a character was lost")]);
	});

	it.each([
		"\n\n---\ntools: none\n---\nbody",
		"<!-- ours -->\n---\ntools: none\n---\n",
		"----\ntools: none\n----\n",
		" ---\n tools: x",
	])("is reported when its keys do not begin in the first line: %j", (text) => {
		const { definition, diagnostics } = parseAgentFile(FILE, "project", text);
		expect(definition).toMatchObject({ tools: BUILTIN_TOOLS, instructions: text.replace(/^\n+|\n+$/g, "") });
		expect(diagnostics).toEqual([
			warning(1, "front matter begins in the first line, with `---`; these keys were taken for instructions"),
		]);
	});

	it.each(["# Title\n\n---\n\nkey: value", "---\n---\n---\n\nHello", "---\n\n---\n# Title\n\n---\nkey: value"])(
		"may have rules in its text: %j",
		(text) => {
			expect(parseAgentFile(FILE, "project", text).diagnostics).toEqual([]);
		},
	);
});

describe("a file with very much to mend", () => {
	it("is reported by its first characters, with how much more there is", () => {
		const keys = Array.from({ length: 500 }, (_, index) => `zz${index}: x`).join("\n");
		const { diagnostics } = parse(keys);
		expect([diagnostics.length, diagnostics[19], diagnostics[20]]).toEqual([
			21,
			warning(21, "unknown key `zz19`"),
			{ severity: "warning", file: FILE, message: "and 480 more warnings" },
		]);
	});
});

describe("the keys skills and memory", () => {
	it.each([
		["skills: a, b", ["a", "b"]],
		["skills: [a, '/skill:b', a]", ["a", "b"]],
		["skills: One", ["One"]],
		["skills: none", []],
		["skills: false", []],
		["skills: []", []],
		["skills: all", undefined],
		["skills: true", undefined],
	])("name skills: %s", (line, skills) => {
		const { definition, diagnostics } = parse(line);
		expect([definition?.skills, diagnostics]).toEqual([skills, []]);
	});

	it.each([
		["memory: project", "project"],
		["memory: ' USER '", "user"],
		["Memory: local", "local"],
	])("name a place for notes: %s", (line, memory) => {
		const { definition, diagnostics } = parse(line);
		expect([definition?.memory, diagnostics]).toEqual([memory, []]);
	});

	it.each([
		["memory: true", "`memory` is true; expected user, project, local. The key was ignored"],
		["memory: [user]", "`memory` is [ 'user' ]; expected user, project, local. The key was ignored"],
		["skills:", "`skills` is null; expected a list of names of skills, or none. The key was ignored"],
		["skills: [[a]]", "`skills` is [ [ 'a' ] ]; expected a list of names of skills, or none. The key was ignored"],
	])("are ignored with a warning where they cannot be read: %s", (line, message) => {
		const { definition, diagnostics } = parse(line);
		expect([definition?.memory, definition?.skills, diagnostics]).toEqual([
			undefined,
			undefined,
			[warning(2, message)],
		]);
	});

	it("do not go around permissions: what these leave out is denied, also the tool that remembers", () => {
		const deniedIn = (keys: string) => parse(keys).definition?.deniedTools?.includes("remember") ?? false;
		const closed = "permissions: {'*': deny, read: allow}";
		expect([deniedIn(`memory: user\n${closed}`), deniedIn(closed), deniedIn("memory: user")]).toEqual([
			true,
			false,
			false,
		]);
		expect(deniedIn("memory: user\npermissions: {'*': deny, remember: allow}")).toBe(false);
	});
});

describe("a key nobody knows", () => {
	it.each([
		["desc", "description"],
		["models", "model"],
		["colour", "color"],
	])("is reported with the nearest one: %s", (key, nearest) => {
		const parsed = parse(`tools: read\n${key}: x`);
		expect(parsed.diagnostics).toEqual([warning(3, `unknown key \`${key}\`; did you mean \`${nearest}\`?`)]);
		expect(parsed.definition?.fileKeys).toEqual({ tools: "read", [key]: "x" });
	});

	it.each(["x", "id", "temperature", "version", "__proto__", "constructor", "toString", "hasOwnProperty"])(
		"is reported without a guess where none is near, and does no harm: %s",
		(key) => {
			const { diagnostics, definition } = parse(`${key}: {polluted: 1}`);
			expect(diagnostics).toEqual([warning(2, `unknown key \`${key}\``)]);
			expect(definition).toEqual({ ...plain, fileKeys: expect.anything() });
			expect(Object.keys(definition?.fileKeys ?? {})).toEqual([key]);
			expect(Object.getPrototypeOf(definition?.fileKeys)).toBe(Object.prototype);
			expect(({} as Record<string, unknown>).polluted).toBeUndefined();
		},
	);

	it("is reported by its first characters when it is long", () => {
		expect(parse(`${"k".repeat(500)}: x`).diagnostics).toEqual([warning(2, `unknown key \`${"k".repeat(40)}\``)]);
	});
});

describe("keys of other extensions", () => {
	it("cannot be changed by those they are handed to, whatever YAML makes of them", () => {
		const text = "permission: {bash: [deny]}\nisolation: !!binary aGVsbG8=\ncircle: &a [*a]";
		const keys = parse(text).definition?.fileKeys;
		const bash = (keys?.permission as { bash?: string[] } | undefined)?.bash;
		expect([Object.isFrozen(keys), Object.isFrozen(bash), Object.isFrozen(keys?.circle)]).toEqual([true, true, true]);
	});

	it.each(["permission: {bash: ask}", "permission: [read]", "isolation: worktree"])(
		"are left alone and passed on: %s",
		(line) => {
			const { diagnostics, definition } = parse(line);
			expect(diagnostics).toEqual([]);
			expect(Object.keys(definition?.fileKeys ?? {})).toEqual([line.split(":")[0]]);
		},
	);
});

describe("a value that cannot be used", () => {
	const remark = (shown: string, accepted: string) => `${shown}; expected ${accepted}. The key was ignored`;
	const color = 'a color such as red, orange, yellow, green, cyan, blue, purple, pink, or "#8b5cf6" in quotes';
	const levels = "off, minimal, low, medium, high, xhigh, max";

	it.each([
		["description: [a]", remark("`description` is [ 'a' ]", "a text")],
		["display_name: ''", remark("`display_name` is ''", "a text")],
		["model: 5", remark("`model` is 5", '"provider/id", a part of a model\'s name, or a list of these')],
		["thinking: huge", remark("`thinking` is 'huge'", levels)],
		["max_turns: many", remark("`max_turns` is 'many'", "an integer >= 0; 0 is unlimited")],
		["prompt_mode: prepend", remark("`prompt_mode` is 'prepend'", "append or replace")],
		["inherit_context: maybe", remark("`inherit_context` is 'maybe'", "true or false")],
		["context_turns: 0", remark("`context_turns` is 0", "an integer >= 1")],
		["run_in_background: 1", remark("`run_in_background` is 1", "true or false")],
		["name: {}", remark("`name` is {}", "a text")],
		["color:", remark("`color` is null", `${color}; YAML takes what follows an unquoted # for a remark`)],
		["color: blurple", remark("`color` is 'blurple'", color)],
	])("is ignored with a word on what is accepted: %s", (line, message) => {
		const { definition, diagnostics, isDisabled } = parse(`# its line is the third\n${line}`);
		expect(diagnostics).toEqual([warning(3, message)]);
		expect({ ...definition, fileKeys: {} }).toEqual(plain);
		expect(isDisabled).toBe(false);
	});

	it.each(["", "''", "null"])("leaves no built-in tools where the list of them is not there: %j", (blank) => {
		const { definition, diagnostics } = parse(`tools: ${blank}`);
		expect(diagnostics).toEqual([warning(2, expect.stringMatching(/It gets no built-in tools$/))]);
		expect(definition).toMatchObject({ tools: [] });
	});

	it("is shown by its beginning when it is long or deep", () => {
		const [text, list, deep] = ["x".repeat(500), `[${"1, ".repeat(400)}1]`, "{a: {b: {c: 1}}}"].map(
			(value) => parse(`max_turns: ${value}`).diagnostics[0]?.message as string,
		);
		expect(text).toMatch(/^`max_turns` is 'x{60}'\.\.\. 440 more chara…; expected/);
		expect(list).toMatch(/^`max_turns` is \[ 1, 1, 1, 1, 1, \.\.\. 396 more items \]; expected/);
		expect(deep).toMatch(/^`max_turns` is \{ a: \{ b: \[Object\] \} \}; expected/);
	});

	it("may be a circle", () => {
		expect(parse("model: &a {x: *a}").diagnostics).toEqual([warning(2, expect.stringContaining("[Circular *1]"))]);
	});

	it("never throws, whatever it is", () => {
		expect(parse("thinking: {toString: 1, valueOf: 2}").diagnostics).toEqual([
			warning(2, remark("`thinking` is { toString: 1, valueOf: 2 }", levels)),
		]);
	});
});

describe("a key that takes something away and cannot be understood", () => {
	it.each([
		["tools: 5", /`tools` is 5; expected none, or a list of read/],
		["tools: {bash: ask}", /`tools` is \{ bash: 'ask' \}; expected none/],
		["tools: [read, {bash: true}]", /expected none, or a list/],
		["Tools: 5", /`Tools` is 5/],
		["disallowedTools:", /`disallowedTools` is null; expected a list of tools/],
		["disallowed_tools: {Bash: true}", /expected a list of tools/],
		["disallowedTools: [Write, {Bash: x}]", /expected a list of tools/],
		["disallowedTools: Wirte", /"Wirte" is no tool, did you mean "write"\?/],
		["disallowedTools: [Bsah, Edit]", /"Bsah" is no tool, did you mean "bash"\?/],
		["readonly: maybe", /`readonly` is 'maybe'; expected true or false/],
		["enabled: 0", /`enabled` is 0; expected true or false/],
		["isolated: sometimes", /expected true or false/],
		["permissionMode: strict", /expected plan, default, acceptEdits/],
		["permissions: [read]", /`permissions` is \[ 'read' \]; expected allow, ask or deny/],
		["extensions: [web]", /name those in `tools`/],
		["limits: {usd: 1}", /`max_turns` limits turns/],
		["tool: read", /unknown key `tool`; did you mean `tools`\?/],
		["disalowedTools: bash", /unknown key `disalowedTools`; did you mean `disallowed_tools`\?/],
		["deniedTools: bash", /unknown key `deniedTools`/],
		["forbidden-tools: bash", /unknown key `forbidden-tools`/],
		["exclude_tools: bash", /unknown key/],
		["blockedCommands: [rm]", /unknown key/],
		["allowed-tools: Read", /unknown key/],
		["allowedTools: Read", /unknown key/],
		["read_only_mode: true", /unknown key/],
		...[
			...["denyTools: [bash]", "disallow: bash", "allowed_paths: [src]", "restrictTools: true", "exclude_tools: bash"],
			...["tools_denied: [bash]", "no_bash: true", "without-network: true", "write: false", "bash: deny", "edit: ask"],
			...["access: read-only", "mode: readonly", "can_edit: false", "network_access: none", "allow_write: false"],
			...[
				"available_tools: [read]",
				"only_tools: read",
				"permitted_tools: read",
				"tool_filter: read",
				"toolsOnly: read",
			],
			...[
				"allowedDomains: [a.com]",
				"blocked_commands: [rm]",
				"remove_tools: bash",
				"allow: [read]",
				"sandbox_mode: x",
			],
			...["read_only_mode: true", "offline: true", "disabledTools: bash", "forbidden: [rm]", "guardrails: [x]"],
		].map((line): [string, RegExp] => [line, /unknown key/]),
		["sandbox: read-only", /unknown key/],
		["approval_policy: never", /unknown key/],
		["permision: {bash: deny}", /unknown key `permision`/],
		["enable: false", /unknown key `enable`; did you mean `enabled`\?/],
		[
			"disallowedTools: edit\ndisallowed_tools: write",
			/`disallowed_tools` is the same key as `disallowedTools` in line 3/,
		],
	])("refuses the type, with file, line and what was expected: %s", (line, message) => {
		const { definition, diagnostics } = parse(`# its line is the third\n${line}`);
		const [first] = diagnostics;
		expect(first).toEqual({
			severity: "error",
			file: FILE,
			line: 2 + line.split("\n").length,
			message: expect.stringMatching(/cannot be used until the key is corrected or removed$/),
		});
		expect([first?.message, definition]).toEqual([expect.stringMatching(message), undefined]);
	});

	it.each([
		"title: x",
		"hooksafe: x",
		"notify_command: say",
		"node_path: /usr/bin",
		"mode: subagent",
		"write: true",
		"banner: none",
		"dropbox_file: x",
		"capabilities: [review]",
		"models: x",
		"version: 2",
		"color: red",
		"temperature: 0",
		"timeout: 300",
		"tags: [a]",
	])("is none where the name says nothing of the kind: %s", (line) => {
		expect(parse(line).definition).toBeDefined();
	});
});

describe("keys that take tools away", () => {
	it.each([
		["disallowedTools: Write, Edit", ["write", "edit"]],
		["disallowed_tools: [write, mcp__x__*]", ["write", "mcp__x__*"]],
		["disallowed-tools: mcp__github", ["mcp__github", "mcp__github__*"]],
		["disallowedTools: Bash(git push:*), Read(./secret/**)", ["bash", "read"]],
		["disallowedTools: ['Bash, Edit']", ["bash", "edit"]],
		["disallowedTools: Glob web_search", ["find", "Glob", "web_search"]],
		["disallowedTools: '*'", ["*"]],
		["readonly: true", ["edit", "write"]],
		["readOnly: yes", ["edit", "write"]],
		["permissionMode: plan", ["edit", "write"]],
		["permissions: {deny: ['Bash(rm:*)'], allow: [Read]}", ["bash"]],
		["tools: {github_*: false}", ["github_*"]],
	])("are understood in every spelling: %s", (line, deniedTools) => {
		expect(parse(line)).toMatchObject({ definition: { deniedTools }, diagnostics: [] });
	});

	it.each(["disallowedTools: []", "disallowedTools: none", "readonly: false", "isolated: false", "extensions: true"])(
		"may take nothing away: %s",
		(line) => {
			const { definition, diagnostics } = parse(line);
			expect([diagnostics, { ...definition, fileKeys: {} }]).toEqual([[], plain]);
		},
	);

	it.each([
		["extensions: false", []],
		["tools: {'*': false, read: true}", []],
		["tools: {'*': false, web_search: true}", ["web_search"]],
		["tools: Read, mcp__github", ["mcp__github", "mcp__github__*"]],
		["tools: Read, mcp__github__*", ["mcp__github__*"]],
	])("may keep just some of the extension tools: %s", (line, extensionTools) => {
		expect(parse(line)).toMatchObject({ definition: { extensionTools }, diagnostics: [] });
	});
});

describe("keys in other spellings", () => {
	it.each([
		["maxTurns: 3", { maxTurns: 3 }],
		["max-turns: 3", { maxTurns: 3 }],
		["Description: x", { description: "x" }],
		["background: true", { runInBackground: true }],
		["is_background: true", { runInBackground: true }],
		["isBackground: no", { runInBackground: false }],
		["effort: high", { thinking: "high" }],
		["thinking_level: low", { thinking: "low" }],
		["initialPrompt: Look first.", { initialPrompt: "Look first." }],
		["isolated: true", { isolated: true }],
		["displayName: R", { displayName: "R" }],
		["promptMode: replace", { promptMode: "replace" }],
	])("are the same keys: %s", (line, read) => {
		expect(parse(line)).toMatchObject({ definition: read, diagnostics: [] });
	});

	it("count once, and the first stays", () => {
		const { definition, diagnostics } = parse("max_turns: 3\nmaxTurns: 4");
		expect(definition?.maxTurns).toBe(3);
		expect(diagnostics).toEqual([warning(3, "`maxTurns` is the same key as `max_turns` in line 2, which counts")]);
	});

	it("may give the instructions where there is no text below the keys", () => {
		expect(parse("prompt: Review it.", "").definition?.instructions).toBe("Review it.");
		expect(parse("prompt: Review it.").definition?.instructions).toBe("You review.");
	});

	it("may take the agent away", () => {
		expect(parse("disable: true").isDisabled).toBe(true);
	});

	it.each([
		["hooks: {PreToolUse: []}", /^`hooks` has no effect: no hook is run: what one would have blocked is not blocked/],
		[
			"mcpServers: [github]",
			/^`mcpServers` has no effect: no server is started: the agent has the MCP tools of its parent/,
		],
		["permissionMode: bypassPermissions", /^`permissionMode` has no effect: pi asks nobody before a tool is used/],
		["permissionMode: dontAsk", /pi asks nobody/],
	])("that pi cannot honour are reported with what that means: %s", (line, message) => {
		expect(parse(line).diagnostics).toEqual([warning(2, expect.stringMatching(message))]);
	});
});

describe("the key permission, where nobody else reads it", () => {
	const edits = ["edit", "write", "patch", "apply_patch", "multiedit"];
	it.each([
		["{edit: deny}", ["edit", "write"], undefined],
		["{bash: ask}", ["bash"], undefined],
		["{bash: {'git *': allow, '*': ask}}", ["bash"], undefined],
		["{bash: {'*': allow, 'rm *': deny}}", ["bash"], undefined],
		["{bash: {'git *': allow}}", ["bash"], undefined],
		["{bash: {'*': allow}}", [], undefined],
		["{bash: allow, webfetch: deny, 'github_*': deny}", ["webfetch", "github_*"], undefined],
		["{list: deny, glob: deny}", ["find", "ls", "list", "glob"], undefined],
		["{'*': deny, read: allow}", ["bash", "edit", "write", "grep", "find", "ls"], []],
		["{'*': deny, read: allow, lookup: allow}", ["bash", "edit", "write", "grep", "find", "ls"], ["lookup"]],
		["{'*': allow, bash: deny}", ["bash"], undefined],
		["{bash: deny, '*': allow}", ["bash"], undefined],
		["{bash: allow, '*': deny}", [...BUILTIN_TOOLS], []],
		["{edit: Deny, write: allow}", ["edit"], undefined],
		["{bash: false}", ["bash"], undefined],
		["deny", [...BUILTIN_TOOLS], []],
		["allow", [], undefined],
	])("takes away what it does not simply allow: %s", (raw, denied, extensionTools) => {
		const { definition, diagnostics } = parse(`permission: ${raw}`);
		const { permission } = definition ?? {};
		const told = permission?.deniedTools.filter((tool) => denied.includes(tool) || !edits.includes(tool));
		expect([told, permission?.extensionTools, permission?.problem, diagnostics]).toEqual([
			denied,
			extensionTools,
			undefined,
			[],
		]);
	});

	it.each(["", "5", "[bash]", "{bash: never}", "{bash: {ls: 1}}", "{external_directory: deny}", "{skill: ask}"])(
		"has a problem where it cannot be understood: %s",
		(raw) => {
			expect(parse(`permission: ${raw}`).definition?.permission).toMatchObject({
				deniedTools: ["*"],
				problem: expect.stringMatching(/^expected allow, ask or deny/),
			});
		},
	);

	it("is read by extensions when it is written in lines", () => {
		const isRead = (text: string) => parse(text).definition?.permission?.isReadByExtensions;
		expect(isRead("permission:\n  edit: deny\n  bash:\n    '*': ask")).toBe(true);
		expect(
			["permission: {edit: deny}", "permission:\n  bash: {'*': ask}", "Permission:\n  edit: deny"].map(isRead),
		).toEqual([false, false, false]);
	});
});

describe("the keys of an agent file", () => {
	it("are reported with what each accepts and means", () => {
		const keys = agentFileKeys();
		expect(keys.find(({ key }) => key === "prompt_mode")).toMatchObject({ accepts: "append or replace" });
		expect(keys.find(({ key }) => key === "thinking")?.accepts).toContain("off, minimal, low");
		expect(keys.find(({ key }) => key === "tools")?.accepts).toContain("read, bash, edit");
		expect(keys.filter(({ accepts, means }) => accepts === "anything" || means === "")).toEqual([]);
	});
});
