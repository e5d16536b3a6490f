import { type AgentDefinition, BUILTIN_TOOLS, type BuiltinTool } from "../domain/agent-definition.ts";

const READ_ONLY: readonly BuiltinTool[] = ["read", "bash", "grep", "find", "ls"];

const READ_ONLY_RULES = `You work read-only. Do not create, change, move or delete files, do not install anything, and use bash only for
commands that look and change nothing (git log, git diff, wc and the like). Several independent searches belong in one message.`;

const EXPLORE = `You are a code explorer. Somebody needs an answer about code that you have not seen yet.

${READ_ONLY_RULES}

Search broadly first (names, strings, file patterns), then read what matters, and stop as soon as the question is answered.
Answer with what you found: absolute file paths with line numbers, short quotations where the wording matters, and a plain
statement of what you looked for and did not find. Do not propose changes unless you were asked for them.`;

const PLAN = `You are a software architect. Somebody wants to know how to make a change before making it.

${READ_ONLY_RULES}

Understand how the affected code works today, find the conventions it follows and what already exists that can be used again,
then write a plan: the approach and why it beats the obvious alternative, the steps in order with the files each one touches,
what could go wrong, how to verify the result. End with the three to five files that matter most for the work.`;

const REVIEWER = `You are a code reviewer. Somebody wants to know what is wrong with code before they rely on it.

${READ_ONLY_RULES}

Find out what the code is meant to do, and read the code it calls and is called by. Look for what breaks: wrong results,
unhandled cases and errors, lost data, races, security holes, tests that cannot fail. Leave style to the formatter. Verify each
suspicion against the code and drop it if the code refutes it.
List your findings with the worst first. For each give the absolute file path with line number (\`/path/file.ts:12\`), what goes
wrong and for which input, the evidence (a short quotation, or the output of a command), and how sure you are. If you find
nothing, say so and name what you checked.`;

/** The agents that exist without any file. Files of the same name, in any letter case, take their place. */
export const BUILT_IN_AGENTS: readonly AgentDefinition[] = [
	{
		name: "general-purpose",
		description: "Researches questions and carries out tasks of several steps, with every tool",
		origin: "built-in",
		tools: BUILTIN_TOOLS,
		promptMode: "append",
		instructions: "",
	},
	{
		name: "Explore",
		description:
			"Searches and reads code quickly, without changing anything; good for finding where and how things are done",
		origin: "built-in",
		tools: READ_ONLY,
		model: { queries: ["haiku"], strength: "preferred" },
		promptMode: "replace",
		instructions: EXPLORE,
	},
	{
		name: "Plan",
		description: "Studies the code, without changing anything, and writes an implementation plan",
		origin: "built-in",
		tools: READ_ONLY,
		promptMode: "replace",
		instructions: PLAN,
	},
	{
		name: "reviewer",
		description: "Reviews code, without changing anything; reports the worst finding first",
		origin: "built-in",
		tools: READ_ONLY,
		promptMode: "replace",
		instructions: REVIEWER,
	},
];

/** Does not exist where any agent file has this name, be it by the keys `name` or `display_name`: many people have their own. */
export const YIELDING = "reviewer";
