import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { allNotified } from "../support/background.ts";
import { isChild, say } from "../support/script.ts";
import { type HostOptions, type ScriptedHost, startHost } from "../support/scripted-host.ts";

let host: ScriptedHost;
afterEach(() => host.stop());

const start = async (options: Partial<HostOptions> = {}) => {
	host = await startHost({ script: (call) => say(isChild(call) ? `did: ${call.text}` : "noted"), ...options });
};
const children = () => host.calls.filter(isChild).map(({ text }) => text);
const parents = () => host.calls.filter((call) => !isChild(call)).map(({ text }) => text);

it("starts a subagent by /agents run, whose result the parent is notified of, and refuses as the tool does", async () => {
	await start();
	await host.session.prompt("/agents run explore find  the\nparser");
	expect(host.notices.at(-1)).toMatch(/^Explore \w{8} started in the background\.$/);
	await allNotified(host, 1);
	expect(children()).toEqual(["find  the\nparser"]);
	expect(host.notifications()[0]).toContain("did: find  the\nparser");

	await host.session.prompt("/agents run Exlpore find it");
	expect(host.notices.at(-1)).toMatch(/^Not started\. .*"Exlpore".*Explore/s);
	await host.session.prompt("/agents run nobody-at-all find it");
	expect(host.notices.at(-1)).toMatch(/Known types: general-purpose, Explore, Plan/);
	await host.session.prompt("/agents run Explore");
	expect(host.notices.at(-1)).toBe("Usage: /agents run <type> <task>");
	expect(children()).toHaveLength(1);
});

it("starts one by `@type task` in the editor, but for files, other words and a type alone", async () => {
	let editor = "";
	await start({
		person: {
			setEditorText: (text) => {
				editor = text;
			},
		},
		personalFiles: { "agents/broken.md": "---\ntools: [read\n---\nx" },
	});
	await host.session.prompt("@explore find the parser");
	expect(host.notices.at(-1)).toMatch(/^Explore \w{8} started in the background\.$/);
	await allNotified(host, 1);
	expect(children()).toEqual(["find the parser"]);
	const asked = parents().length;

	await host.session.prompt("@broken find it");
	expect(host.notices.at(-1)).toMatch(/^Not started\. Agent type "broken" cannot be used/);
	expect([editor, parents().length]).toEqual(["@broken find it", asked]);

	writeFileSync(join(host.cwd, "Plan"), "a file");
	for (const text of [
		"@Plan what is this",
		"@notes.md what is this",
		"@Explore",
		"ask @Explore to look",
		"@exploer look",
	])
		await host.prompt(text);
	expect(parents().slice(asked)).toEqual([
		"@Plan what is this",
		"@notes.md what is this",
		"@Explore",
		"ask @Explore to look",
		"@exploer look",
	]);
	expect(children()).toHaveLength(1);
});

it("starts none where pi would end before it, and the text goes to the model", async () => {
	await start({ person: "nobody" });
	await host.prompt("@Explore find the parser");
	expect([children(), parents()]).toEqual([[], ["@Explore find the parser"]]);
});
