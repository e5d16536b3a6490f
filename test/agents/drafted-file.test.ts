import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { agentFileGuide, draftedFile } from "../../src/agents/agent-file-text.ts";

import { BUILTIN_TOOLS } from "../../src/domain/agent-definition.ts";
import { cpuMs } from "../support/cpu-time.ts";

const FILE = "---\ndescription: Reviews\n---\n\nReview.";
const WITH_BLOCKS = `${FILE}\n\n\`\`\`sh\nnpm test\n\`\`\`\n\nThen answer.`;
const tagged = (text: string) => `<agent_file>\n${text}\n</agent_file>`;
const fenced = (text: string, fence = "```", language = "markdown") => `${fence}${language}\n${text}\n${fence}`;

describe("the agent file in an answer", () => {
	it.each([
		["alone", FILE, FILE],
		["after some words", `Here it is:\n\n${FILE}`, FILE],
		["between tags", `Here:\n${tagged(FILE)}\nIs it good?`, FILE],
		["between tags, with blocks in it", tagged(WITH_BLOCKS), WITH_BLOCKS],
		["in a block between tags", tagged(fenced(FILE)), FILE],
		["in a block", `Here:\n\n${fenced(FILE)}\n\nSave it.`, FILE],
		["in a block of no language", fenced(FILE, "```", ""), FILE],
		["in a block of tildes", fenced(WITH_BLOCKS, "~~~", "md"), WITH_BLOCKS],
		["in a longer block, with blocks in it", fenced(WITH_BLOCKS, "````"), WITH_BLOCKS],
		["in a block of the same length as those in it", `${fenced(WITH_BLOCKS)}\n\nSave it.`, WITH_BLOCKS],
		["in a block that is not closed", `\`\`\`md\n${FILE}`, FILE],
		["beside other blocks", `Run\n${fenced("/agents", "```", "")}\nafter\n${fenced(FILE)}\nis there`, FILE],
		["with Windows line ends", fenced(FILE).replaceAll("\n", "\r\n"), FILE],
		["after a rule", `Sure!\n\n---\n\nIt reviews.\n\n${FILE}`, `---\n\nIt reviews.\n\n${FILE}`],
		["with what is wrong in it", fenced("---\ntools: [\n---\n"), "---\ntools: [\n---"],
	])("is found %s", (_what, answer, text) => {
		const found = draftedFile(answer);
		// A rule before it looks like the beginning of front matter only where a key follows.
		expect(found).toEqual({ kind: "file", text: `${text.startsWith("---\n\n") ? FILE : text}\n` });
	});

	it.each([
		"",
		"I cannot do that.",
		"---\n\nJust a rule.\n\n---",
		fenced("description: x"),
		"<agent_file>\n\n</agent_file>",
	])("is none in %j", (answer) => {
		expect(draftedFile(answer)).toEqual({ kind: "none" });
	});

	it.each([`${tagged(FILE)}\n${tagged(FILE)}`, `${fenced(FILE)}\n\n${fenced(FILE)}`])(
		"is one, not several: %j",
		(answer) => {
			expect(draftedFile(answer)).toEqual({ kind: "several" });
		},
	);

	it("is looked for in bounded time in whatever there is", () => {
		const piece = fc.constantFrom("```", "````md", "~~~", "---", "<agent_file>", "</agent_file>", "a: b", "", "x");
		const answer = fc.oneof(
			fc.array(piece, { maxLength: 60 }).map((lines) => lines.join("\n")),
			fc.string({ unit: "binary", maxLength: 200 }),
		);
		fc.assert(
			fc.property(answer, (text) => ["file", "none", "several"].includes(draftedFile(text).kind)),
			{ numRuns: 2000, seed: 20_251_121 },
		);
		const took = cpuMs(() => {
			draftedFile("```\n---\na:\n".repeat(20_000));
			draftedFile(`<agent_file>\n${"---\n".repeat(50_000)}`);
		});
		expect(took).toBeLessThan(5000);
	});
});

it("the guide names every key and tool, and where the file goes", () => {
	const guide = agentFileGuide();
	for (const word of ["`prompt_mode`", "append or replace", ...BUILTIN_TOOLS, "<agent_file>"])
		expect(guide).toContain(word);
});
