import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, expect, it } from "vitest";
import { until } from "../support/condition.ts";
import {
	callTool,
	fail,
	fillContext,
	isChild,
	isSummaryRequest,
	parentAndChild,
	SMALL_CONTEXT,
	say,
} from "../support/script.ts";
import { type HostOptions, type ScriptedHost, startHost, type ToolResult } from "../support/scripted-host.ts";

let host: ScriptedHost;
const rejections: unknown[] = [];
const note = (reason: unknown) => rejections.push(reason);

beforeEach(() => {
	rejections.length = 0;
	process.on("unhandledRejection", note);
});
afterEach(async () => {
	await host.stop();
	process.off("unhandledRejection", note);
	expect(rejections).toEqual([]);
});

/** Starts a run, aborts the parent when the condition holds, and checks what every abort must bring about. */
async function abortWhen(options: HostOptions, what: string, holds: () => boolean): Promise<ToolResult | undefined> {
	host = await startHost(options);
	const prompted = host.prompt("go");
	await until(what, holds);
	await host.session.abort();
	const [result] = await prompted;
	expect(result).toMatchObject({ isError: true, details: { status: "stopped" } });
	const calls = host.calls.length;
	await new Promise((resolve) => setTimeout(resolve, 150)); // longer than the older host waits before it continues by itself
	expect(host.calls.filter(isChild).length).toBe(host.calls.slice(0, calls).filter(isChild).length);
	return result;
}

it("stops before the child's extensions have loaded", async () => {
	const globals = globalThis as { loading?: boolean };
	globals.loading = false;
	const hang = `export default async () => { if (globalThis[Symbol.for("pi-crew:child-scope/v1")]?.getStore()) { globalThis.loading = true; await new Promise(() => {}); } };`;
	await abortWhen(
		{ script: parentAndChild({ prompt: "x" }, () => say("no")), extensions: { "hang.ts": hang } },
		"the child's extension to load",
		() => globals.loading === true,
	);
	expect(host.calls.filter(isChild)).toEqual([]);
});

it("counts as stopped when the stop comes after the turn limit has cut it off and before it has ended", async () => {
	const globals: { letEnd?: () => void } = Object.assign(globalThis, { letEnd: undefined });
	const letEnd = () => globals.letEnd;
	const slowEnd = `export default (pi) => pi.on("agent_end", () => {
		if (globalThis[Symbol.for("pi-crew:child-scope/v1")]?.getStore()) return new Promise((resolve) => { globalThis.letEnd = resolve; });
	});`;
	host = await startHost({
		script: parentAndChild({ prompt: "loop", max_turns: 1 }, () => callTool("bash", { command: "true" }, "working")),
		files: { ".pi/subagents.json": '{ "graceTurns": 1 }' },
		extensions: { "slow-end.ts": slowEnd },
	});
	const prompted = host.prompt("go");
	await until("the child to be cut off", () => letEnd() !== undefined);
	const aborted = host.session.abort();
	letEnd()?.();
	await aborted;

	const [result] = await prompted;
	expect(result).toMatchObject({ isError: true, details: { status: "stopped", result: "working" } });
});

it("stops while the child's extensions bind, and disposes what was made", async () => {
	const seen: string[] = [];
	const globals = globalThis as { binding?: boolean };
	globals.binding = false;
	const hang = `export default (pi) => pi.on("session_start", async () => { if (globalThis[Symbol.for("pi-crew:child-scope/v1")]?.getStore()) { globalThis.binding = true; await new Promise(() => {}); } });`;
	const options: HostOptions = {
		script: parentAndChild({ prompt: "x" }, () => say("no")),
		extensions: { "hang.ts": hang },
	};
	host = await startHost(options);
	for (const hook of ["session-created", "disposed"])
		host.bus.on(`subagents:child:${hook}`, () => void seen.push(hook));
	const prompted = host.prompt("go");
	await until("the child to bind", () => globals.binding === true);
	await host.session.abort();
	const [result] = await prompted;
	expect(result).toMatchObject({ isError: true, details: { status: "stopped" } });
	expect(seen).toEqual(["session-created", "disposed"]);
});

it("stops mid-stream and keeps what was written", async () => {
	let streaming = false;
	const result = await abortWhen(
		{
			tokensPerSecond: 200,
			script: (call) => {
				if (!isChild(call)) return callTool("subagent", { prompt: "x", description: "d", subagent_type: "Plan" });
				setTimeout(() => {
					streaming = true;
				}, 150);
				return say("word ".repeat(2000));
			},
		},
		"the stream to run",
		() => streaming,
	);
	expect(result?.details.result).toMatch(/^word word/);
	expect(result?.text).toContain("Stopped because the turn that asked for it was interrupted.");
});

it("stops mid-tool and kills the tool's process", async () => {
	const seconds = `61.${process.pid}`;
	const running = () => execFileSync("ps", ["ax", "-o", "args"], { encoding: "utf8" }).includes(`sleep ${seconds}`);
	await abortWhen(
		{ script: parentAndChild({ prompt: "x" }, () => callTool("bash", { command: `sleep ${seconds}` })) },
		"the sleep to run",
		running,
	);
	await until("the sleep to be gone", () => !running());
});

it("stops during the back-off before a retry", async () => {
	let failed = 0;
	await abortWhen(
		{
			settings: { retry: { enabled: true, maxRetries: 3, baseDelayMs: 60_000 } },
			script: parentAndChild({ prompt: "x" }, () => {
				failed++;
				return fail("503 service unavailable");
			}),
		},
		"the first failure",
		() => failed === 1,
	);
	expect(failed).toBe(1);
});

it("stops during compaction", async () => {
	let compacting = false;
	await abortWhen(
		{
			...SMALL_CONTEXT,
			script: async (call) => {
				if (call.texts.some((text) => isSummaryRequest(text))) {
					compacting = true;
					await new Promise((_, reject) => call.signal?.addEventListener("abort", () => reject(new Error("aborted"))));
				}
				return parentAndChild({ prompt: "fill up" }, fillContext)(call);
			},
		},
		"the compaction to ask the model",
		() => compacting,
	);
});

it("stops a child whose tool does not listen", async () => {
	const deaf = `export default (pi) => pi.registerTool({ name: "deaf", label: "Deaf", description: "waits", parameters: { type: "object", properties: {} }, execute: () => { globalThis.deafRuns = true; return new Promise(() => {}); } });`;
	const globals = globalThis as { deafRuns?: boolean };
	globals.deafRuns = false;
	await abortWhen(
		{ script: parentAndChild({ prompt: "x" }, () => callTool("deaf", {})), extensions: { "deaf.ts": deaf } },
		"the deaf tool to run",
		() => globals.deafRuns === true,
	);
});

it("continues working after an abort", async () => {
	let asked = 0;
	host = await startHost({
		script: parentAndChild({ prompt: "x" }, () => {
			asked++;
			return asked === 1 ? callTool("bash", { command: "sleep 60" }) : say("fine now");
		}),
	});
	const prompted = host.prompt("go");
	await until("the child to be asked", () => asked === 1);
	await host.session.abort();
	await prompted;

	const [result] = await host.prompt("again");

	expect(result?.details).toMatchObject({ status: "completed", result: "fine now" });
});
