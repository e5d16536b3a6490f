import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import type { Component } from "@mariozechner/pi-tui";
import { describe, expect, it } from "vitest";
import type { SteerOutcome } from "../../src/engine/message-queue.ts";
import type { ToolView } from "../../src/tools/get-result-tool.ts";
import { createSteerTool } from "../../src/tools/steer-tool.ts";
import { fakeManager, fakeSubagent } from "./manager-fake.ts";

const NOTHING: Component = { render: () => [], invalidate: () => {} };
const VIEW: ToolView = { renderCall: () => NOTHING, renderResult: () => NOTHING };

/** The tool over one running subagent `a` with the given answer. */
function tool(steered?: SteerOutcome) {
	const { manager, told } = fakeManager([fakeSubagent({ id: "a", status: "running" }).subagent], { steered });
	const made = createSteerTool({ subagents: manager }, VIEW);
	const execute = (agent_id: string, message: string) =>
		made.execute("call-1", { agent_id, message }, undefined, undefined, {} as ExtensionContext);
	return { made, execute, told };
}

const answer = (text: string, outcome: string) => ({
	content: [{ type: "text", text }],
	details: { outcome },
	structuredContent: { id: "a", outcome, text },
});

describe("steering", () => {
	it("hands the message on word for word and says that it was delivered", async () => {
		const { execute, told } = tool();
		expect(await execute("a", " turn left \n")).toEqual(
			answer("Delivered to a: it reads the message before its next step.", "delivered"),
		);
		expect(told).toEqual(["a:  turn left \n"]);
	});

	it("says that the message is held until there is a session", async () => {
		expect(await tool({ kind: "held" }).execute("a", "turn left")).toEqual(
			answer("Held for a: its session does not exist yet; it reads the message when it starts.", "held"),
		);
	});

	it.each(["", " \n"])("refuses an empty message (%j) and sends nothing", async (message) => {
		const { execute, told } = tool();
		await expect(execute("a", message)).rejects.toThrow(
			"Nothing was sent. `message` is empty; say what to tell the subagent.",
		);
		expect(told).toEqual([]);
	});

	it("refuses an unknown id with those there are", async () => {
		await expect(tool().execute("b", "turn left")).rejects.toThrow('There is no subagent "b".');
	});

	it.each([
		["completed", "Not delivered: a has ended (completed)."],
		["stopped", "Not delivered: a has ended (stopped)."],
		["running", "Not delivered: a has given its last answer and is just ending."],
	] as const)("says why one that is %s was not told, and what to do instead", async (status, why) => {
		await expect(tool({ kind: "refused", status }).execute("a", "turn left")).rejects.toThrow(
			`${why} Use the subagent tool with \`resume\` to continue it.`,
		);
	});
});

describe("a call of steering on the screen", () => {
	it("is drawn by the given view", () => {
		expect(tool().made).toMatchObject(VIEW);
	});
});

describe("a call of steering that is wrong", () => {
	it("gets an error that says what is missing and what is expected", () => {
		expect(() => tool().made.prepareArguments?.({ message: 5 })).toThrow(
			"Nothing was sent. `agent_id` is missing; expected a string: the id of a subagent that runs or is queued. `message` is 5; expected a non-empty string.",
		);
	});
});
