import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTypes } from "../../../src/ui/agents/agent-type-list.ts";
import { samplePort } from "./sample-types-port.ts";
import { leave, look, meanwhile, no, pick, type Reply, scriptedPerson, type, yes } from "./scripted-person.ts";

let root: string;
let sample: ReturnType<typeof samplePort>;
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), "pi-crew-types-"));
	sample = samplePort(root);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const GOOD = "---\ndescription: Reviews changes\ntools: read, grep\nmodel: haiku\n---\n\nReview.\n";

async function open(...script: Reply[]) {
	const person = scriptedPerson(...script);
	await openTypes(person.dialogs, sample.port);
	expect(person.left()).toBe(0);
	return person;
}

describe("the list of agent types", () => {
	it("has every agent with its state, source, problems, model and tools", async () => {
		sample.write(sample.personal("reviewer.md"), GOOD);
		sample.write(sample.project("reviewer.md"), "---\nhooks: x\nenabled: false\n---\n");
		sample.write(sample.project("broken.md"), "---\nopen");
		const { shown } = await open();
		expect(shown.map((text) => text.replaceAll(/: (?:Researches|Searches|Studies|Reviews).*/g, ""))).toEqual([
			[
				"Agent types",
				"- general-purpose · in use · built in · the parent's model · all tools",
				"- Explore · in use · built in · prefers haiku · read, bash, grep, find, ls",
				"- Plan · in use · built in · the parent's model · read, bash, grep, find, ls",
				"- reviewer · disabled · project · the parent's model · all tools · ! 1 problem: ! 1 problem: `hooks` has no effect: no hook is run: what one would have blocked is not blocked. Take tools away with `disallowed_tools`, or use a permission extension",
				"- reviewer · overridden by project · yours · haiku · read, grep",
				"- broken · broken · project · ! 1 problem: ! 1 problem: the front matter is not closed; expected a line `---` after it",
			].join("\n"),
		]);
	});

	it("says why nothing of the project is there when it is not trusted", async () => {
		sample = samplePort(root, { isTrusted: false });
		sample.write(sample.project("tester.md"), GOOD);
		const { shown } = await open(pick("Explore"), leave);
		expect(shown[0]).toContain("project is not trusted, so nothing is written there");
		expect(shown[0]).not.toContain("tester");
		expect(shown[1]).not.toContain("Eject to this project");
	});

	it("shows what has become of an agent after each step", async () => {
		const { shown, told } = await open(
			...[pick("Plan"), pick("Disable"), pick("Your own agents")],
			...[pick("Plan · disabled"), pick("Enable")],
		);
		const lists = shown.filter((text) => text.startsWith("Agent types")).map((text) => /- Plan.*/.exec(text)?.[0]);
		expect(lists).toEqual([
			expect.stringContaining("Plan · in use · built in"),
			expect.stringContaining("Plan · disabled · yours"),
			expect.stringContaining("Plan · in use · built in"),
		]);
		expect(told).toEqual([
			["info", `Plan is disabled (${sample.personal("Plan.md")}).`],
			["info", `Plan is enabled again (${sample.personal("Plan.md")} is removed).`],
		]);
	});
});

