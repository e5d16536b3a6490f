/** One person's idea of an agent, before anybody's style is put on it. */
interface Role {
	readonly name: string;
	readonly does: string;
	readonly asked: string;
}

type Style = (role: Role) => string;

const ROLES: readonly Role[] = [
	["code-reviewer", "Expert code reviewer for quality, security and maintainability", "Can you look over my changes?"],
	["test-runner", "Runs the test suite and repairs what fails", "Are the tests still green?"],
	["debugger", "Debugging specialist for errors, failing tests and odd behaviour", "Why does this crash?"],
	["security-auditor", "Looks for injection, leaked secrets and broken access control", "Is the login safe?"],
	["docs-writer", "Writes README files, guides and API references", "Document the client, please"],
	["api-designer", "Designs REST and GraphQL interfaces", "How should the orders endpoint look?"],
	["sql-expert", "Writes and tunes queries; reads execution plans", "This query takes a minute"],
	["frontend-developer", "Builds accessible React components", "Make the table sortable"],
	["backend-architect", "Plans services, queues and data models", "Split the billing service"],
	["devops-engineer", "Pipelines, containers and deployments", "The deploy job hangs"],
	["data-scientist", "Analyses data sets and explains what they say", "Which customers leave?"],
	["prompt-engineer", "Improves prompts for language models", "This prompt rambles"],
	["refactorer", "Makes code simpler without changing what it does", "This class is too big"],
	["performance-tuner", "Profiles, finds hot paths, measures again", "The start takes ten seconds"],
	["accessibility-checker", "Checks pages against WCAG", "Can this form be used by keyboard?"],
	["i18n-helper", "Extracts texts and checks translations", "We need French"],
	["dependency-updater", "Updates packages one by one and reads their changelogs", "Bring us up to date"],
	["release-manager", "Prepares versions, tags and notes", "Cut 2.4"],
	["legacy-modernizer", "Moves old code to current frameworks step by step", "Get us off jQuery"],
	["incident-responder", "Finds what broke in production, and since when", "Checkout is down!"],
	["rust-pro", "Idiomatic Rust with its ownership, lifetimes and async", "Fight the borrow checker for me"],
	["python-pro", "Idiomatic Python with types and tests", "Make this a generator"],
	["ux-researcher", "Turns interviews into findings", "What did people stumble over?"],
	["content-marketer", "Blog posts and newsletters in our voice", "Announce the release"],
].map(([name = "", does = "", asked = ""]) => ({ name, does, asked }));

const body = ({ name, does }: Role) =>
	`You are ${name.replaceAll("-", " ")}. ${does}.\n\n## When invoked\n\n1. Look at what there is\n2. Begin at once\n\n---\n\n\`\`\`yaml\nkey: value\n\`\`\``;

/** Exchanges that collections of Claude Code agents put into the description, with its line breaks written as \n. */
const examples = ({ name, asked }: Role) =>
	`Examples: <example>Context: The user works on a feature. user: "${asked}" assistant: "I'll use the ${name} agent: it knows how." <commentary>Since it was asked for, use it.</commentary></example>`;

