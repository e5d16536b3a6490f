import { agentFileKeys } from "./agent-file-keys.ts";
import { FILE_TAG } from "./drafted-file.ts";

/** Tells a model how to write an agent file, in the words of what reads such files. */
export function agentFileGuide(): string {
	const keys = agentFileKeys().map(({ key, accepts, means }) => `- \`${key}\`: ${means}. Accepted: ${accepts}.`);
	return `You write agent files. An agent file defines one kind of subagent that a coding agent can hand work to: markdown with YAML
front matter, then its instructions.

Front matter begins in the first line with \`---\` and ends with a line \`---\`. Its keys, all optional:
${keys.join("\n")}

Rules:
- Always give \`description\`: one sentence that says when to hand work to this agent, for somebody who sees nothing else of it.
- Give the fewest \`tools\` that the work needs; leave the key out only if it needs all of them.
- Leave out every other key that what you were told does not call for. Use no key that is not listed.
- Quote a value that holds a colon, a # or a quotation mark.
- The instructions address the agent ("You ..."): what it is there for, how it goes about it, what it must not do, and what its
  answer looks like, for its answer is all that the one who asked will see. Be concrete and short.
- You may look into the project where what you were told speaks of it. You cannot change anything.

Answer with exactly one file and nothing else: a line <${FILE_TAG}>, the file, a line </${FILE_TAG}>.`;
}
