import { type AssistantMessage, fauxAssistantMessage, fauxThinking } from "@mariozechner/pi-ai";
import { afterEach, describe, expect, it } from "vitest";
import { callTool, callTools, isChild, parentAndChild, say, subagentCall } from "../support/script.ts";
import { type HostOptions, type ModelCall, type ScriptedHost, startHost } from "../support/scripted-host.ts";

let running: ScriptedHost | undefined;
afterEach(async () => running?.stop());

async function start(options: HostOptions): Promise<ScriptedHost> {
	running = await startHost(options);
	return running;
}

const cutOff = (text: string) => fauxAssistantMessage(text, { stopReason: "length" });
const thinksOnly = () => fauxAssistantMessage([fauxThinking("hm, and now?")]);

/** A child that says something, uses a tool, and then replies with this. */
const narratesThen = (last: () => AssistantMessage) => (call: ModelCall) =>
	call.role === "toolResult" ? last() : callTool("bash", { command: "true" }, "Let me look around first.");

describe("an answer that is none", () => {
	it("says in the tool result that the model's output limit cut it off", async () => {
		const { prompt } = await start({ script: parentAndChild({ prompt: "work" }, () => cutOff("half an ans")) });
		const [result] = await prompt("begin");
		expect(result?.text.split("\n")[0]).toMatch(/^completed · .* · answer cut off at the model's output limit$/);
		expect(result?.text).toContain("half an ans");
		expect(result?.details.lastReply).toEqual({ finishReason: "length" });
	});

	it.each([
		["held only thinking", thinksOnly],
		["was empty", () => say("")],
	])("is no earlier remark of the run when its last message %s", async (what, last) => {
		const { prompt } = await start({ script: parentAndChild({ prompt: "work" }, narratesThen(last)) });
		const [result] = await prompt("begin");
		expect(result?.isError).toBe(false);
		expect(result?.details.result).toBeUndefined();
		expect(result?.text.split("\n")[0]).toContain(`no final text: the last message ${what}`);
		expect(result?.text).toMatch(/which may not be an answer:\)\n\nLet me look around first\.$/);
	});

	it("says so in the notification and in the report", async () => {
		const { prompt, notifications } = await start({
			script: (call) => {
				if (isChild(call)) return cutOff("half an ans");
				const notified = call.texts.find((text) => text.includes("<task-id>"));
				const id = /<task-id>(\w+)</.exec(notified ?? "")?.[1];
				if (id && call.role === "user") return callTool("get_subagent_result", { agent_id: id });
				if (call.role === "toolResult") return say("seen");
				return callTools([subagentCall({ prompt: "work", run_in_background: true })]);
			},
		});
		await prompt("begin");
		await expect.poll(() => notifications().length).toBe(1);
		expect(notifications()[0]).toMatch(/<summary>.*: completed; answer cut off at the model&apos;s output limit</);
		const reports = () =>
			running?.session.messages.flatMap((message) =>
				message.role === "toolResult" && message.toolName === "get_subagent_result" ? [message.content] : [],
			) ?? [];
		await expect.poll(() => reports().length).toBe(1);
		expect(JSON.stringify(reports()[0])).toContain("Status: completed (answer cut off at the model's output limit)");
	});

	it("is known after a restart", async () => {
		const { prompt, session } = await start({
			script: parentAndChild({ prompt: "work" }, narratesThen(thinksOnly)),
			sessionDir: "persisted",
		});
		await prompt("begin");
		const stored = session.sessionManager
			.getEntries()
			.flatMap((entry) => (entry.type === "custom" && entry.customType === "subagents:record" ? [entry.data] : []));
		expect(JSON.stringify(stored.at(-1))).toContain('"heldOnly":"thinking"');
	});
});

describe("a result that is too large", () => {
	const lines = (count: number) => Array.from({ length: count }, (_, line) => `line ${line} of the report`).join("\n");
	const LONG = `${lines(6000)}\n🙂 the very end`;

	it("comes as its beginning and end, and can be read on to its end", async () => {
		const read: string[] = [];
		const { prompt } = await start({
			script: (call) => {
				if (isChild(call)) return say(LONG);
				if (call.role === "user") return callTools([subagentCall({ prompt: "work" })]);
				const [, id] =
					/agent_id ([\w-]+) and offset/.exec(call.texts.find((text) => text.includes(" and offset ")) ?? "") ?? [];
				const part = /^\[characters \d+ to \d+ of \d+ of the result[^\n]*\]\n\n/m.exec(call.text);
				if (part) read.push(call.text.slice(part.index + part[0].length));
				const next = /read on with offset (\d+)/.exec(part?.[0] ?? "")?.[1];
				if (part && !next) return say("all read");
				return callTool("get_subagent_result", { agent_id: id ?? "", offset: Number(next ?? 0) });
			},
			models: [{ id: "faux-1", contextWindow: 100_000_000 }],
		});
		const results = await prompt("begin");
		expect(Math.max(...results.map(({ text }) => text.length))).toBeLessThanOrEqual(50_000);
		const [first] = results;
		expect(first?.text).toMatch(/^completed .*\n\nline 0 of the report\n/);
		expect(first?.text).toMatch(/\n🙂 the very end$/);
		expect(first?.text).toMatch(
			/characters are left out here\. Read on: get_subagent_result with agent_id \S+ and offset \d+, or in \S+\.jsonl/,
		);
		expect(read.join("")).toBe(LONG);
	});

	it("does not make three of them cost a parent with a small context its conversation", async () => {
		const child = () => say("w".repeat(57_000));
		const { prompt, session } = await start({
			script: parentAndChild(
				[1, 2, 3].map(() => subagentCall({ prompt: "work" })),
				child,
			),
			models: [{ id: "faux-1", contextWindow: 30_000 }],
		});
		const results = await prompt("begin");
		expect(results.map(({ text }) => text.length > 1500)).toEqual([true, true, true]);
		expect(results.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThanOrEqual(12_000);
		expect(session.sessionManager.getEntries().filter(({ type }) => type === "compaction")).toEqual([]);
	});

	it("shares fairly what several calls of one message may bring, and nobody goes short for a short one", async () => {
		const child = (call: ModelCall) => say(call.text.includes("short") ? "brief" : "w".repeat(57_000));
		const { prompt } = await start({
			script: parentAndChild(
				["short", "short", "long"].map((task) => subagentCall({ prompt: task })),
				child,
			),
			models: [{ id: "faux-1", contextWindow: 200_000 }],
		});
		const results = await prompt("begin");
		const longest = Math.max(...results.map(({ text }) => text.length));
		expect(longest).toBeLessThanOrEqual(50_000);
		expect(longest).toBeGreaterThan(26_000);
	});

	it("keeps what a workspace added", async () => {
		const addendum = "kept on branch pi-crew/work";
		const { prompt } = await start({
			extensions: {
				"workspace.js": `export default (pi) => pi.on("session_start", (_event, ctx) => {
					const service = globalThis[Symbol.for("@gotgenes/pi-subagents:service")];
					service?.registerWorkspaceProvider({ prepare: async () => ({
						cwd: ctx.cwd, dispose: () => ({ resultAddendum: ${JSON.stringify(addendum)} }) }) });
				});`,
			},
			script: parentAndChild({ prompt: "work" }, () => say(LONG)),
		});
		const [result] = await prompt("begin");
		expect(result?.text.endsWith(`\n\n${addendum}`)).toBe(true);
		expect(result?.text.length).toBeLessThanOrEqual(50_000);
	});
});
