import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ExtensionUIContext } from "@mariozechner/pi-coding-agent";
import { afterEach, describe, expect, it } from "vitest";
import { until } from "../support/condition.ts";
import { callTool, fail, isChild, say } from "../support/script.ts";
import {
	type HostOptions,
	type ModelCall,
	type Script,
	type ScriptedHost,
	startHost,
} from "../support/scripted-host.ts";

let host: ScriptedHost;
afterEach(() => host?.stop());

/** What the person does next: chooses what begins so, types, or steps back. */
type Reply = string | ((before: string) => string | undefined | Promise<undefined>) | undefined;

/** A person at a client without a terminal, who does as the plan says and then steps back. */
function personWith(plan: Reply[]) {
	const asked: string[] = [];
	const next = (question: string): Reply => {
		asked.push(question);
		return plan.shift();
	};
	const typed = async (title: string, before = ""): Promise<string | undefined> => {
		const reply = next(`${title} [${before}]`);
		return typeof reply === "function" ? reply(before) : reply;
	};
	const person: Partial<ExtensionUIContext> = {
		select: async (title, options) => {
			const reply = next([title, ...options].join("\n"));
			if (typeof reply !== "string") return reply?.(title);
			const found = options.filter((option) => option.startsWith(reply));
			if (found.length !== 1) throw new Error(`${reply} at ${[title, ...options].join("\n")}`);
			return found[0];
		},
		input: typed,
		editor: typed,
		confirm: async (title, message) => next(`${title}\n${message}`) === "yes",
	};
	return { person, plan, asked };
}

/** The parent hands on what its prompt says; children answer as the script says. */
async function start(plan: Reply[], child: Script = () => say("done"), options: Partial<HostOptions> = {}) {
	const { person, asked } = personWith(plan);
	const script: Script = (call) => {
		if (isChild(call)) return child(call);
		return call.role === "user" && call.text.startsWith("{")
			? callTool("subagent", JSON.parse(call.text))
			: say("noted");
	};
	host = await startHost({ script, person, ...options });
	return { asked };
}

async function run(subagent_type: string) {
	const [result] = await host.prompt(JSON.stringify({ prompt: "the task", description: "d", subagent_type }));
	return result;
}

const command = (words: string) => host.session.prompt(`/agents ${words}`);
const lastChild = () => host.calls.filter(isChild).at(-1) as ModelCall;
const projectFile = (name: string) => join(host.cwd, ".pi", "agents", name);
const read = (name: string) => readFileSync(projectFile(name), "utf8");

