import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DraftAnswer, DraftWish } from "../../../src/ui/agents/agent-management.ts";
import { openNewAgent } from "../../../src/ui/agents/new-agent-wizard.ts";
import { samplePort } from "./sample-types-port.ts";
import { leave, leaving, look, meanwhile, pick, type Reply, scriptedPerson, type } from "./scripted-person.ts";

let root: string;
let sample: ReturnType<typeof samplePort>;
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), "pi-crew-new-"));
	sample = samplePort(root);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function open(script: readonly Reply[], name = "") {
	const person = scriptedPerson(...script);
	await openNewAgent(person.dialogs, sample.port, name);
	expect(person.left()).toBe(0);
	return person;
}

/** The template with these words in it. */
const filled =
	({ name = "tester", description = "Reviews all of it", more = "" } = {}) =>
	(page: string) =>
		page
			.replace(/^name:.*$/m, `name: ${name}`)
			.replace(/^description:.*$/m, `description: ${description}${more && `\n${more}`}`);
const page = (changes: Parameters<typeof filled>[0] = {}) => type(filled(changes));
const byHand = pick("By hand");
const toProject = pick("Save in this project");
const toPerson = pick("Save for all");
const again = pick("Edit again");

describe("a new agent by hand", () => {
	it("is one page and a preview, and a file that loads without a diagnostic", async () => {
		const { shown, told } = await open([byHand, page({ more: "thinking: high" }), toProject]);
		const file = sample.project("tester.md");
		expect(shown[2]).toBe(
			[
				"Preview of tester",
				"Description: Reviews all of it",
				"Model: the parent's model",
				"Thinking: high",
				"Tools: read, grep, find, ls",
				"Turns: as the call or the settings say",
				"Instructions: 2 lines",
				`- Save in this project: ${file}`,
				`- Save for all your projects: ${sample.personal("tester.md")}`,
				"- Edit again",
				"- Discard: your text is lost",
			].join("\n"),
		);
		expect(told).toEqual([["info", `tester can be used from now on (${file}).`]]);
		expect(sample.read(file)).toMatch(/^---\nname: tester\n[\s\S]*\nYou do the task[\s\S]*Do not change any file\.\n$/);
		expect(sample.port.catalog().diagnostics).toEqual([]);
		expect(sample.port.catalog().find("tester")).toMatchObject({
			definition: { description: "Reviews all of it", tools: ["read", "grep", "find", "ls"], thinking: "high" },
		});
	});

	it("may be the person's", async () => {
		await open([byHand, page({ name: "mine" }), toPerson]);
		expect(sample.states()).toContain("mine personal in use");
	});

	it("begins with the name that was typed after the command", async () => {
		const { shown } = await open([byHand, type((text) => text), again], "tester");
		expect(shown[1]).toContain("\nname: tester\n");
		expect(shown[2]).toContain("Preview of tester");
	});

	it("says with its line what is missing or wrong, and cannot be saved before it is right", async () => {
		const { shown } = await open([
			...[byHand, type((text) => text), again],
			...[page({ more: "tools: raed, lookup" }), again],
			...[type("---\nopen"), again],
			...[type("---\nname: tester\ndescription: d\n---\nDo."), toProject],
		]);
		expect(shown[2]).toContain(
			"Cannot be saved yet:\nThe agent has no name. Write one after `name:`; the file gets the same name.\nline 4: `description` is empty; expected a text",
		);
		expect(shown[4]).toContain("line 7: ");
		expect(shown[6]).toContain("the front matter is not closed");
		for (const preview of [shown[2], shown[4], shown[6]]) expect(preview).not.toContain("- Save");
		expect(sample.read(sample.project("tester.md"))).toBe("---\nname: tester\ndescription: d\n---\nDo.\n");
	});

	it("counts the problems that it does not list", async () => {
		const keys = ["one", "two", "three", "four", "five"].map((key) => `${key}: x`).join("\n");
		const { shown } = await open([byHand, page({ more: keys })]);
		expect(shown[2]).toContain("line 7: unknown key `three`\nand 2 more problems\n");
	});

	it.each(["../evil", "NUL", "a&b", "x.md"])("is asked for another name than %s", async (name) => {
		const { shown } = await open([byHand, page({ name })]);
		expect(shown[2]).toMatch(/Cannot be saved yet:\n".*" cannot be an agent's name; /);
	});

	it("goes back with Escape, from the preview to the page and from there to the first question, and keeps the text", async () => {
		const { shown } = await open([byHand, page(), leave, leave, byHand, type((text) => `${text} More.`), toProject]);
		expect(shown.map((text) => text.split("\n")[0])).toEqual([
			...["New agent", expect.stringContaining("[---"), "Preview of tester", expect.stringContaining("[---")],
			...["New agent", expect.stringContaining("[---"), "Preview of tester"],
		]);
		expect(sample.read(sample.project("tester.md"))).toMatch(/name: tester[\s\S]*Do not change any file\. More\.\n$/);
	});

	it("keeps what stood in the editor when Escape closed it", async () => {
		await open([byHand, leaving(filled())]);
		const { shown } = await open([byHand, leave]);
		expect(shown[1]).toContain("name: tester");
	});

	it("keeps the page for the next time when it was left, until it is saved", async () => {
		await open([byHand, page()]);
		await open([byHand, type((text) => text), toProject]);
		expect(sample.states()).toContain("tester project in use");
		expect(sample.port.kept.newAgent).toEqual({});
	});

	it("asks before an unsaved page gives way to an agent of another name", async () => {
		await open([byHand, page()]);
		const { shown } = await open([byHand, pick("Continue"), leave], "other");
		expect(shown[1]).toContain("There is an unsaved agent file: tester");
		expect(shown[2]).toContain("name: tester");
		const next = await open([byHand, pick("Discard it and begin other"), leave], "other");
		expect(next.shown[2]).toContain("name: other");
	});

	it("does not ask about a page that nobody has changed", async () => {
		await open([byHand, leave], "one");
		const { shown } = await open([byHand, leave], "two");
		expect(shown[1]).toContain("name: two");
	});

	it("is gone when the person discards it", async () => {
		const { told } = await open([byHand, page(), pick("Discard")]);
		expect(told).toEqual([["info", "The new agent is discarded. Nothing was written."]]);
		expect([sample.port.kept.newAgent, readdirSync(join(root, "project"))]).toEqual([{}, []]);
	});

	it("never takes the place of a file, in whatever letter case", async () => {
		const file = sample.write(sample.project("TESTER.md"), "theirs");
		const { shown } = await open([byHand, page(), toPerson]);
		expect(shown[2]).not.toContain("Save in this project");
		expect(shown[2]).toContain(
			`Saved for all your projects it is overridden in this one by TESTER (project), which is ${file}.`,
		);
		expect(sample.read(file)).toBe("theirs");
		const next = await open([byHand, page()]);
		expect(next.shown[2]).toContain("There is a file tester.md in each place already. Change `name`");
	});

	it("never takes the place of a file that appears during the preview", async () => {
		const file = sample.project("tester.md");
		const meddle = meanwhile(() => sample.write(file, "theirs"));
		const { told } = await open([byHand, page(), meddle, toProject, again, page({ name: "other" }), toProject]);
		expect(told[0]).toEqual(["warning", `Not saved: ${file} is there already. Change \`name\`.`]);
		expect([sample.read(file), existsSync(sample.project("other.md"))]).toEqual(["theirs", true]);
	});

	it("says which agent it overrides, or is overridden by", async () => {
		sample.write(sample.project("Plan.md"), "---\nenabled: false\n---\n");
		const { shown, told } = await open([byHand, page({ name: "explore" }), again, page({ name: "plan" }), toPerson]);
		expect(shown[2]).toContain("\nOverrides Explore (built in).\n");
		expect(shown[4]).toContain("is overridden in this one by Plan (project)");
		expect(told.at(-1)?.[1]).toContain("plan is written, but another agent of this name overrides it");
	});

	it("is only the person's in a project that is not trusted", async () => {
		sample = samplePort(root, { isTrusted: false });
		const { shown } = await open([byHand, page({ name: "mine" }), pick("Save")]);
		expect(shown[2]).toContain("is not trusted");
		expect(existsSync(sample.personal("mine.md"))).toBe(true);
	});

	it("says what the disk says, and can be saved again when it is mended", async () => {
		const blocking = sample.write(join(root, "project", ".pi"), "a file");
		const mended = meanwhile(() => rmSync(blocking));
		const { told } = await open([byHand, page(), toProject, mended, toProject]);
		expect(told[0]).toEqual(["error", expect.stringMatching(/^Not saved: .* cannot be made: /)]);
		expect(existsSync(sample.project("tester.md"))).toBe(true);
	});

	it("has Unix line ends and no blank lines around it, whatever the editor gives", async () => {
		await open([byHand, type("\r\n---\r\nname: tester\r\ndescription: d\r\n---\r\nDo.\r\n\r\n"), toProject]);
		expect(sample.read(sample.project("tester.md"))).toBe("---\nname: tester\ndescription: d\n---\nDo.\n");
	});
});

describe("a new agent drafted by a subagent", () => {
	const GOOD = "---\ndescription: Reviews\n---\n\nReview.\n";
	const wish = [pick("Drafted"), pick("This project"), type("tester"), type("It is to review.")];
	const asked: DraftWish[] = [];
	const answering = (...answers: readonly DraftAnswer[]) => {
		asked.length = 0;
		const left = [...answers];
		sample = samplePort(root, {
			draft: async (wanted) => {
				asked.push(wanted);
				return left.shift() ?? { kind: "refused", reason: "asked too often" };
			},
		});
	};

	it("is shown before it is written, and can be changed", async () => {
		answering({ kind: "drafted", text: GOOD });
		const before = meanwhile(() => expect(existsSync(sample.project("tester.md"))).toBe(false));
		const { shown } = await open([
			...wish,
			pick("Show the draft"),
			before,
			type((text) => text.replace("Review.", "Look.")),
		]);
		expect(asked).toEqual([{ name: "tester", purpose: "It is to review." }]);
		expect(shown.at(-1)).toContain(GOOD.trim());
		expect(sample.read(sample.project("tester.md"))).toBe(GOOD.replace("Review.", "Look."));
	});

	it("is shown with what is wrong with it, and not repaired", async () => {
		answering({ kind: "drafted", text: GOOD.replace("description", "descripton") });
		const { shown } = await open([...wish, pick("Show"), type((text) => text), pick("Continue editing"), type(GOOD)]);
		expect(shown[5]).toContain("The draft has problems:");
		expect(shown[5]).toContain("did you mean `description`?");
		expect(sample.read(sample.project("tester.md"))).toBe(GOOD);
	});

	it("says why there is none, and goes back to what it was asked for", async () => {
		answering({ kind: "refused", reason: "The subagent gave no answer." }, { kind: "drafted", text: GOOD });
		const { told, shown } = await open([
			...wish,
			pick("Show"),
			type((text) => `${text} Now.`),
			pick("Show"),
			type((text) => text),
		]);
		expect(told[0]).toEqual(["error", "The subagent gave no answer."]);
		expect(shown[5]).toContain("[It is to review.]");
		expect(asked.at(-1)?.purpose).toBe("It is to review. Now.");
	});

	it("keeps what stood in an editor when Escape closed it", async () => {
		answering({ kind: "drafted", text: GOOD });
		const { shown } = await open([
			...[...wish.slice(0, 3), leaving("It is to"), type("tester"), type((text) => `${text} review.`)],
			...[
				pick("Show"),
				leaving(GOOD.replace("Review.", "Look.")),
				pick("Use the existing draft"),
				type((text) => text),
			],
		]);
		expect(shown.find((text) => text.includes("[It is to]"))).toBeDefined();
		expect(sample.read(sample.project("tester.md"))).toBe(GOOD.replace("Review.", "Look."));
	});

	/** Drafts that arrive when the test says so. */
	const waiting = () => {
		const begun: { wish: DraftWish; finish: (answer: DraftAnswer) => void; isStopped: () => boolean }[] = [];
		sample = samplePort(root, {
			draft: (wanted, signal) =>
				new Promise((finish) => {
					signal.addEventListener("abort", () => finish({ kind: "refused", reason: "stopped" }));
					begun.push({ wish: wanted, finish, isStopped: () => signal.aborted });
				}),
		});
		return begun;
	};

	it("is stopped when the person says so, and nothing that was typed is lost", async () => {
		const begun = waiting();
		const { shown, told } = await open([...wish, pick("Stop the draft"), leave]);
		expect([begun.map(({ isStopped }) => isStopped()), told]).toEqual([[true], []]);
		expect(shown[5]).toContain("[It is to review.]");
	});

	it("continues when Escape leaves it, and is there when the person comes back", async () => {
		const begun = waiting();
		await open([...wish, leave, leave, leave, leave, leave]);
		const comes = meanwhile(() => begun[0]?.finish({ kind: "drafted", text: GOOD }));
		await open([...wish, comes, pick("Show"), type((text) => text)]);
		expect(begun.map(({ isStopped }) => isStopped())).toEqual([false]);
		expect(sample.read(sample.project("tester.md"))).toBe(GOOD);
	});

	it("can be dropped once it is there, and is drafted anew the next time", async () => {
		const begun = waiting();
		await open([...wish, leave, leave, leave, leave, leave]);
		begun[0]?.finish({ kind: "drafted", text: GOOD });
		await open([...wish, pick("Discard the draft"), leave, leave, leave, leave]);
		await open([...wish, pick("Stop the draft"), leave, leave, leave, leave]);
		expect(begun).toHaveLength(2);
		expect(existsSync(sample.project("tester.md"))).toBe(false);
	});

	it("is stopped when another one is wished for instead", async () => {
		const begun = waiting();
		await open([...wish, leave, type("It is to count."), leave, leave]);
		expect(begun.map(({ isStopped }) => isStopped())).toEqual([true, false]);
		expect(begun.map(({ wish: { purpose } }) => purpose)).toEqual(["It is to review.", "It is to count."]);
	});

	it("is not paid for twice", async () => {
		answering({ kind: "drafted", text: GOOD });
		await open([...wish, pick("Show"), leave, pick("Use the existing draft"), type((text) => text)]);
		expect(asked).toHaveLength(1);
		expect(existsSync(sample.project("tester.md"))).toBe(true);
	});

	it("is asked for in words", async () => {
		answering();
		const { told } = await open([...wish.slice(0, 3), type("  "), leave]);
		expect(told[0]?.[1]).toContain("description of the task is empty");
	});

	it("shows what is there when it is there, without a new list before", async () => {
		const begun = waiting();
		const done = meanwhile(() => begun[0]?.finish({ kind: "drafted", text: GOOD }));
		const { shown } = await open([...wish, done, pick("Show"), look].slice(0, -1));
		expect(shown[4]).toContain("still being written");
	});
});

it("ends when the session ends, wherever it is", async () => {
	const all = [byHand, page(), again, page()];
	for (let steps = 0; steps <= all.length; steps++) await open(all.slice(0, steps));
	expect(readdirSync(join(root, "project"))).toEqual([]);
});
