import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { allNotified, backgroundCall } from "../support/background.ts";
import { until } from "../support/condition.ts";
import { callTool, callTools, isChild, say, subagentCall } from "../support/script.ts";
import { type Script, type ScriptedHost, startHost } from "../support/scripted-host.ts";
import { theService } from "../support/service.ts";

let host: ScriptedHost;
afterEach(() => host?.stop());

/** Sessions that have started, each with a function that registers its tools. The first one is the parent's. */
const globals = globalThis as unknown as { started: (() => void)[] };
beforeEach(() => {
	globals.started = [];
});

const TOOLS = `
const tool = (name) => ({ name, label: name, description: name, parameters: { type: "object", properties: {} },
	execute: async () => ({ content: [{ type: "text", text: "ran " + name }], details: {} }) });
const register = (pi) => { pi.registerTool(tool("lookup")); pi.registerTool(tool("mcp__late__find")); };`;

/** Registers its tools 400 milliseconds after a session has started. */
const AFTER_A_MOMENT = `${TOOLS}
export default (pi) => pi.on("session_start", () => { setTimeout(() => register(pi), 400); });`;

/** Registers its tools when the test says so. */
const ON_DEMAND = `${TOOLS}
export default (pi) => pi.on("session_start", () => { globalThis.started.push(() => register(pi)); });`;

const agent = (tools: string) => `---\ndescription: helps\ntools: ${tools}\n---\nYou help.`;
const files = {
	".pi/agents/named.md": agent("read, lookup"),
	".pi/agents/pattern.md": agent("read, mcp__late__*"),
	".pi/agents/other.md": agent("read"),
	".pi/agents/hopeful.md": agent("read, never_there, lookup"),
};

const ofChildren = () => host.calls.filter(isChild);
const updates: string[] = [];

async function start(extension: string, calls: readonly ReturnType<typeof subagentCall>[], child?: Script) {
	const script: Script = (call) => {
		if (isChild(call)) return (child ?? (() => say("done")))(call);
		return call.text === "go" ? callTools(calls) : say("noted");
	};
	host = await startHost({ script, files, extensions: { "late.ts": extension } });
	updates.length = 0;
	host.session.subscribe((event) => {
		if (event.type === "tool_execution_update") updates.push(event.partialResult.content[0]?.text);
	});
}

const run = (subagent_type: string) => subagentCall({ subagent_type, prompt: "look" });

describe("a tool that an extension registers a moment after the session has started", () => {
	it("is there in the first request of a child whose file names it, by name or by pattern", async () => {
		const use: Script = (call) => {
			const name = call.toolNames.find((tool) => tool !== "read");
			return call.role === "user" && name ? callTool(name, {}) : say(`saw ${call.text}`);
		};
		await start(AFTER_A_MOMENT, [run("named"), run("pattern")], use);
		const results = await host.prompt("go");
		expect(results.map(({ text }) => text).join("\n")).toMatch(
			/saw ran lookup[\s\S]*saw ran mcp__late__find|saw ran mcp__late__find[\s\S]*saw ran lookup/,
		);
		expect(results.map(({ text }) => text).join("\n")).not.toMatch(/ran without|Note:/);
	});

	it("is waited for by a child that names it, and by no other", async () => {
		await start(ON_DEMAND, [run("other"), run("general-purpose"), run("named")]);
		globals.started[0]?.(); // the parent has it
		const prompted = host.prompt("go");
		await until("the others to be asked", () => ofChildren().length >= 2);
		await until("the wait to be shown", () => updates.some((text) => text.includes("waiting for lookup")));
		expect(ofChildren().filter(({ toolNames }) => toolNames.includes("lookup"))).toEqual([]);
		globals.started.at(-1)?.(); // the others have ended, and the third waits
		const results = await prompted;
		expect(ofChildren().at(-1)?.toolNames.toSorted()).toEqual(["lookup", "read"]);
		expect(results.map(({ text }) => text).join("\n")).not.toMatch(/ran without|Note:/);
	});

	it("that never comes is said at the start and with the result, and is waited for once", async () => {
		await start(AFTER_A_MOMENT, [run("hopeful")], async () => {
			await until("it to be said", () => updates.some((text) => text.includes("without never_there")));
			return say("done");
		});
		const [first] = await host.prompt("go");
		const missing = "[hopeful ran without tools that its agent file names: never_there (no extension in its session";
		expect(first?.text).toContain(`${missing} registered such a tool within 2 seconds)]`);
		expect(ofChildren()[0]?.toolNames.toSorted()).toEqual(["lookup", "read"]);
		expect(updates.join("\n")).toMatch(/waiting for .*never_there[\s\S]*without never_there/);
		updates.length = 0;
		const [second] = await host.prompt("go");
		expect(second?.text).toContain(`${missing} registered such a tool`);
		expect(updates.join("\n")).not.toMatch(/waiting for [^\n]*never_there/);
	});

	it("that never comes is said when a background run is started, and with its result", async () => {
		await start(AFTER_A_MOMENT, [backgroundCall({ subagent_type: "hopeful", prompt: "look" })]);
		const [started] = await host.prompt("go");
		expect(started?.text).toMatch(/Note: hopeful names tools that nobody has registered yet: .*never_there/);
		await allNotified(host, 1);
		expect(host.notifications()[0]).toContain("ran without tools that its agent file names: never_there");
	});

	it("is not waited for any longer when the run is stopped", async () => {
		await start(ON_DEMAND, [backgroundCall({ subagent_type: "named", prompt: "look" })]);
		globals.started[0]?.();
		await host.prompt("go");
		const [record] = theService().listAgents();
		await until("the child to be started", () => globals.started.length === 2);
		theService().abort(record?.id as string);
		const begun = performance.now();
		await until("it to be stopped", () => theService().getRecord(record?.id as string)?.status === "stopped");
		expect(performance.now() - begun).toBeLessThan(9_000); // it would wait ten seconds
		expect(ofChildren()).toEqual([]);
	});
});