describe("managing agent files from /agents", () => {
	it("makes an agent by hand on one page, which the tool runs at once", async () => {
		const fill = (page: string) =>
			page
				.replace("description:", 'description: "Reviews: everything"')
				.replace(/\n---\n[\s\S]*$/, "\n---\n\nLook first.\nThen answer.");
		const { asked } = await start(["By hand", (page) => page, "Edit again", fill, "Save in this project"]);
		await command("new tester");
		expect(asked[2]).toMatch(
			/^Preview of tester\nCannot be saved yet:\nline 4: `description` is empty; expected a text/,
		);
		expect(asked[4]).toMatch(
			/^Preview of tester\nDescription: Reviews: everything\n[\s\S]*Tools: read, grep, find, ls\n/,
		);
		expect(host.notices.at(-1)).toContain("tester can be used from now on");
		const result = await run("tester");
		expect(result).toMatchObject({ isError: false, details: { type: "tester", status: "completed" } });
		expect(lastChild().systemPrompt).toContain(
			"<agent_instructions>\nLook first.\nThen answer.\n</agent_instructions>",
		);
		expect([...lastChild().toolNames].sort()).toEqual(["find", "grep", "ls", "read"]);
		expect(host.calls.at(-1)?.toolDescriptions.get("subagent")).toContain("Reviews: everything");
	});

	it("has a subagent draft one, which can look and change nothing, and whose result the parent is not told", async () => {
		const file = "---\ndescription: Counts lines\ntools: read\n---\n\nYou count lines.";
		const drafting: ModelCall[] = [];
		const child: Script = (call) => {
			if (call.systemPrompt.includes('<active_agent name="agent-drafter"/>')) {
				drafting.push(call);
				return say(`Here it is:\n\n\`\`\`markdown\n${file}\n\`\`\`\n\nSave it.`);
			}
			return say("3 lines");
		};
		const extensions = {
			"danger.ts": `export default (pi) => pi.registerTool({ name: "danger", label: "d", description: "d",
				parameters: { type: "object", properties: {} }, execute: async () => ({ content: [], details: {} }) });`,
		};
		const plan: Reply[] = [
			"Drafted",
			"This project",
			"counter",
			"It counts lines: all of them.",
			"Show",
			(text) => `${text}!`,
		];
		const { asked } = await start(plan, child, { extensions });
		await command("new");
		expect(drafting).toHaveLength(1);
		expect(drafting[0]?.text).toContain("It counts lines: all of them.");
		expect([...(drafting[0]?.toolNames ?? [])].sort()).toEqual(["find", "grep", "ls", "read"]);
		expect(drafting[0]?.systemPrompt).toContain("- `max_turns`: ");
		expect(asked.at(-1)).toContain(file);
		expect(read("counter.md")).toBe(`${file}!\n`);
		expect(await run("counter")).toMatchObject({ isError: false, text: expect.stringContaining("3 lines") });
		expect(host.notifications()).toEqual([]);
	});

	it.each([
		["fails", () => fail("no credit"), /failed: no credit/],
		["answers nothing", () => say(""), /gave no answer/],
		["answers in words", () => say("I would rather not."), /wrote no agent file\. It said: I would rather not\./],
		["writes two", () => say("```\n---\na: b\n---\n```\n\n```\n---\na: b\n---\n```"), /several files/],
	] as [string, Script, RegExp][])("says so when the subagent %s", async (_what, child, reason) => {
		await start(["Drafted", "This project", "counter", "It counts.", "Show"], child, {
			settings: { retry: { enabled: false } },
		});
		await command("new");
		expect(host.notices.at(-1)).toMatch(reason);
		expect(existsSync(projectFile("counter.md"))).toBe(false);
	});

	it("leaves the subagent that drafts running when the person steps back, and stops it when they say so", async () => {
		let aborted = false;
		const child: Script = (call) =>
			new Promise((resolve) => {
				call.signal?.addEventListener("abort", () => {
					aborted = true;
					resolve(say("too late"));
				});
			});
		const back = async () => {
			await until("the subagent to run", () => host.calls.some(isChild));
			return undefined;
		};
		const plan: Reply[] = ["Drafted", "This project", "counter", "It counts.", back];
		await start(plan, child);
		await command("new");
		expect(aborted).toBe(false);
		plan.push("Drafted", "This project", "counter", "It counts.", "Stop the draft");
		await command("new");
		expect([aborted, host.calls.filter(isChild).length]).toEqual([true, 1]);
		expect(existsSync(projectFile("counter.md"))).toBe(false);
		expect(host.notifications()).toEqual([]);
	});

	it("disables an agent, which is refused with the list of types then, and enables it again", async () => {
		const text = "---\n# mine\ndescription: Reviews\n---\nReview.\n";
		const plan: Reply[] = ["reviewer", "Disable", undefined];
		await start(plan, undefined, { files: { ".pi/agents/reviewer.md": text } });
		await command("types");
		expect(await run("reviewer")).toMatchObject({
			isError: true,
			text: expect.stringMatching(/disabled by its file.*general-purpose, Explore, Plan\./s),
		});
		plan.push("reviewer", "Enable", undefined);
		await command("types");
		expect([read("reviewer.md"), (await run("reviewer"))?.isError]).toEqual([text, false]);
	});

	it("disables a built-in one by a file of its name, and enables it again", async () => {
		const plan: Reply[] = ["Plan", "Disable", "This project", undefined];
		await start(plan);
		await command("types");
		expect((await run("plan"))?.isError).toBe(true);
		expect(read("Plan.md")).toBe("---\nenabled: false\n---\n");
		plan.push("Plan · overridden", "Enable", undefined);
		await command("types");
		expect([existsSync(projectFile("Plan.md")), (await run("plan"))?.isError]).toEqual([false, false]);
	});

	it("writes Explore out, which runs as the same agent, and as a changed one when it is edited", async () => {
		const plan: Reply[] = ["Explore", "Eject to this project", undefined];
		await start(plan);
		await run("Explore");
		const before = lastChild();
		await command("types");
		await run("Explore");
		const after = lastChild();
		expect([after.systemPrompt, after.toolNames, after.model]).toEqual([
			before.systemPrompt,
			before.toolNames,
			before.model,
		]);
		plan.push("Explore · in use · project", "Edit", (text) => `${text}\n\nAnswer in rhymes.`, undefined);
		await command("types");
		await run("explore");
		expect(lastChild().systemPrompt).toContain("Answer in rhymes.");
	});

	it("deletes an agent when the person says yes to its path", async () => {
		const plan: Reply[] = ["reviewer", "Delete", "yes", undefined];
		const { asked } = await start(plan, undefined, { files: { ".pi/agents/reviewer.md": "Review." } });
		await command("types");
		expect(asked).toContain(`Delete reviewer?\n${projectFile("reviewer.md")}\nThe built in one is used then.`);
		expect(existsSync(projectFile("reviewer.md"))).toBe(false);
	});
});
