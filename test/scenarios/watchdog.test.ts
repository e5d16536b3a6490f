import { afterEach, describe, expect, it } from "vitest";
import { collectFacts } from "../support/background.ts";
import { callTool, isChild, parentAndChild, say } from "../support/script.ts";
import { type ScriptedHost, startHost } from "../support/scripted-host.ts";
import { theService } from "../support/service.ts";

let host: ScriptedHost;
afterEach(() => host.stop());

const STEERED = "You are repeating yourself";

describe("a subagent that makes the same call again and again", () => {
	it("is steered once with the evidence, then stopped by the watchdog with its partial text, and can be resumed", async () => {
		let turns = 0;
		host = await startHost({
			script: parentAndChild({ prompt: "loop" }, (call) => {
				if (call.text === "now answer") return say("answered after all");
				return callTool("bash", { command: "echo nothing new" }, `thought ${++turns}`);
			}),
		});
		const facts = collectFacts(host);

		const [result] = await host.prompt("go");

		expect(result).toMatchObject({ isError: true, details: { status: "stopped", result: "thought 8", turns: 8 } });
		expect(result?.details.error).toMatch(
			/^Stopped by the watchdog: bash .*echo nothing new.* was called 8 times in a row/,
		);
		expect(result?.text).toMatch(/partial/i);
		const steers = facts.filter(({ channel }) => channel === "steered");
		expect(steers.map(({ payload }) => payload.message)).toEqual([expect.stringContaining("called 5 times in a row")]);
		const lastHeard = host.calls.filter(isChild).at(-1);
		expect(lastHeard?.texts.filter((text) => text.startsWith(STEERED))).toHaveLength(1);
		expect(facts.at(-1)).toMatchObject({ channel: "failed", payload: { status: "stopped" } });

		const record = await theService().resume?.(`${result?.details.id}`, "now answer");
		expect(record).toMatchObject({ status: "completed", result: "answered after all" });
	});

	it("is left alone when it takes the hint", async () => {
		host = await startHost({
			script: parentAndChild({ prompt: "loop" }, (call) =>
				call.texts.some((text) => text.startsWith(STEERED))
					? say("I stopped by myself")
					: callTool("bash", { command: "echo nothing new" }),
			),
		});

		const [result] = await host.prompt("go");

		expect(result?.details).toMatchObject({ status: "completed", result: "I stopped by myself", turns: 6 });
	});

	it("is only shown where the settings say so", async () => {
		let turns = 0;
		host = await startHost({
			files: { ".pi/subagents.json": JSON.stringify({ onLoop: "show" }) },
			script: parentAndChild({ prompt: "loop" }, () =>
				++turns > 12 ? say("done") : callTool("bash", { command: "echo same" }),
			),
		});
		const facts = collectFacts(host);

		const [result] = await host.prompt("go");

		expect(result?.details).toMatchObject({ status: "completed", turns: 13 });
		expect(facts.filter(({ channel }) => channel === "steered")).toEqual([]);
	});
});

it("leaves a subagent alone that polls something and pauses between", async () => {
	let turns = 0;
	host = await startHost({
		script: parentAndChild({ prompt: "poll" }, () =>
			++turns > 12 ? say("the build is done") : callTool("bash", { command: "sleep 0.01; echo in progress" }),
		),
	});
	const facts = collectFacts(host);

	const [result] = await host.prompt("go");

	expect(result?.details).toMatchObject({ status: "completed", turns: 13, result: "the build is done" });
	expect(facts.filter(({ channel }) => channel === "steered")).toEqual([]);
});
