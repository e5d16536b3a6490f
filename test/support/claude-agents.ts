/**
 * A collection of agent files as people keep them for Claude Code and its relatives: many trades, many hands, many ways of
 * writing the same keys. All of them are made up.
 *
 * @returns file names with their texts
 */
export function claudeAgents(): Readonly<Record<string, string>> {
	const files: Record<string, string> = {};
	for (const [index, trade] of TRADES.entries()) {
		for (const [shape, write] of Object.entries(SHAPES)) files[`${trade}-${shape}.md`] = write(trade, index);
	}
	return files;
}

const TRADES = ["api-designer", "code-reviewer", "data", "devops", "go", "i18n", "sre"];

const BODY =
	"You are a senior specialist.\n\n## When invoked\n1. Look around\n2. Do the work\n---\nA rule is no fence.\n";
const COLORS = ["red", "blue", "green", "yellow", "purple", "orange", "pink", "cyan"];
const MODELS = ["opus", "sonnet", "haiku", "inherit", "sonnet[1m]", "haiku:low", "claude-opus-4-20250514", "default"];

const file = (...keys: string[]) => `---\n${keys.join("\n")}\n---\n\n${BODY}`;

/** What one hand writes. */
type Shape = (trade: string, index: number) => string;

const SHAPES: Readonly<Record<string, Shape>> = {
	plain: (trade, index) =>
		file(
			`name: ${trade}-plain`,
			`description: Expert ${trade}.`,
			"tools: Read, Grep, Glob, Bash",
			`model: ${MODELS[index % MODELS.length]}`,
		),
	windows: (trade) => file(`name: ${trade}-windows`, "tools: Read, Write, Edit", "color: red").replaceAll("\n", "\r\n"),
	marked: (trade) => `\uFEFF${file(`name: ${trade}`, "tools: Read,Edit,MultiEdit,Write,NotebookEdit")}`,
	block: (_trade, index) =>
		file("tools:", "  - Read", "  - Grep", "  - mcp__github__*", `color: ${COLORS[index % COLORS.length]}`),
	inline: () => file('tools: ["Read", "LS", "WebSearch"]', "description: 'It''s quoted'"),
	examples: (trade) =>
		file(
			`name: ${trade}-examples`,
			`description: Use this agent when: a ${trade} is needed. <example>Context: "x" user: 'do it' assistant: "on it" <commentary>go: now</commentary></example>`,
			"tools: Bash, Glob, Grep, LS, Read, WebFetch, TodoWrite, mcp__context7__get-docs",
			"model: sonnet",
		),
	escaped: () => file('description: "Use: when.\\n\\n<example>\\nuser: \\"hi\\"\\n</example>"', "tools: Read"),
	folded: () => file("description: >-", "  Several lines: with colons", "  and # signs", "tools: |", "  Read, Edit"),
	star: () => file("description: everything", "tools: *"),
	quotedStar: () => file("description: everything", 'tools: "*"', "disallowedTools: Write, Edit"),
	blank: () => file("description: nothing", 'tools: ""'),
	empty: () => file("description: nothing", "tools:", "model: opus"),
	denied: () => file("disallowedTools: Write, Edit, mcp__github__*"),
	deniedList: () => file("disallowed_tools:", "  - Bash(git push:*)", "  - mcp__slack", "tools: Read, Bash, Write"),
	planning: (_trade, index) => file("permissionMode: plan", `effort: ${["low", "high", "max"][index % 3]}`),
	asking: () => file("permissionMode: default", "tools: Read, Write", "hooks:", "  PreToolUse: []"),
	commands: () => file("tools: Bash(git diff:*), Bash(git log:*), Read"),
	foreign: () => file("tools: WebSearch, WebFetch, Task"),
	servers: () => file("tools: mcp__slack__post_message, mcp__github", "mcpServers:", "  slack: {}"),
	map: () => file("mode: subagent", "tools:", "  write: false", "  bash: false", '  "mcp__github__*": false'),
	choosing: () => file("mode: subagent", "tools:", '  "*": false', "  read: true"),
	permitted: () => file("permission:", "  edit: deny", "  bash:", '    "git *": allow', '    "*": ask'),
	readonly: () => file("readonly: true", "tools: Read, Write, Edit, Bash"),
	open: (trade) => `---\nname: ${trade}-open\ntools: Read\n\n${BODY.replace("---\n", "")}`,
	bare: () => BODY,
	restricting: () => file("tools: Read, Write", "allowed_paths: [src]"),
};
