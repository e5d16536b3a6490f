import { execFileSync } from "node:child_process";
import { afterEach, expect, it } from "vitest";
import { backgroundTasks, collectFacts } from "../support/background.ts";
import { until } from "../support/condition.ts";
import { priced } from "../support/priced.ts";
import { callTool, isChild, parentAndChild, say, subagentCall } from "../support/script.ts";
import { type ModelCall, type ScriptedHost, startHost } from "../support/scripted-host.ts";
import { theService } from "../support/service.ts";

let host: ScriptedHost;
afterEach(() => host.stop());

const settings = (values: object) => ({ ".pi/subagents.json": JSON.stringify(values) });
let step = 0;
/** Something else each time, so that it is no loop. */
const work = (words = "") => callTool("bash", { command: `echo ${"x".repeat(++step)}` }, words);
/** Works for ever, and answers when it has no tools any more. */
const stubborn = (call: ModelCall) => (call.toolNames.length === 0 ? say("what I have") : work());
const childCalls = () => host.calls.filter(isChild);

it("stops a run at its limit of money with a last answer, after it was told to wrap up at 80 %", async () => {
	host = await startHost({
		...priced(0.01),
		files: settings({ limits: { usd: 0.05 } }),
		script: parentAndChild({ prompt: "loop" }, stubborn),
	});
	const facts = collectFacts(host);

	const [result] = await host.prompt("go");

	expect(result?.details).toMatchObject({
		status: "budget",
		result: "what I have",
		limits: { usd: 0.05 },
		limitHit: { limit: "usd", of: "run", value: 0.05, spent: 0.06 },
	});
	expect(childCalls()).toHaveLength(6);
	expect(result?.isError).toBe(true);
	expect(result?.text).toContain("$0.06 of $0.05");
	expect(
		childCalls()
			.filter(({ text }) => text.includes("Wrap up"))
			.map(({ text }) => text),
	).toEqual([expect.stringContaining("You have used $0.04 of $0.05"), expect.stringContaining("last message")]);
	expect(facts.map(({ channel }) => channel)).toContain("failed");
});

it("lets a run use as many tools as its file allows, and no more", async () => {
	let ran = 0;
	host = await startHost({
		files: { ".pi/agents/few.md": "---\nlimits: {tool_calls: 2}\n---\nWork." },
		script: parentAndChild({ prompt: "loop", subagent_type: "few" }, (call) => {
			if (call.toolNames.length === 0) return say("two it is");
			return callTool("bash", { command: `echo ${++ran} >> ran.txt` });
		}),
	});

	const [result] = await host.prompt("go");

	expect(result?.details).toMatchObject({ status: "budget", toolUses: 2, result: "two it is" });
	expect(execFileSync("cat", ["ran.txt"], { cwd: host.cwd, encoding: "utf8" })).toBe("1\n2\n");
});

it("stops a run in a long command when its time is over, and the command with it", async () => {
	const mark = `6${Date.now() % 1e6}`;
	host = await startHost({
		files: settings({ limits: { minutes: 0.02 } }),
		script: parentAndChild({ prompt: "sleep" }, (call) =>
			call.toolNames.length === 0 ? say("it slept") : callTool("bash", { command: `sleep ${mark}` }),
		),
	});

	const [result] = await host.prompt("go");

	expect(result?.details).toMatchObject({ status: "budget", result: "it slept", limitHit: { limit: "minutes" } });
	await until("the sleep to be gone", () => !processes().includes(`sleep ${mark}`));
});

it("twenty at once never spend more than the session's limit and the calls in flight, and all hand back a text", async () => {
	const prompts = Array.from({ length: 20 }, (_, index) => `task ${index}`);
	host = await startHost({
		...priced(0.01),
		files: settings({ sessionLimits: { usd: 0.5 }, maxConcurrent: 20 }),
		script: backgroundTasks(prompts, stubborn),
	});
	const facts = collectFacts(host);
	await host.prompt("go");
	await until("all to end", () => facts.filter(({ channel }) => channel === "failed").length === 20);

	const ended = facts.filter(({ channel }) => channel === "failed").map(({ payload }) => payload);
	expect(ended.every(({ status }) => status === "budget")).toBe(true);
	expect(ended.every(({ result }) => result === "what I have")).toBe(true);
	expect(childCalls().length * 0.01).toBeLessThanOrEqual(0.5 + 20 * 0.01);
	const service = theService();
	expect(service.hasRunning()).toBe(false);
	expect(service.sessionBudget().spent).toMatchObject({ spawns: 20, turns: childCalls().length });

	const refused = () => service.spawn("general-purpose", "more");
	expect(refused).toThrow(/have used \$0\.\d+ of \$0\.50.*\/agents limits usd/);
});

