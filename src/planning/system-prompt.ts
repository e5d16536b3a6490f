import { statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { AgentDefinition } from "../domain/agent-definition.ts";
import { readRegularFile } from "../platform/regular-file.ts";

const BRIDGE = `<sub_agent_context>
You are a subagent. Everything above was written for the agent you work for, and its rules about this project hold for you too.
You were given one task and nobody will answer questions: decide what you can, and say in your answer what you had to assume.
Your last message is your result and all that the other agent sees of your work. Put into it what was asked for, with absolute
paths, and leave out the story of how you got there.
</sub_agent_context>`;

/**
 * The system prompt of a subagent. The parent's prompt comes first and unchanged, so that all subagents of a parent share
 * a prefix with it and provider caches hit. `replace` leaves out the bridge and the wrapper, not the parent's prompt.
 *
 * @param knowledge what follows its instructions: skills, its memory
 */
export function composeSystemPrompt(
	definition: Pick<AgentDefinition, "name" | "promptMode" | "instructions">,
	parentPrompt: string,
	environment: string,
	knowledge: readonly string[] = [],
): string {
	const bare = definition.promptMode === "replace";
	const parts = [
		neutralizeAgentTags(parentPrompt),
		bare ? "" : BRIDGE,
		activeAgentTag(definition.name),
		environment,
		bare ? definition.instructions : wrapped(definition.instructions),
		...knowledge,
	];
	return parts.filter((part) => part !== "").join("\n\n");
}

function wrapped(instructions: string): string {
	return instructions.trim() === "" ? "" : `<agent_instructions>\n${instructions}\n</agent_instructions>`;
}

/** Where a subagent works: what the `# Environment` block says. */
export interface Environment {
	readonly cwd: string;
	/** The branch, or a short commit id when HEAD is detached; absent outside a repository. */
	readonly gitHead?: { readonly kind: "branch" | "detached"; readonly name: string };
	readonly platform: string;
}

/** Reads git's own files rather than asking git: a process per spawn costs milliseconds, two small files microseconds. */
export function readEnvironment(cwd: string, platform: string): Environment {
	const head = readGitHead(cwd);
	return head ? { cwd, gitHead: head, platform } : { cwd, platform };
}

/** @param unavailable names and patterns of tools that the parent's prompt speaks of and that the subagent has not */
export function environmentBlock(environment: Environment, unavailable: readonly string[] = []): string {
	const block = `# Environment

This is where you work; it overrides anything said earlier about directories, branches or platform.
- Working directory: ${environment.cwd}
- Git: ${describeHead(environment.gitHead)}
- Platform: ${environment.platform}`;
	if (unavailable.length === 0) return block;
	return `${block}\n- Tools that you do not have, whatever is said earlier: ${listed(unavailable)}`;
}

const MOST_LISTED = 40;

function listed(names: readonly string[]): string {
	const more = names.length - MOST_LISTED;
	return (
		names.slice(0, MOST_LISTED).join(", ") + (more > 0 ? ` and ${more} more; only the declared ones can be called` : "")
	);
}

/** Both hold one line: a path, or the name of a branch. */
const LONGEST_GIT_FILE = 16 * 1024;

function describeHead(head: Environment["gitHead"]): string {
	if (!head) return "not a repository";
	return head.kind === "branch" ? `branch ${head.name}` : `detached HEAD at ${head.name}`;
}

function readGitHead(cwd: string): Environment["gitHead"] {
	const gitDir = findGitDir(cwd);
	const head = gitDir && readText(join(gitDir, "HEAD"))?.trim();
	if (!head) return undefined;
	const reference = /^ref: (?:refs\/heads\/)?(.+)$/.exec(head)?.[1];
	if (reference === ".invalid") return { kind: "branch", name: "unknown" }; // git's reftable format keeps it elsewhere
	return reference ? { kind: "branch", name: reference } : { kind: "detached", name: head.slice(0, 12) };
}

function findGitDir(start: string): string | undefined {
	for (let folder = resolve(start); ; folder = dirname(folder)) {
		const candidate = join(folder, ".git");
		const kind = kindOf(candidate);
		const found = kind === "file" ? linkedGitDir(folder, readText(candidate)) : candidate;
		if (kind !== "none" && found) return found;
		if (dirname(folder) === folder) return undefined;
	}
}

/** Worktrees and submodules have a file `.git` that says where their repository is. */
function linkedGitDir(folder: string, gitFile: string | undefined): string | undefined {
	const target = gitFile && /^gitdir: (.+)$/m.exec(gitFile)?.[1]?.trim();
	if (!target) return undefined;
	return isAbsolute(target) ? target : join(folder, target);
}

function kindOf(path: string): "folder" | "file" | "none" {
	try {
		const stat = statSync(path, { throwIfNoEntry: false }); // an exception for each folder on the way up would cost more
		if (!stat) return "none";
		return stat.isDirectory() ? "folder" : "file";
	} catch {
		return "none"; // not for us to see, or a loop of links: no repository to the subagent in any case
	}
}

function readText(path: string): string | undefined {
	try {
		return readRegularFile(path, { maxBytes: LONGEST_GIT_FILE }).toString();
	} catch {
		return undefined; // no such file, or none that git would have written: then it is not a repository either
	}
}

/**
 * The tag by which permission systems find out, in a system prompt, whose policy applies. They take the first match, so
 * it keeps exactly this form and no other may stand before it.
 */
export function activeAgentTag(name: string): string {
	return `<active_agent name="${name}"/>`;
}

/** Disarms tags in text that came from elsewhere (a context file, a conversation); all else stays word for word. */
export function neutralizeAgentTags(text: string): string {
	return text.replace(/<(?=\s*\/?\s*active_agent)/gi, "&lt;");
}
