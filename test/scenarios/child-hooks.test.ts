import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { until } from "../support/condition.ts";
import { callTool, fail, isChild, parentAndChild, say, subagentCall } from "../support/script.ts";
import { type HostOptions, type ScriptedHost, startHost } from "../support/scripted-host.ts";

let host: ScriptedHost;
afterEach(() => host.stop());

type Seen = { hook: string; payload: Record<string, unknown> };

/** A stranger's extension: it listens in the parent and, in the child, registers a tool and writes down what it sees. */
const STRANGER = `
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { Type } from "typebox";
export default (pi) => {
	const log = (ctx, line) => appendFileSync(join(process.env.PI_CODING_AGENT_DIR, "stranger.log"), JSON.stringify(line) + "\\n");
	for (const hook of ["spawning", "session-created", "completed", "disposed"])
		pi.events.on("subagents:child:" + hook, (payload) => log(undefined, { hook, payload, frozen: Object.isFrozen(payload) }));
	pi.on("session_start", (_event, ctx) => log(ctx, { start: ctx.sessionManager.getSessionId(), hasUI: ctx.hasUI, tools: pi.getActiveTools() }));
	pi.on("session_shutdown", (_event, ctx) => log(ctx, { shutdown: ctx.sessionManager.getSessionId() }));
	pi.registerTool({ name: "horoscope", label: "H", description: "foretells", parameters: Type.Object({}),
		execute: async () => ({ content: [{ type: "text", text: "a good day" }], details: {} }) });
};`;

async function startWithHooks(options: HostOptions): Promise<Seen[]> {
	host = await startHost(options);
	const seen: Seen[] = [];
	for (const hook of ["spawning", "session-created", "completed", "disposed"]) {
		host.bus.on(`subagents:child:${hook}`, (payload) => void seen.push({ hook, payload: payload as Seen["payload"] }));
	}
	return seen;
}

function strangersLog(): Record<string, unknown>[] {
	const lines = readFileSync(join(host.agentDir, "stranger.log"), "utf8").trim().split("\n");
	return lines.map((line) => JSON.parse(line));
}

it("loads a stranger's extension into the child, where its tool works, and shows it the hooks in order", async () => {
	host = await startHost({
		extensions: { "stranger.ts": STRANGER },
		sessionDir: "persisted",
		script: parentAndChild({ prompt: "ask the stars", subagent_type: "explore" }, (call) =>
			call.role === "toolResult" ? say(`it will be ${call.text}`) : callTool("horoscope", {}),
		),
	});

	const [result] = await host.prompt("go");

	expect(result?.details.result).toBe("it will be a good day");
	const parentSessionId = host.session.sessionId;
	const sessionDir = join((host.session.sessionFile as string).replace(/\.jsonl$/, ""), "tasks");
	const header = JSON.parse(readFileSync(result?.details.transcriptFile as string, "utf8").split("\n")[0] as string);
	const sessionId = header.id;
	await host.quit();
	const log = strangersLog().filter((line) => "hook" in line);
	expect(log).toEqual([
		{ hook: "spawning", payload: { agentName: "Explore", parentSessionId }, frozen: true },
		{
			hook: "session-created",
			payload: { sessionId, parentSessionId, sessionDir, agentName: "Explore" },
			frozen: true,
		},
		{
			hook: "completed",
			payload: { sessionId, sessionDir, agentName: "Explore", aborted: false, steered: false },
			frozen: true,
		},
		{ hook: "disposed", payload: { sessionId, sessionDir }, frozen: true },
	]);
	const order = strangersLog().map((line) => (Object.keys(line)[0] === "hook" ? line.hook : Object.keys(line)[0]));
	expect(order).toEqual([
		"start",
		"spawning",
		"session-created",
		"start",
		"completed",
		"shutdown",
		"disposed",
		"shutdown",
	]);
	const childStart = strangersLog().filter((line) => "start" in line)[1];
	expect(childStart).toMatchObject({ start: sessionId, hasUI: false });
	expect([...((childStart?.tools ?? []) as string[])].sort()).toEqual([
		"bash",
		"find",
		"grep",
		"horoscope",
		"ls",
		"read",
	]);
});

