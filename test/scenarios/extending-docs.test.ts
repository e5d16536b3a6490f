import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { until } from "../support/condition.ts";
import { callTool, fail, isChild, say } from "../support/script.ts";
import { type ScriptedHost, startHost } from "../support/scripted-host.ts";
import { theService } from "../support/service.ts";

const pathOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const read = (path: string) => readFileSync(pathOf(path), "utf8");
const page = read("docs/extending.md");

/** The extensions on the page, by the name in their first line. */
const onPage = Object.fromEntries(
	[...page.matchAll(/```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)```/g)].map(([, name = "", source = ""]) => [name, source]),
);
/** The last one imports a value of ours, which is not installed beside it here. */
const { "roots.ts": roots = "", ...extensions } = onPage;

let host: ScriptedHost | undefined;
afterEach(async () => {
	await host?.stop();
	host = undefined;
});

describe("the extensions in docs/extending.md", () => {
	it("are four", () => {
		expect(Object.keys(onPage)).toEqual(["failures.ts", "second-opinion.ts", "scratch.ts", "roots.ts"]);
	});

	it("observe: what failed is listed", async () => {
		host = await startHost({ extensions, script: (call) => (isChild(call) ? fail("the model is ill") : say("noted")) });
		await host.session.prompt("/crew-failures");
		await theService().run("Plan", "work", { description: "a plan" });
		await host.session.prompt("/crew-failures");
		expect(host.notices).toEqual(["none", "Plan (a plan): error, the model is ill"]);
	});

	it.each([
		["answers", "it is good", () => say("it is good")],
		["fails with", "error: ill", () => fail("ill")],
	])("spawn: a command shows what a subagent %s", async (_what, notice, child) => {
		const { "second-opinion.ts": source = "" } = extensions;
		host = await startHost({
			extensions: { "second-opinion.ts": source },
			script: (call) => (isChild(call) ? child() : say("noted")),
		});
		await host.session.prompt("/second-opinion tabs");
		expect(host.notices).toEqual([notice]);
		expect(host.calls.filter(isChild).map(({ text }) => text)).toEqual(["What do you think of this? tabs"]);
	});

	it("spawn: a refusal is shown with its code", async () => {
		const { "second-opinion.ts": source = "" } = extensions;
		host = await startHost({
			extensions: { "second-opinion.ts": source },
			files: { ".pi/agents/Explore.md": "---\nenabled: false\n---\n" },
			script: () => say("noted"),
		});
		await host.session.prompt("/second-opinion tabs");
		expect(host.notices.at(-1)).toMatch(/^disabled-type: Agent type "Explore" is disabled/);
	});

	it("supply a workspace: a scratch folder, and the same one for a resume", async () => {
		const { "scratch.ts": source = "" } = extensions;
		host = await startHost({
			extensions: { "scratch.ts": source },
			script: (call) => {
				if (!isChild(call)) return say("noted");
				return call.role === "toolResult" ? say(call.text.trim()) : callTool("bash", { command: "pwd" });
			},
		});
		const first = await theService().run("explore", "where");
		const [cwd = ""] = first.result?.split("\n") ?? [];
		writeFileSync(join(cwd, "note.txt"), "x");
		const second = await theService().resume(first.id, "where");
		const plan = await theService().run("Plan", "where");

		expect(first.result).toBe(`${cwd}\n\nLeft in ${cwd}: nothing`);
		expect(second.result).toBe(`${cwd}\n\nLeft in ${cwd}: note.txt`);
		expect(plan.result).toBe(host.cwd);
		await until("nothing to run", () => !theService().hasRunning());
	});

	it("settings of its own: the project's before the person's", async () => {
		host = await startHost({
			extensions: {
				"roots.ts": roots.replace('"pi-crew/settings"', JSON.stringify(pathOf("src/settings/layered-settings.ts"))),
			},
			personalFiles: { "roots.json": '{ "roots": ["mine"] }' },
			script: () => say("noted"),
		});
		await host.session.prompt("/roots");
		mkdirSync(join(host.cwd, ".pi"), { recursive: true });
		writeFileSync(join(host.cwd, ".pi", "roots.json"), '{ "roots": ["a", "b"] }');
		await host.session.prompt("/roots");
		writeFileSync(join(host.cwd, ".pi", "roots.json"), '{ "roots": 3 }');
		await host.session.prompt("/roots");
		expect(host.notices).toEqual(["mine", "a, b", "mine"]);
	});
});

describe("the page", () => {
	it("has every error code there is, and no other", () => {
		const codes = (file: string, name: string) => {
			const [, union = ""] = read(file).split(name);
			return [...union.slice(0, union.indexOf('";') + 1).matchAll(/\| "([a-z-]+)"/g)].map(([, code]) => code);
		};
		const known = [
			...codes("src/domain/refusal.ts", "SubagentsErrorCode ="),
			...codes("src/domain/refusal.ts", "readonly code:"),
		];
		const table = page.slice(page.indexOf("### Errors"), page.indexOf("## Supply"));
		const documented = [...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code);
		expect(known.length).toBeGreaterThan(10);
		expect([...documented].sort()).toEqual([...known].sort());
	});

	it("has every method of the service", () => {
		const api = read("src/service/service-api.ts");
		const methods = [...api.slice(api.indexOf("interface SubagentsService")).matchAll(/^\t(\w+)\(/gm)];
		expect(methods.length).toBeGreaterThan(10);
		for (const [, method] of methods) expect(page).toMatch(new RegExp(`\`${method}[(\`]`));
	});

	it("has every field of a record", () => {
		const source = read("src/domain/subagent-record.ts");
		const record = source.slice(source.indexOf("interface Lineage"), source.indexOf("/** The contract's total"));
		const state = read("src/domain/subagent-state.ts");
		const facts = state.slice(state.indexOf("interface ResultFacts"), state.indexOf("interface LastReplyEnd"));
		const fields = [...`${record}${facts}`.matchAll(/^\treadonly (\w+)(\??):/gm)].map(
			([, name, mark]) => `${name}${mark}`,
		);
		const table = page.slice(page.indexOf("### The record"), page.indexOf("### When it is there"));
		const documented = [...table.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, cell = ""]) =>
			[...cell.matchAll(/`(\w+\??)[^`]*`/g)].map(([, name]) => name),
		);
		expect(fields.length).toBeGreaterThan(10);
		expect([...documented].sort()).toEqual([...fields].sort());
	});

	it("has every option and every word of an invocation", () => {
		const api = read("src/service/service-api.ts");
		const spawn = api.slice(api.indexOf("interface SpawnOptions"), api.indexOf("export type ResumeOptions"));
		const workspace = read("src/domain/workspace.ts");
		const asked = workspace.slice(
			workspace.indexOf("interface WorkspaceInvocation"),
			workspace.indexOf("/** A directory"),
		);
		const words = [...`${spawn}${asked}`.matchAll(/^\treadonly (\w+)\??:/gm)].map(([, word]) => word);
		expect(words.length).toBeGreaterThan(10);
		for (const word of words) expect(page).toContain(`\`${word}\``);
	});
});