describe("what can be done with an agent", () => {
	const offered = async (label: string) => {
		const { shown } = await open(pick(label), leave);
		return [...(shown[1] ?? "").matchAll(/^- (\w[\w ]*)/gm)].map(([, action]) => action);
	};

	it("is what is possible", async () => {
		sample.write(sample.personal("reviewer.md"), GOOD);
		sample.write(sample.project("Plan.md"), "---\nenabled: false\n---\n");
		sample.write(sample.personal("broken.md"), "---\nopen");
		writeFileSync(sample.personal("bytes.md"), Buffer.from([0xff, 0x00]));
		expect(await offered("reviewer")).toEqual(["View", "Edit", "Disable", "Delete"]);
		expect(await offered("Explore")).toEqual([
			"View",
			"Edit",
			"Disable",
			"Eject to this project",
			"Eject to your own agents",
		]);
		expect(await offered("Plan · disabled")).toEqual(["View", "Edit", "Enable", "Delete"]);
		expect(await offered("Plan · overridden")).toEqual(["View", "Enable"]);
		expect(await offered("broken · broken")).toEqual(["View", "Edit", "Delete"]);
		expect(await offered("bytes")).toEqual(["View", "Delete"]);
	});

	it("is to view it, and then to do something else with it", async () => {
		sample.write(sample.personal("reviewer.md"), `${GOOD}\u001b[31mred`);
		sample.write(sample.personal("broken.md"), "---\nopen \u001b[2J");
		const { shown } = await open(
			...[pick("reviewer"), pick("View"), look, leave],
			...[pick("broken · broken"), pick("View"), look, leave],
		);
		const texts = shown.filter((text) => text.includes("Source: yours"));
		expect(texts[0]).toContain("Description: Reviews changes\nModel: haiku\n");
		expect(texts[0]).toContain("Instructions:\n\nReview.\nred");
		expect(texts[1]).toContain("error: the front matter is not closed");
		expect(texts[1]).toContain("The file:\n\n---\nopen");
		expect(texts.join("")).not.toContain("\u001b");
	});

	it("is to edit its file", async () => {
		const file = sample.write(sample.personal("reviewer.md"), GOOD.replaceAll("\n", "\r\n"));
		const { shown, told } = await open(
			pick("reviewer"),
			pick("Edit"),
			type((text) => text.replace("Review.", "Look.\n\tTwice.")),
		);
		expect(shown[2]).toContain(GOOD.trim());
		expect(sample.read(file)).toBe(GOOD.replace("Review.", "Look.\n\tTwice.").replaceAll("\n", "\r\n"));
		expect(told).toEqual([["info", `Saved ${file}.`]]);
	});

	it("is to edit a built-in one, as a file that is made first", async () => {
		const { told } = await open(
			...[pick("Explore"), pick("Edit"), pick("This project")],
			type((text) => text.replace("You are a code explorer.", "You are an explorer.")),
		);
		expect(sample.read(sample.project("Explore.md"))).toContain("\n\nYou are an explorer. Somebody needs");
		expect(told[0]?.[1]).toContain("its model, a preference so far, is fixed by the file");
		expect(sample.states()).toContain("Explore project in use");
	});

	it("is to disable its file and enable it, which leaves the file as it was", async () => {
		const file = sample.write(sample.project("reviewer.md"), GOOD);
		await open(pick("reviewer"), pick("Disable"));
		expect(sample.states()).toContain("reviewer project disabled");
		await open(pick("reviewer"), pick("Enable"));
		expect([sample.states().at(-1), sample.read(file)]).toEqual(["reviewer project in use", GOOD]);
	});

	it("is to enable a built-in one where it stands itself", async () => {
		sample.write(sample.project("explore.md"), "---\nenabled: false\n---\n");
		await open(pick("Explore · overridden"), pick("Enable"));
		expect([existsSync(sample.project("explore.md")), sample.states()[1]]).toEqual([false, "Explore built-in in use"]);
	});

	it("is to write a built-in one out", async () => {
		await open(pick("Plan"), pick("Eject to your own agents"), pick("Plan · overridden"), leave);
		expect(sample.states()).toEqual([
			"general-purpose built-in in use",
			"Explore built-in in use",
			"Plan personal in use",
			"Plan built-in overridden",
			"reviewer built-in in use",
		]);
		expect(sample.port.catalog().diagnostics).toEqual([]);
	});

	it("is to delete it, when the person says yes to the path", async () => {
		const file = sample.write(sample.personal("Explore.md"), GOOD);
		const { shown } = await open(pick("Explore · in use"), pick("Delete"), no);
		expect(shown.at(-2)).toBe(`Delete Explore?\n${file}\nThe built in one is used then.`);
		expect(existsSync(file)).toBe(true);
		await open(pick("Explore · in use"), pick("Delete"), yes);
		expect([existsSync(file), sample.states()[1]]).toEqual([false, "Explore built-in in use"]);
	});

	it("is nothing to a file that somebody changed while it was asked", async () => {
		const file = sample.write(sample.personal("reviewer.md"), GOOD);
		const changed = meanwhile(() => sample.write(file, `${GOOD}more`));
		const { told } = await open(pick("reviewer"), pick("Delete"), changed, yes);
		expect(told).toEqual([["warning", expect.stringContaining("somebody changed")]]);
		expect(existsSync(file)).toBe(true);
	});

	it("is over when the file is gone meanwhile", async () => {
		const file = sample.write(sample.personal("reviewer.md"), GOOD);
		await open(
			pick("reviewer"),
			pick("View"),
			meanwhile(() => rmSync(file)),
			look,
		);
		expect(sample.states()).not.toContain("reviewer personal in use");
	});
});

