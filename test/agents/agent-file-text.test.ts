import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nameInFile, parseAgentFile } from "../../src/agents/agent-file.ts";
import { agentFileTemplate, ejectedText } from "../../src/agents/agent-file-text.ts";
import { BUILT_IN_AGENTS } from "../../src/agents/built-in-agents.ts";
import { type AgentDefinition, BUILTIN_TOOLS } from "../../src/domain/agent-definition.ts";
import { AWKWARD } from "../ui/drawing.ts";

const FILE = "/project/.pi/agents/reviewer.md";
const fileOf = (changes: Partial<AgentDefinition>) =>
	ejectedText({
		...{ name: "reviewer", origin: "built-in", description: "", tools: BUILTIN_TOOLS },
		...{ promptMode: "append", instructions: "" },
		...changes,
	});
const parse = (text: string) => parseAgentFile(FILE, "project", text);
const trimmed = (text: string) => text.replace(/\r\n?/g, "\n").trim();

/** What survives of what was typed: all but line ends and the blanks around it. */
function survives(description: string, instructions: string): boolean {
	const { definition, diagnostics } = parse(fileOf({ description, instructions }));
	return (
		definition?.description === (trimmed(description) || "reviewer") &&
		definition.instructions === trimmed(instructions) &&
		(diagnostics.length === 0 || trimmed(description) === "") // without a key, instructions may be taken for late keys
	);
}

const isWellFormed = (text: string) => Buffer.from(text).toString() === text;

const NASTY = [
	...[
		"---",
		"---\nname: x\n---",
		"- a\n- b",
		"a: b",
		"a #b",
		"# x",
		"*",
		"&a",
		"!!binary x",
		"{a: b}",
		"[",
		"%",
		"@x",
		"`x`",
	],
	...[
		"|",
		">-\n  x",
		"'open",
		'"',
		"\\",
		"~",
		"null",
		"true",
		"no",
		"1e3",
		"0x10",
		"2001-01-01",
		"? a",
		"...",
		"a\n...\nb",
	],
	...[
		"  indented\n    more",
		"a\n\n\n\nb",
		"trailing  \nblanks\t\n",
		"\tx",
		"a\u2028b\u2029c",
		"a\u0085b",
		"\u0000",
		"\uFEFFx",
		"x\uFEFFy",
	],
	...["=", "<<", "key: |\n  text", "---\n", "\n---\n", "--- a", "----", "a\r\nb\rc", "\u001b[31m", "x".repeat(5000)],
	...["🦀", "👩‍👩‍👧‍👦", "שלום", "e\u0301", ...Object.values(AWKWARD).filter((text) => isWellFormed(text))],
];

const typed = fc.oneof(
	fc.string({ unit: "binary", maxLength: 60 }),
	fc.string({ unit: "grapheme", maxLength: 60 }),
	fc.constantFrom(...NASTY),
	fc.array(fc.constantFrom(...NASTY, " ", "\n", "  "), { maxLength: 5 }).map((parts) => parts.join("")),
);
/** Half a surrogate pair, or the sign for a lost character, is reported: the check shows it before anything is written. */
const isWritable = (text: string) => isWellFormed(text) && !text.includes("\uFFFD") && !text.includes("\0");

describe("an agent as a file", () => {
	it("says what was typed, and nothing that was not", () => {
		expect(fileOf({ description: "Reviews: all of it", instructions: "Do.\n" })).toBe(
			'---\ndescription: "Reviews: all of it"\n---\n\nDo.\n',
		);
		expect(fileOf({ instructions: "---\nname: x" })).toBe("---\n---\n\n---\nname: x\n");
	});

	it("has the keys that were given, each as it would be written by hand", () => {
		const text = fileOf({
			description: "d",
			tools: ["read", "grep"],
			model: { queries: ["anthropic/claude-haiku-4-5"], strength: "pinned" },
			thinking: "high",
			promptMode: "replace",
		});
		expect(text).toBe(
			"---\ndescription: d\ntools: read, grep\nmodel: anthropic/claude-haiku-4-5\nthinking: high\nprompt_mode: replace\n---\n",
		);
		expect(parse(text)).toMatchObject({
			definition: { tools: ["read", "grep"], thinking: "high", promptMode: "replace" },
			diagnostics: [],
		});
	});

	it.each(NASTY.filter(isWritable))("gives description and instructions back: %j", (text) => {
		expect(parse(fileOf({ description: text, instructions: text }))).toMatchObject({
			definition: { description: trimmed(text) || "reviewer", instructions: trimmed(text) },
		});
	});

	it("gives back whatever a person types, without a diagnostic", () => {
		fc.assert(fc.property(typed.filter(isWritable), typed.filter(isWritable), survives), {
			numRuns: 4000,
			seed: 20_251_121,
			endOnFailure: false,
		});
	});

	it("tells of a text that cannot be written as it is", () => {
		expect(parse(fileOf({ instructions: "a\0b" })).diagnostics).toHaveLength(1);
	});
});

describe("the template of a new agent", () => {
	const template = (name: string) =>
		agentFileTemplate({ name, models: ["faux/small", "faux/large"], thinkingLevels: ["off", "low", "high"] });

	it("lacks nothing but a description", () => {
		const { definition, diagnostics } = parse(template("reviewer"));
		expect(definition).toMatchObject({ tools: ["read", "grep", "find", "ls"], promptMode: "append" });
		expect(definition?.instructions).toMatch(/^You do the task/);
		expect(diagnostics.map(({ line, message }) => `${line}: ${message}`)).toEqual([
			expect.stringMatching(/^4: `description` is empty; expected a text/),
		]);
	});

	it("has keys in comments that load when the # is removed", () => {
		const text = template("reviewer")
			.replaceAll(/^# (?=\w+: )/gm, "")
			.replace("description:", "description: d");
		expect(parse(text)).toMatchObject({
			definition: { model: { queries: ["faux/small"] }, thinking: "high", maxTurns: 20 },
			diagnostics: [],
		});
	});

	it.each(["reviewer", "a: b", "#1", "true", "12", "[x", "'"])("gives the name %j back", (name) => {
		expect(nameInFile(template(name))).toBe(name);
	});

	it("has no name where none is known", () => {
		expect(nameInFile(template(""))).toBeUndefined();
	});
});

describe("a built-in agent as a file", () => {
	it.each(BUILT_IN_AGENTS.map((definition) => [definition.name, definition] as const))(
		"loads as the same agent: %s",
		(name, definition) => {
			const { origin: _origin, model, ...same } = definition;
			const parsed = parseAgentFile(`/agents/${name}.md`, "personal", ejectedText(definition));
			expect(parsed.diagnostics).toEqual([]);
			expect(parsed.isDisabled).toBe(false);
			expect(parsed.definition).toMatchObject(same);
			// Said in the file itself: what a file names is no mere preference any more.
			expect(parsed.definition?.model).toEqual(model && { queries: model.queries, strength: "pinned" });
			expect(parsed.definition).not.toHaveProperty("extensionTools");
		},
	);

	it("says beside the model that it is more than a preference now", () => {
		const texts = BUILT_IN_AGENTS.map(ejectedText);
		expect(texts.filter((text) => text.includes("model: haiku # in a file it is fixed"))).toHaveLength(1);
	});
});
