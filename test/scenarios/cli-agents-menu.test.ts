import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createWorkspace, type PiEvent, runPi } from "../support/cli.ts";
import { startRpc } from "../support/rpc-client.ts";
import { callSubagent } from "../support/said.ts";

/** A client that answers what pi asks, each question once. */
function startClient() {
	const workspace = createWorkspace();
	onTestFinished(workspace.remove);
	const pi = startRpc({ workspace });
	onTestFinished(async () => void (await pi.close())); // before the removal: what comes last is undone first
	let seen = 0;
	const next = async (what: string, fits: (event: PiEvent) => boolean) => {
		const event = await pi.waitFor(what, fits, { after: seen });
		seen = pi.events.indexOf(event) + 1;
		return event as PiEvent & { id: string; title: string; options: string[]; message: string; placeholder: string };
	};
	const asked = (method: string) =>
		next(method, (event) => event.type === "extension_ui_request" && event.method === method);
	const answer = async (method: string, reply: object) => {
		const request = await asked(method);
		pi.send({ type: "extension_ui_response", id: request.id, ...reply });
		return request;
	};
	const say = (message: string) => pi.send({ type: "prompt", message });
	const told = async () => (await asked("notify")).message;
	return {
		workspace,
		pi,
		say,
		told,
		/** Resolves when `/agents list` says so. */
		listed: async (line: RegExp) => {
			let list: string;
			do {
				say("/agents list");
				list = await told();
			} while (!line.test(list));
		},
		/** Has the model start a subagent; resolves when the run that does it has ended. */
		start: async (parameters: Record<string, unknown>) => {
			const [message, after] = [callSubagent(parameters), pi.events.length];
			say(message);
			await pi.answered(message, { after });
		},
		/** Chooses the one option that has this in it. */
		choose: async (part: string) => {
			const { id, title, options } = await asked("select");
			const value = options.find((option) => option.includes(part));
			pi.send({ type: "extension_ui_response", id, ...(value === undefined ? { cancelled: true } : { value }) });
			return { title, options, value };
		},
		back: () => answer("select", { cancelled: true }),
		type: (value: string) => answer("input", { value }),
		confirm: (confirmed: boolean) => answer("confirm", { confirmed }),
	};
}

describe("/agents in RPC mode", () => {
	it("is a menu to the end: what runs is listed, steered, stopped and resumed", async () => {
		const { pi, start, say, told, listed, choose, back, type, confirm } = startClient();
		await start({ prompt: "sleep 60000 late", description: "sleeps long", run_in_background: true });

		say("/agents");
		expect((await choose("Running")).options).toEqual([
			"Running and recent",
			"Types",
			"New agent",
			"Automations",
			"Settings",
			"Diagnostics",
		]);
		const { title, options, value } = await choose('"sleeps long"');
		expect(title).toBe("Running and recent\n1 running");
		expect(options.at(-1)).toBe("Stop all in the background (1)");
		const id = value?.split(" · ").at(-1) ?? "";

		const one = await choose("Steer");
		expect(one.title).toMatch(new RegExp(`^Subagent ${id}\n● general-purpose "sleeps long" · running`));
		expect(one.options).toEqual(["Open transcript", "Steer", "Stop"]);
		expect((await type("long 7")).title).toMatch(/^Steer general-purpose "sleeps long"\n/);
		expect(await told()).toContain(id);

		await choose("Stop");
		expect(await confirm(true)).toMatchObject({ title: "Stop it?" });
		expect(await told()).toContain("is stopping");
		for (let level = 0; level < 3; level++) await back();
		await listed(/^■ .*"sleeps long" · stopped/m);
		say("/agents running");
		const again = await choose('"sleeps long"');
		expect(again.value).toMatch(/^■ .* · stopped · /);
		expect((await choose("Resume")).options).toEqual(["Open transcript", "Resume", "Dismiss"]);
		await type("long 7");
		expect(await told()).toContain("continues in the background");
		await back();
		await back();
		await listed(/^✓ .*"sleeps long" · completed/m);
		say(`/agents result ${id.slice(0, 8)}`);
		expect(await told()).toMatch(/Status: completed[\s\S]*\n\nwwwwwww$/);
		say("/agents dismiss latest");
		expect(await told()).toContain("was removed from the list");
		say("/agents stop all");
		expect(await told()).toBe("No subagent is running or queued in the background.");

		await start({ prompt: "sleep 60000 late", description: "sleeps again", run_in_background: true });
		say("/agents running");
		await choose("Stop all");
		expect(await confirm(true)).toMatchObject({
			title: "Stop all?",
			message: "1 subagent is running or queued in the background.",
		});
		expect(await told()).toContain("1 subagent");
		await back();
		await listed(/^■ .*"sleeps again" · stopped/m);
		expect(pi.stderr()).toBe("");
	});

	it("changes a setting, and asks again for one that can be used", async () => {
		const { workspace, say, told, choose, back, type } = startClient();
		say("/agents");
		await choose("Settings");
		expect((await choose("maxConcurrent")).options).toContain("maxConcurrent is 4 (default)");
		expect(await type("many")).toMatchObject({
			title: "maxConcurrent\nbackground runs at the same time\nExpected: an integer 1..1024.\nat present: 4",
			placeholder: "4",
		});
		expect((await type("2")).title).toContain('Not changed: maxConcurrent is "many"; expected an integer 1..1024.');
		const file = join(workspace.cwd, ".pi", "subagents.json");
		expect(await told()).toBe(`maxConcurrent is 2 (project), written to ${file}`);
		expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ maxConcurrent: 2 });
		await choose("onInterrupt");
		await choose("stop-all");
		expect(await told()).toMatch(/^onInterrupt is "stop-all" \(project\), written to /);
		await choose("maxConcurrent");
		await choose("Remove it");
		expect(await told()).toBe(`maxConcurrent is 4 (default), no longer in ${file}`);
		await back();
		expect((await choose("Diagnostics")).title).toBe("Agents");
		expect(await told()).toBe("Diagnostics\n\nNo problems with agent files and settings.");
		await back();
		say("/agents settings");
		expect(await told()).toMatch(/^maxConcurrent is 4 \(default\); an integer/);
	});
});

