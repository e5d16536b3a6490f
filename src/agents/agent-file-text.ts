import { Document, Scalar, stringify } from "yaml";
import { type AgentDefinition, BUILTIN_TOOLS } from "../domain/agent-definition.ts";
import { agentFileKeys } from "./agent-file-keys.ts";

/** The contents of an agent file, each in the syntax of its key; `""` leaves the key out. */
interface AgentDraft {
	readonly description: string;
	readonly tools: string;
	readonly model: string;
	readonly thinking: string;
	readonly promptMode: AgentDefinition["promptMode"];
	readonly instructions: string;
}

const PINNED = " in a file it is fixed: a call cannot name another, as it can for the built-in agent";

/** What a template offers as values of its keys. */
export interface TemplateOffers {
	/** `""` where it is not known yet. */
	readonly name: string;
	readonly models: readonly string[];
	readonly thinkingLevels: readonly string[];
}

/**
 * A whole agent file to be filled in by a person: the common keys with a value or in a comment, and instructions. It lacks a
 * description, and a name where none is given.
 */
export function agentFileTemplate({ name, models, thinkingLevels }: TemplateOffers): string {
	const [model = "haiku"] = models;
	const level = thinkingLevels.at(-1) ?? "high";
	return `---
name:${name === "" ? "" : ` ${stringify(name, { lineWidth: 0 }).trim()}`}
# When to hand work to this agent, in one sentence:
description:
# Without this line: all tools
tools: read, grep, find, ls
# Remove the # of a line below to use it
# model: ${model}
# thinking: ${level}
# max_turns: 20
# isolation: worktree
---

You do the task that you are given. Answer with what you found, each
finding with file and line. Do not change any file.
`;
}

/**
 * A built-in agent as an equivalent file. Blanks and empty lines around description and instructions are dropped, and line ends
 * are those of Unix.
 */
export function ejectedText(definition: AgentDefinition): string {
	const { description, tools, model, thinking = "", promptMode, instructions } = definition;
	const draft: AgentDraft = {
		description,
		tools: tools.length === BUILTIN_TOOLS.length ? "" : tools.join(", ") || "none",
		model: model?.queries.join(", ") ?? "",
		thinking,
		promptMode,
		instructions,
	};
	return fileText(draft, model?.strength === "preferred" ? { model: PINNED } : {});
}

/** There is front matter even without a key, for instructions may begin with what looks like one. */
function fileText(draft: AgentDraft, remarks: Readonly<Record<string, string>>): string {
	const { description, tools, model, thinking, promptMode, instructions } = draft;
	const mode = promptMode === "replace" ? promptMode : "";
	const values = { description: unixText(description), tools, model, thinking, prompt_mode: mode };
	const said = Object.entries(values).filter(([, text]) => text.trim() !== "");
	const matter = new Document({});
	for (const [key, value] of said) {
		const scalar = new Scalar(value.trim());
		scalar.comment = remarks[key];
		matter.set(key, scalar);
	}
	const keys = said.length > 0 ? matter.toString({ lineWidth: 0 }) : "";
	const body = unixText(instructions);
	return `---\n${keys}---\n${body === "" ? "" : `\n${body}\n`}`;
}

function unixText(text: string): string {
	return text.replace(/\r\n?/g, "\n").trim();
}

/** Instructions for a model that writes an agent file, from the same tables that read such files. */
export function agentFileGuide(): string {
	const keys = agentFileKeys().map(({ key, accepts, means }) => `- \`${key}\`: ${means}. Accepted: ${accepts}.`);
	return `You write agent files. An agent file defines one kind of subagent that a coding agent can hand work to: markdown with YAML
front matter, then its instructions.

Front matter begins in the first line with \`---\` and ends with a line \`---\`. Its keys, all optional:
${keys.join("\n")}

Rules:
- Always give \`description\`: one sentence that says when to hand work to this agent, for somebody who sees nothing else of it.
- Give the fewest \`tools\` that the work needs; leave the key out only if it needs all of them.
- Leave out every other key that the description does not call for. Use no key that is not listed.
- Quote a value that holds a colon, a # or a quotation mark.
- The instructions address the agent ("You ..."): what it is there for, how it goes about it, what it must not do, and what its
  answer looks like, for its answer is all that the one who asked will see. Be concrete and short.
- You may look into the project where the description mentions it. You cannot change anything.

Answer with exactly one file and nothing else: a line <${FILE_TAG}>, the file, a line </${FILE_TAG}>.`;
}

/** The agent file in an answer, if there is one. */
export type DraftedFile = { readonly kind: "file"; readonly text: string } | { readonly kind: "none" | "several" };

/** What the subagent that drafts a file must put around it. */
const FILE_TAG = "agent_file";

const TAGGED = new RegExp(`^[ \\t]*<${FILE_TAG}>[ \\t]*\\n([\\s\\S]*?)\\n?[ \\t]*</${FILE_TAG}>`, "gm");
const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*([^`]*)$/;

/**
 * Finds the one agent file in an answer: between tags, in a code block, or just as it is after some words. The text itself is
 * left as it was written, be it good or not. An answer in words alone is no file.
 */
export function draftedFile(answer: string): DraftedFile {
	const text = answer.replace(/\r\n?/g, "\n");
	const tagged = [...text.matchAll(TAGGED)].map(([, inner = ""]) => filesInBlocks(inner)[0] ?? inner.trim());
	const found = tagged.length > 0 ? tagged : filesInBlocks(text);
	const [first = fileInWords(text)] = found;
	if (found.length > 1) return { kind: "several" };
	return first === undefined || first === "" ? { kind: "none" } : { kind: "file", text: `${first}\n` };
}

/** Code blocks that begin with front matter. A block in such a file opens with a language and is closed before it. */
function filesInBlocks(text: string): string[] {
	const lines = text.split("\n");
	const files: string[] = [];
	for (let at = 0; at < lines.length; at++) {
		const [, fence = ""] = FENCE.exec(lines[at] ?? "") ?? [];
		if (fence === "") continue;
		const end = closingLine(lines, at + 1, fence);
		const block = lines
			.slice(at + 1, end)
			.join("\n")
			.trim();
		if (/^---[ \t]*\n/.test(block)) files.push(block);
		at = end;
	}
	return files;
}

function closingLine(lines: readonly string[], from: number, fence: string): number {
	let depth = 1;
	for (let at = from; at < lines.length; at++) {
		const [, found = "", language = ""] = FENCE.exec(lines[at] ?? "") ?? [];
		if (found.length < fence.length || found[0] !== fence[0]) continue;
		depth += language.trim() === "" ? -1 : 1;
		if (depth === 0) return at;
	}
	return lines.length;
}

/** From the front matter to the end of the answer. A line of dashes alone is none. */
function fileInWords(text: string): string | undefined {
	const match = /^---[ \t]*\n(?=[ \t#\n]*[A-Za-z_][\w-]*:)[\s\S]*?\n---[ \t]*$[\s\S]*/m.exec(text);
	return match?.[0].trim();
}
