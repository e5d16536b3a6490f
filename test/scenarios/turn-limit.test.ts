import { afterEach, expect, it } from "vitest";
import { callTool, isChild, parentAndChild, say } from "../support/script.ts";
import { type ScriptedHost, startHost } from "../support/scripted-host.ts";

let host: ScriptedHost;
afterEach(() => host.stop());

const ls = (words: string) => callTool("bash", { command: "true" }, words);

it("cuts off a subagent that never stops, after its grace turns, and keeps its last text", async () => {
	let turn = 0;
	host = await startHost({ script: parentAndChild({ prompt: "loop", max_turns: 2 }, () => ls(`turn ${++turn}`)) });

	const [result] = await host.prompt("go");

	expect(result?.details).toMatchObject({ status: "aborted", turns: 7, maxTurns: 2, result: "turn 7" });
	expect(result?.text).toContain("turn 7");
	expect(result?.isError).toBe(false);
});

it("counts one that obeys the word to wrap up as steered", async () => {
	host = await startHost({
		script: parentAndChild({ prompt: "work", max_turns: 2 }, (call) =>
			call.texts.some((text) => text.includes("turn limit")) ? say("wrapped up") : ls("working"),
		),
	});

	const [result] = await host.prompt("go");

	expect(result?.details).toMatchObject({ status: "steered", turns: 3, result: "wrapped up" });
	const told = host.calls.filter((call) => isChild(call) && call.text.includes("turn limit"));
	expect(told).toHaveLength(1);
	expect(told[0]?.text).toMatch(/not call any more tools.*final answer/);
	expect(result?.isError).toBe(false);
});

it("leaves alone one that answers in the very turn its limit allows", async () => {
	host = await startHost({
		script: parentAndChild({ prompt: "work", max_turns: 2 }, (call) =>
			call.role === "user" ? ls("looking") : say("found"),
		),
	});

	const [result] = await host.prompt("go");

	expect(result?.details).toMatchObject({ status: "completed", turns: 2, result: "found" });
});

it("keeps the limit when an extension's slow handlers delay the session's events", async () => {
	let turn = 0;
	host = await startHost({
		script: parentAndChild({ prompt: "loop", max_turns: 1 }, () => ls(`turn ${++turn}`)),
		extensions: {
			"slow.ts": `export default (pi) => pi.on("turn_end", () => new Promise((resolve) => setTimeout(resolve, 40)));`,
		},
	});

	const [result] = await host.prompt("go");

	expect(result?.details).toMatchObject({ status: "aborted", turns: 6 });
	expect(host.calls.filter((call) => isChild(call) && call.text.includes("turn limit"))).toHaveLength(1);
});