describe("a menu that is open when the session ends", () => {
	it("is closed with it, and the next session has its own", async () => {
		const { pi, say, told, choose, back } = startClient();
		say("/agents");
		const { title } = await choose("Settings");
		const setting = await pi.waitFor("the settings", ({ title: shown }) => String(shown).startsWith("Settings\n"));
		expect(await pi.request({ type: "new_session" })).toMatchObject({ success: true, data: { cancelled: false } });
		pi.send({ type: "extension_ui_response", id: setting.id, value: 'onInterrupt is "stop-foreground" (default)' });
		say("/agents list");
		expect(await told()).toMatch(/^No subagents in this session\./);
		say("/agents");
		expect((await choose("Diagnostics")).title).toBe(title);
		expect(await told()).toContain("No problems");
		await back();
		say("/agents"); // still open when pi ends
		await pi.waitFor("the menu", (event) => event.method === "select", { after: pi.events.length - 1 });
		expect(await pi.close()).toBe(0);
		expect(pi.stderr()).toBe("");
	});
});

describe("/agents in print mode", () => {
	it("prints the subagents there are, the agent types and the problems, and stops, resumes and shows by id", async () => {
		const workspace = createWorkspace();
		onTestFinished(workspace.remove);
		workspace.addAgentFile("agents/bad.md", "---\ntools: [\n---\nno");
		const prompt = [
			callSubagent({ prompt: "long 5", description: "is quick" }),
			"/agents",
			"/agents result latest",
			"/agents transcript latest",
			"/agents resume latest",
			"/agents stop nobody",
		];
		const { code, stdout, stderr } = await runPi({ workspace, mode: "print", prompt });
		expect(code).toBe(1); // for the last two
		expect(stdout).toMatch(/\n\[toolResult\] completed · .*\n\nwwwww\n$/);
		const [list = "", types = ""] = stdout.split("\n\n");
		expect(list).toMatch(/^✓ general-purpose "is quick" · completed · .* tokens · [\w-]{8}$/);
		expect(types).toMatch(/^general-purpose \(built-in\): /);
		expect(stdout).toMatch(/bad\.md:.* error: /);
		expect(stdout).toContain("Status: completed");
		expect(stdout).toContain("[user] long 5\n\n[assistant] wwwww");
		expect(stderr).toContain("A background subagent needs pi's user interface");
		expect(stderr).toContain('There is no subagent "nobody".');
	});

	it("ends with code 1 for a word that it does not know, and with 0 for one that it does; JSON mode keeps stdout for JSON", async () => {
		const workspace = createWorkspace();
		onTestFinished(workspace.remove);
		const bad = await runPi({ workspace, mode: "print", prompt: ["/agents lst"] });
		expect([bad.code, bad.stdout]).toEqual([1, ""]);
		expect(bad.stderr).toContain("did you mean list?");
		const good = await runPi({ workspace, mode: "print", prompt: ["/agents list"] });
		expect([good.code, good.stderr]).toEqual([0, ""]);
		expect(good.stdout).toMatch(/^No subagents in this session\./);
		const json = await runPi({ workspace, mode: "json", prompt: ["/agents list"] });
		expect(json.stderr).toContain("No subagents in this session.");
		for (const line of json.stdout.split("\n").filter(Boolean)) expect(() => JSON.parse(line)).not.toThrow();
	});
});
