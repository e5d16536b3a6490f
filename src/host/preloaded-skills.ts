import * as host from "@mariozechner/pi-coding-agent";
import { skillKey } from "../domain/agent-definition.ts";
import { neutralizeAgentTags } from "../planning/system-prompt.ts";
import { modelText } from "../platform/plain-text.ts";
import { reasonOf } from "../platform/reason-of.ts";
import { readRegularFileSoon } from "../platform/regular-file.ts";

/** What one skill, and what all of an agent's skills together, bring into its prompt, in characters. */
const LONGEST_SKILL = 32_000;
const LONGEST_SKILLS = 96_000;
const SKILL_FILE = { maxBytes: 1024 * 1024 };

type Skill = Pick<host.Skill, "name" | "filePath" | "baseDir">;

export interface PreloadedSkills {
	/** For the prompt; `""` for none. */
	readonly section: string;
	/** What could not be preloaded, and why. */
	readonly problems: readonly string[];
}

/**
 * The whole texts of the skills that an agent file names, as pi writes a skill that a person calls.
 *
 * @param named in any letter case; each once
 * @param known those of the parent
 */
export async function preloadSkills(named: readonly string[], known: readonly Skill[]): Promise<PreloadedSkills> {
	const blocks: string[] = [];
	const problems: string[] = [];
	const seen = new Set<Skill>();
	let room = LONGEST_SKILLS;
	for (const name of named) {
		const skill = known.find((candidate) => skillKey(candidate.name) === skillKey(name));
		if (!skill) problems.push(`${name} (the session has no such skill)`);
		if (!skill || seen.has(skill)) continue;
		seen.add(skill);
		try {
			const block = bounded(await textOf(skill), Math.min(LONGEST_SKILL, room), skill);
			room -= block.length;
			blocks.push(block);
		} catch (error) {
			problems.push(`${name} (${skill.filePath}: ${reasonOf(error)})`);
		}
	}
	return { section: blocks.length === 0 ? "" : `# Skills\n\n${HEAD}\n\n${blocks.join("\n\n")}`, problems };
}

const HEAD = "These skills are loaded; you need not read their files again.";

async function textOf(skill: Skill): Promise<string> {
	const text = (await readRegularFileSoon(skill.filePath, SKILL_FILE)).toString().replace(/^\uFEFF/, "");
	return neutralizeAgentTags(modelText(host.stripFrontmatter(text).trim()));
}

function bounded(body: string, room: number, { name, filePath, baseDir }: Skill): string {
	const begin = body.length > room ? body.slice(0, Math.max(0, room)) : body;
	const end = begin.lastIndexOf("\n") > 0 && begin !== body ? begin.lastIndexOf("\n") : begin.length;
	const rest =
		begin === body ? "" : `\n(Cut here, after ${end} of ${body.length} characters. The whole skill is in ${filePath}.)`;
	return `<skill name="${name}" location="${filePath}">\nReferences are relative to ${baseDir}.\n\n${begin.slice(0, end)}${rest}\n</skill>`;
}
