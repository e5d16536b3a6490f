import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DraftAnswer, DraftWish } from "../../../src/ui/agents/agent-management.ts";
import { openNewAgent } from "../../../src/ui/agents/new-agent-wizard.ts";
import { samplePort } from "./sample-types-port.ts";
import { leave, look, meanwhile, pick, type Reply, scriptedPerson, type } from "./scripted-person.ts";

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

const begin = (name = "reviewer") => [pick("By hand"), pick("This project"), type(name)];
const described = [type("Reviews: all of it")];
const rest = [pick("Read-only"), pick("The parent's"), pick("As its parent"), type("Review.")];
/** Without a description, so that what the instructions begin with is read as front matter. */
const unsound = [
	...begin(),
	...[type(""), pick("All"), pick("The parent's"), pick("As its parent"), type("---\nname: x")],
];

describe("a new agent by hand", () => {
	it("is what was answered, in a file that loads without a diagnostic", async () => {
		const { told } = await open([
			...[...begin(), ...described, pick("Custom list"), type("read, lookup"), pick("faux/large"), pick("high")],
			type("Look first.\n\nThen answer.\n"),
		]);
		const file = sample.project("reviewer.md");
		expect(sample.read(file)).toBe(
			'---\ndescription: "Reviews: all of it"\ntools: read, lookup\nmodel: faux/large\nthinking: high\n---\n\nLook first.\n\nThen answer.\n',
		);
		expect(told).toEqual([["info", `reviewer can be used from now on (${file}).`]]);
		expect(sample.port.catalog().diagnostics).toEqual([]);
		expect(sample.port.catalog().find("reviewer")).toMatchObject({
			definition: { description: "Reviews: all of it", tools: ["read"], extensionTools: ["lookup"] },
		});
	});

	it("may be the person's, with a model by its words and no tools", async () => {
		await open([
			...[pick("By hand"), pick("Your own agents"), type(" mine "), type("d"), pick("None")],
			...[pick("By its name"), type("haiku, sonnet"), pick("As its parent"), type("")],
		]);
		expect(sample.read(sample.personal("mine.md"))).toBe(
			"---\ndescription: d\ntools: none\nmodel: haiku, sonnet\n---\n",
		);
	});

	it("begins with the name that was typed after the command", async () => {
		const { shown } = await open([pick("By hand"), pick("This project"), leave, leave, leave], "reviewer");
		expect(shown[2]).toContain("[reviewer]");
		expect(shown[1]).toContain(sample.project("reviewer.md"));
	});

	it("goes back with Escape, step by step, and keeps what was answered", async () => {
		const { shown } = await open([
			...[...begin(), ...described, ...rest.slice(0, 3), leave],
			...[leave, leave, leave, leave, leave],
			...[pick("Your own agents"), type((name) => `${name}2`), type((text) => `${text}!`)],
			...[pick("All"), pick("The parent's"), pick("low"), type("Review.")],
		]);
		expect(shown.filter((text) => text.startsWith("Description")).at(-1)).toContain("[Reviews: all of it]");
		expect(sample.read(sample.personal("reviewer2.md"))).toBe(
			'---\ndescription: "Reviews: all of it!"\nthinking: low\n---\n\nReview.\n',
		);
		expect(existsSync(sample.project("reviewer.md"))).toBe(false);
	});

	it("keeps the answers for the next time when it was left", async () => {
		await open([...begin(), ...described]);
		const { shown } = await open([pick("By hand"), pick("This project"), type((name) => name), leave]);
		expect(shown[3]).toContain("[Reviews: all of it]");
		await open([...begin(), type((text) => text), ...rest]);
		expect(sample.read(sample.project("reviewer.md"))).toContain("Reviews: all of it");
		expect(sample.port.kept.newAgent).toEqual({});
	});

	it("is asked for its name until it can be used", async () => {
		const { told, shown } = await open([...begin("../evil"), type("NUL"), type("good")]);
		expect(told.map(([tone]) => tone)).toEqual(["warning", "warning"]);
		expect(told[0]?.[1]).toContain("expected one without /");
		expect(shown[3]).toContain("[../evil]");
	});

	it("never takes the place of a file: another name is asked for", async () => {
		const file = sample.write(sample.project("REVIEWER.md"), "theirs");
		const { shown } = await open([...begin(), pick("Choose another name"), type("other"), ...described, ...rest]);
		expect(shown[3]).toContain(file);
		expect(sample.read(file)).toBe("theirs");
		expect(existsSync(sample.project("other.md"))).toBe(true);
	});

	it("may turn into an edit of the one that is there", async () => {
		const file = sample.write(sample.project("reviewer.md"), "Theirs.\n");
		await open([...begin(), pick("Edit the existing file"), type((text) => `${text} And mine.`)]);
		expect(sample.read(file)).toBe("Theirs. And mine.\n");
	});

	it("takes the place of a built-in one only when the person says so", async () => {
		const { shown } = await open([
			...begin("explore"),
			pick("Choose another name"),
			type("explore"),
			pick("Use this name"),
			...described,
			...rest,
		]);
		expect(shown[3]).toContain("There is Explore (built in) already\nThe new one overrides it in this project.");
		expect(sample.states()).toContain("explore project in use");
	});

	it("is reported as overridden by the project's of its name", async () => {
		sample.write(sample.project("Plan.md"), "---\nenabled: false\n---\n");
		const mine = [pick("By hand"), pick("Your own agents"), type("plan"), pick("Use this name"), ...described, ...rest];
		const { shown, told } = await open(mine);
		expect(shown[3]).toContain("There is Plan (project) already\nIt overrides yours in this project.");
		expect(told.at(-1)?.[1]).toContain("plan is written, but another agent of this name overrides it");
	});

	it("asks for tools until they are known", async () => {
		const { told, shown } = await open([
			...begin(),
			...described,
			pick("Custom list"),
			type("read, raed"),
			type("read"),
			leave,
		]);
		expect(told[0]?.[1]).toContain('unknown tool "raed"');
		expect(shown.filter((text) => text.startsWith("Tools, separated by commas"))[1]).toContain("[read, raed]");
	});

	it("is not written as long as it would not load, and what was typed is not lost", async () => {
		const { shown } = await open([
			...unsound,
			pick("Continue editing"),
			type((text) => text.replace("---\n---", "---\ndescription: d\n---")),
		]);
		expect(shown.find((text) => text.startsWith("Not written"))).toContain("front matter begins in the first line");
		expect(sample.read(sample.project("reviewer.md"))).toBe("---\ndescription: d\n---\n\n---\nname: x\n");
	});

	it("keeps the edited text when the answers change afterwards, and asks which it is to be", async () => {
		await open([
			...[...unsound, pick("Continue editing")],
			...[meanwhile(() => sample.write(sample.project("reviewer.md"), "theirs")), type("edited: true")],
			...[type("other"), type("now"), pick("All"), pick("The parent's"), pick("As its parent"), type((text) => text)],
			...[pick("Continue with your edited text"), type((text) => text)],
		]);
		expect(sample.read(sample.project("other.md"))).toBe("edited: true\n");
		expect(sample.read(sample.project("reviewer.md"))).toBe("theirs");
	});

	it("is only the person's in a project that is not trusted", async () => {
		sample = samplePort(root, { isTrusted: false });
		const { shown } = await open([pick("By hand"), pick("Your own agents"), type("mine"), ...described, ...rest]);
		expect(shown[1]).toContain("is not trusted");
		expect(shown[1]).not.toContain("This project");
		expect(existsSync(sample.personal("mine.md"))).toBe(true);
	});

	it("says what the disk says, and continues with the same text when it is mended", async () => {
		const blocking = sample.write(join(root, "project", ".pi"), "a file");
		const mended = meanwhile(() => rmSync(blocking));
		const { shown } = await open([...begin(), ...described, ...rest, mended, pick("Try again")]);
		expect(shown.at(-1)).toContain("cannot be made: ");
		expect(sample.read(sample.project("reviewer.md"))).toContain("Review.");
	});
});