it("pauses a run at its limit, refuses to resume it, and continues its conversation once the limit is raised", async () => {
	host = await startHost({
		...priced(0.01),
		files: settings({ onLimit: "pause" }),
		script: (call) => {
			if (!isChild(call)) return say("noted");
			return call.texts.some((text) => text === "continue") ? say(`heard ${call.texts[0]}`) : work("half done");
		},
	});
	await host.prompt("hello");
	const service = theService();
	const paused = await service.run("general-purpose", "the task", { limits: { usd: 0.03 } });
	expect(paused).toMatchObject({ status: "budget", result: "half done", limitHit: { value: 0.03, spent: 0.03 } });
	expect(paused.error).toContain("Paused");
	await expect(service.resume(paused.id, "continue")).rejects.toMatchObject({
		code: "limit-reached",
		message: expect.stringContaining("$0.03 of $0.03"),
	});

	const resumed = await service.resume(paused.id, "continue", { limits: { usd: 0.1 } });

	expect(resumed).toMatchObject({ status: "completed", cost: 0.04, limits: { usd: 0.1 } });
	expect(resumed.result).toContain("the task");
	service.setLimits(paused.id, { usd: 0.04 });
	await expect(service.resume(paused.id, "continue")).rejects.toMatchObject({ code: "limit-reached" });
});

it.each([0, -1, Number.NaN, "5"])("refuses a limit of %o and starts nothing", async (usd) => {
	host = await startHost({
		files: {
			".pi/agents/free.md": `---\nlimits: {usd: ${JSON.stringify(usd) === "null" ? ".nan" : JSON.stringify(usd)}}\n---\nWork.`,
		},
		script: parentAndChild({ prompt: "loop", subagent_type: "free" }, () => say("done")),
	});
	const [result] = await host.prompt("go");
	expect(result).toMatchObject({ isError: true, text: expect.stringContaining("numbers above 0") });
	const options = { limits: { usd: usd as number } };
	expect(() => theService().spawn("general-purpose", "x", options)).toThrow(/options.limits.*numbers above 0/);
	expect(childCalls()).toEqual([]);
});

it("starts nothing while a limit in the settings cannot be used", async () => {
	host = await startHost({
		files: settings({ sessionLimits: { usd: 0 } }),
		script: parentAndChild({ prompt: "loop" }, () => say("done")),
	});
	const [result] = await host.prompt("go");
	expect(result).toMatchObject({ isError: true, text: expect.stringContaining("`sessionLimits` cannot be used") });
	expect(childCalls()).toEqual([]);
});

it("says at the start that a limit of money cannot hold for a model without a price", async () => {
	host = await startHost({
		files: settings({ sessionLimits: { usd: 1 } }),
		script: parentAndChild([subagentCall({ prompt: "x", run_in_background: true })], () => say("done")),
	});
	const [result] = await host.prompt("go");
	expect(result?.text).toContain("has no price here, so the limit of $1.00 cannot be enforced");
});

function processes(): string {
	return execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
}

it("holds on what runs when the session's limit is lowered, and lets more run when it is raised", async () => {
	host = await startHost({
		...priced(0.01),
		files: settings({ sessionLimits: { usd: 5 } }),
		script: (call) => (isChild(call) ? stubborn(call) : say("noted")),
	});
	await host.prompt("hello");
	const service = theService();
	const running = service.run("general-purpose", "loop");
	await until("it to have worked", () => childCalls().length > 5);
	await host.session.prompt("/agents limits usd 0.03");
	const lowered = await running;
	expect(lowered).toMatchObject({ status: "budget", result: "what I have", limitHit: { of: "session", value: 0.03 } });
	expect(host.notices.join("\n")).toMatch(/usd: \$[\d.]+ of \$0\.03/);
	await expect(service.resume(lowered.id, "more")).rejects.toMatchObject({ code: "limit-reached" });

	await host.session.prompt("/agents limits usd 5");
	const more = service.run("general-purpose", "loop", { limits: { turns: 2 } });
	await expect(more).resolves.toMatchObject({ status: "aborted", maxTurns: 2 });
	await host.session.prompt("/agents limits usd 0");
	expect(host.notices.at(-1)).toContain('usd is "0"; expected a number above 0, or none');
});