it("writes the agent's name into the child's session for those who look there", async () => {
	await startWithHooks({ script: parentAndChild({ prompt: "x", subagent_type: "PLAN" }, () => say("planned")) });

	const [result] = await host.prompt("go");

	const entries = readFileSync(result?.details.transcriptFile as string, "utf8")
		.trim()
		.split("\n")
		.map((line) => JSON.parse(line));
	expect(entries.find((entry) => entry.customType === "active_agent")).toMatchObject({
		type: "custom",
		data: { name: "Plan" },
	});
});

it("tells that the turns are over also when the model failed, and disposes", async () => {
	const seen = await startWithHooks({ script: parentAndChild({ prompt: "x" }, () => fail("the model is ill")) });

	const [result] = await host.prompt("go");

	expect(result).toMatchObject({ isError: true, details: { status: "error", error: "the model is ill" } });
	expect(result?.text).toContain("The subagent failed: the model is ill");
	await host.quit();
	expect(seen.map(({ hook }) => hook)).toEqual(["spawning", "session-created", "completed", "disposed"]);
});

it("is not harmed by a listener that throws", async () => {
	await startWithHooks({ script: parentAndChild({ prompt: "x" }, () => say("done")) });
	const printed: unknown[] = [];
	const original = console.error;
	console.error = (...words) => void printed.push(words);
	host.bus.on("subagents:child:session-created", () => {
		throw new Error("not my day");
	});

	const [result] = await host.prompt("go").finally(() => {
		console.error = original;
	});

	expect(result?.details).toMatchObject({ status: "completed", result: "done" });
	expect(printed).toHaveLength(1);
});

it("shows no listener of the parent a child's scope", async () => {
	const scopes: unknown[] = [];
	await startWithHooks({ script: parentAndChild({ prompt: "x" }, () => callTool("bash", { command: "true" })) });
	const current = () =>
		(globalThis as { [key: symbol]: { getStore(): unknown } })[Symbol.for("pi-crew:child-scope/v1")]?.getStore();
	for (const hook of ["spawning", "session-created", "completed", "disposed"]) {
		host.bus.on(`subagents:child:${hook}`, () => void scopes.push(current()));
	}
	host.session.subscribe((event) => {
		if (event.type === "tool_execution_update") scopes.push(current());
	});
	const prompted = host.prompt("go");
	await until("more progress to be reported than by the hooks alone", () => scopes.length > 4);
	await host.session.abort();
	await prompted;

	expect(scopes.length).toBeGreaterThan(4);
	expect(scopes.every((scope) => scope === undefined)).toBe(true);
});

it("ends the child's extensions within a bounded time when one of them never finishes", async () => {
	const seen = await startWithHooks({
		extensions: {
			"hang.ts": `export default (pi) => pi.on("session_shutdown", (_e, ctx) => (globalThis[Symbol.for("pi-crew:child-scope/v1")]?.getStore() ? new Promise(() => {}) : undefined));`,
		},
		script: parentAndChild({ prompt: "x" }, () => say("done")),
	});

	const [result] = await host.prompt("go");
	await host.quit();

	expect(result?.details).toMatchObject({ status: "completed", result: "done" });
	expect(seen.at(-1)?.hook).toBe("disposed");
});

it("keeps built-in tools from an agent that was not given them, whatever a neighbour activates", async () => {
	await startWithHooks({
		extensions: {
			"all.ts": `export default (pi) => pi.on("session_start", () => pi.setActiveTools(pi.getAllTools().map((tool) => tool.name)));`,
		},
		script: parentAndChild({ prompt: "x", subagent_type: "Explore" }, () => say("done")),
	});

	await host.prompt("go");

	const child = host.calls.find(isChild);
	expect([...(child?.toolNames ?? [])].sort()).toEqual(["bash", "find", "grep", "ls", "read"]);
});

it("does not keep one child waiting for another's slow extension", async () => {
	const slow = `export default async () => { if (globalThis[Symbol.for("pi-crew:child-scope/v1")]?.getStore()) { globalThis.loading = (globalThis.loading ?? 0) + 1; while (globalThis.loading < 3) await new Promise((resolve) => setTimeout(resolve, 5)); } };`;
	(globalThis as { loading?: number }).loading = 0;
	const calls = ["a", "b", "c"].map((prompt) => subagentCall({ prompt }));
	host = await startHost({
		extensions: { "slow.ts": slow },
		script: parentAndChild(calls, (call) => say(`done ${call.text}`)),
	});

	const results = await host.prompt("go"); // each factory waits until all three are loading

	expect(results.map(({ details }) => details.result).sort()).toEqual(["done a", "done b", "done c"]);
});