describe("a new agent drafted by a subagent", () => {
	const GOOD = "---\ndescription: Reviews\n---\n\nReview.\n";
	const wish = [pick("Drafted"), pick("This project"), type("reviewer"), type("It is to review.")];
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
		const before = meanwhile(() => expect(existsSync(sample.project("reviewer.md"))).toBe(false));
		const { shown } = await open([
			...wish,
			pick("Show the draft"),
			before,
			type((text) => text.replace("Review.", "Look.")),
		]);
		expect(asked).toEqual([{ name: "reviewer", purpose: "It is to review." }]);
		expect(shown.at(-1)).toContain(GOOD.trim());
		expect(sample.read(sample.project("reviewer.md"))).toBe(GOOD.replace("Review.", "Look."));
	});

	it("is shown with what is wrong with it, and not repaired", async () => {
		answering({ kind: "drafted", text: GOOD.replace("description", "descripton") });
		const { shown } = await open([...wish, pick("Show"), type((text) => text), pick("Continue editing"), type(GOOD)]);
		expect(shown[5]).toContain("The draft has problems:");
		expect(shown[5]).toContain("did you mean `description`?");
		expect(sample.read(sample.project("reviewer.md"))).toBe(GOOD);
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
		expect(sample.read(sample.project("reviewer.md"))).toBe(GOOD);
	});

	it("can be dropped once it is there, and is drafted anew the next time", async () => {
		const begun = waiting();
		await open([...wish, leave, leave, leave, leave, leave]);
		begun[0]?.finish({ kind: "drafted", text: GOOD });
		await open([...wish, pick("Discard the draft"), leave, leave, leave, leave]);
		await open([...wish, pick("Stop the draft"), leave, leave, leave, leave]);
		expect(begun).toHaveLength(2);
		expect(existsSync(sample.project("reviewer.md"))).toBe(false);
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
		expect(existsSync(sample.project("reviewer.md"))).toBe(true);
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
	const all = [...begin(), ...described, ...rest.slice(0, 3)];
	for (let steps = 0; steps <= all.length; steps++) await open(all.slice(0, steps));
	expect(readdirSync(join(root, "project"))).toEqual([]);
});