const CLAUDE_CODE: Readonly<Record<string, Style>> = {
	plain: (role) =>
		`---\nname: ${role.name}\ndescription: ${role.does}.\ntools: Read, Grep, Glob, Bash\nmodel: sonnet\ncolor: blue\n---\n\n${body(role)}\n`,
	unquoted: (role) =>
		`---\nname: ${role.name}\ndescription: Use this agent when you need help: ${role.does}. ${examples(role)}\nmodel: inherit\ncolor: green\n---\n\n${body(role)}`,
	escapes: (role) =>
		`---\nname: ${role.name}\ndescription: Use this agent for ${role.asked}\\n\\n${examples(role)}\\n- <example>\\n  Context: more\\n\ntools: Bash, Glob, Grep, LS, Read, Edit, MultiEdit, Write, NotebookEdit, WebFetch, TodoWrite, WebSearch, BashOutput, KillBash\nmodel: opus\n---\n${body(role)}`,
	quoted: (role) =>
		`---\nname: "${role.name}"\ndescription: "${role.does}: use PROACTIVELY. User: \\"${role.asked}\\""\nmodel: 'haiku'\n---\n\n${body(role)}`,
	windows: (role) =>
		`\uFEFF---\nname: ${role.name}\ndescription: MUST BE USED: ${role.does}\ntools: Read, Edit\n---\n\n${body(role)}\n`.replaceAll(
			"\n",
			"\r\n",
		),
	emoji: (role) =>
		`---\nname: ${role.name} 🚀\ndescription: 🔍 ${role.does} ✅\ncolor: "#8B5CF6"\nemoji: 🧙‍♂️\n---\n# 🧠 Who you are\n\n${body(role)}`,
	hash: (role) => `---\nname: ${role.name}\ndescription: ${role.does}\ncolor: #8B5CF6\n---\n${body(role)}`,
	bare: (role) => `# ${role.name}\n\n${body(role)}\n`,
	folded: (role) =>
		`---\nname: ${role.name}\ndescription: >-\n  ${role.does}.\n\n  ${examples(role)}\ntools:\n  - Read\n  - Grep\n  - mcp__github__create_issue\n  - Task\n---\n\n${body(role)}`,
	block: (role) =>
		`---\nname: ${role.name}\ndescription: |\n  ${role.does}: in short.\n  - user: "${role.asked}"\n    assistant: gladly\nmodel: sonnet  # fast enough\n---\n\n${body(role)}`,
	nested: (role) =>
		`---\nname: ${role.name}\ndescription: ${role.does}\nversion: 1.2.0\nauthor:\n  name: Somebody\n  links:\n    - https://example.com/a\n    - [b, [c, d]]\ntags: [review, "a: b"]\ncategory: quality\n---\n\n${body(role)}`,
	arguments: (role) =>
		`---\nname: ${role.name}\ndescription: ${role.does}\ntools: Bash(git diff:*), Bash(npm run test:*, npm ci), Read(./src/**), Grep\ndisallowedTools: Write, Edit\npermissionMode: plan\nskills: review, style\n---\n\n${body(role)}`,
	/** The examples stand in lines of their own, some of which look like keys. */
	spread: (role) =>
		`---\nname: ${role.name}\ndescription: Use this agent when: ${role.does}. Examples:\n\n<example>\nContext: somebody asks.\nuser: "${role.asked}"\n</example>\n\nmodel: opus\n---\n\n${body(role)}`,
	/** Somebody forgot the second fence. */
	open: (role) => `---\nname: ${role.name}\ndescription: ${role.does}\n\n# ${role.name}\n\n${role.does}.`,
};

const OTHER_TOOLS: Readonly<Record<string, Style>> = {
	pinned: (role) =>
		`---\ndescription: ${role.does}\ndisplay_name: ${role.name}\ntools: read, grep, find, ls\nmodel: anthropic/claude-opus-4-6\nthinking: high\nmax_turns: 30\nprompt_mode: replace\n---\n\n${body(role)}`,
	everything: (role) =>
		`---\ndescription: ${role.does}\ntools: all\nextensions: true\nskills: planning, review\nmodel: openai/gpt-5.2\nthinking: xhigh\nmax_turns: 0\nprompt_mode: append\ninherit_context: true\nrun_in_background: true\nisolated: false\nmemory: project\nisolation: worktree\nenabled: true\n---\n\n${body(role)}`,
	nothing: (role) =>
		`---\ndescription: ${role.does}\ntools: none\nextensions: false\nskills: false\nprompt_mode: replace\nenabled: false\npermission:\n  bash:\n    "git *": allow\n    "*": ask\n---\n\n${body(role)}`,
	camel: (role) =>
		`---\nname: ${role.name}\ndescription: ${role.does}\ntools: read, bash, web_search\nmodel: claude-haiku-4-5\nfallbackModels: [gpt-5-mini, gemini-2.5-flash]\nsystemPromptMode: replace\ninheritProjectContext: true\nmaxTurns: 12\noutput: context.md\ndefaultReads: plan.md, notes.md\n---\n\n${body(role)}`,
	preferences: (role) =>
		`---\ndescription: ${role.does}\nmodel:\n  - anthropic/claude-sonnet-4-5\n  - openai/gpt-5.2\n  - inherit\ntools: "*"\nthinking: off\ninherit_context: no\n---\n${body(role)}`,
	switches: (role) =>
		`---\ndescription: ${role.does}\nmode: subagent\nmodel: anthropic/claude-sonnet-4-20250514\ntemperature: 0.1\ntools:\n  write: false\n  edit: false\n---\n${body(role)}`,
};

/** The style of which no definition can be made. */
export const BROKEN_STYLES: readonly string[] = ["open"];

/**
 * More than a hundred agent files as people write them: in the manner of Claude Code's collections and of other extensions
 * for pi, by `<role>.<style>.md`.
 */
export function wildAgents(): Record<string, string> {
	const styles = Object.entries({ ...CLAUDE_CODE, ...OTHER_TOOLS });
	const chosen = ROLES.flatMap((role, index) =>
		styles
			.filter((_style, position) => (index + position) % 4 === 0)
			.map(([style, write]) => [`${role.name}.${style}.md`, write(role)]),
	);
	return Object.fromEntries(chosen);
}