describe("editing a file", () => {
	const edit = (...script: Reply[]) => open(pick("reviewer"), pick("Edit"), ...script);
	let file: string;
	beforeEach(() => {
		file = sample.write(sample.personal("reviewer.md"), GOOD);
	});

	it("continues until it loads as it is meant, and says what is wrong", async () => {
		const { shown } = await edit(
			type((text) => text.replace("tools: read", "tools: raed")),
			pick("Continue editing"),
			type((text) => text.replace("raed", "ls")),
		);
		expect(shown[3]).toContain(`${file}:3: warning: unknown tool "raed"`);
		expect(shown[4]).toContain("tools: raed, grep");
		expect(sample.read(file)).toContain("tools: ls, grep");
	});

	it("keeps what was typed and not saved for the next time", async () => {
		const typed = GOOD.replace("haiku", "haiku\nfoo: bar").trim();
		await edit(type(typed), pick("Leave"));
		expect(sample.read(file)).toBe(GOOD);
		const { shown } = await edit(
			pick("Continue with what you typed"),
			type((text) => text.replace("foo: bar\n", "thinking: low\n")),
		);
		expect(shown[3]).toContain(typed);
		expect(sample.read(file)).toBe(GOOD.replace("haiku\n", "haiku\nthinking: low\n"));
		expect((await edit(leave)).shown[2]).toContain("thinking: low");
	});

	it("does not overwrite what somebody else wrote meanwhile, unless the person says so", async () => {
		const theirs = GOOD.replace("Review.", "Theirs.");
		const mine = GOOD.replace("Review.", "Mine.");
		const { shown } = await edit(
			meanwhile(() => sample.write(file, theirs)),
			type(mine),
			pick("See what it says"),
			look,
			meanwhile(() => expect(sample.read(file)).toBe(theirs)),
			pick("Write yours"),
		);
		expect(shown[4]).toContain("Theirs.");
		expect(sample.read(file)).toBe(mine);
	});

	it("writes a file again that was removed meanwhile", async () => {
		await edit(
			meanwhile(() => rmSync(file)),
			type(GOOD.replace("Review.", "Mine.")),
			pick("Write it again"),
		);
		expect(sample.read(file)).toContain("Mine.");
	});

	it("leaves a file alone that was not changed", async () => {
		sample.write(file, `${GOOD}\n\tindented  \n\n`);
		await edit(type((text) => text));
		expect(sample.read(file)).toBe(`${GOOD}\n\tindented  \n\n`);
	});
});

it("ends when the session ends, wherever it is", async () => {
	sample.write(sample.personal("reviewer.md"), GOOD);
	for (const script of [
		[],
		[pick("reviewer")],
		[pick("reviewer"), pick("Delete")],
		[pick("Explore"), pick("Eject to this")],
	])
		await open(...script);
	expect(existsSync(sample.personal("reviewer.md"))).toBe(true);
});
