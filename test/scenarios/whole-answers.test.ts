import { type AssistantMessage, fauxAssistantMessage, fauxThinking } from "@mariozechner/pi-ai";
import { afterEach, describe, expect, it } from "vitest";
import { callTool, callTools, fail, isChild, parentAndChild, say, subagentCall } from "../support/script.ts";
import { type HostOptions, type ModelCall, type ScriptedHost, startHost } from "../support/scripted-host.ts";

let running: ScriptedHost | undefined;
afterEach(async () => running?.stop());

async function start(options: HostOptions): Promise<ScriptedHost> {
	running = await startHost(options);
	return running;
}

const cutOff = (text: string) => fauxAssistantMessage(text, { stopReason: "length" });
const thinksOnly = () => fauxAssistantMessage([fauxThinking("hm, and now?")]);

/** The question with which a run is asked for an answer in words. */
const isAsked = (call: ModelCall) => call.role === "user" && call.text.startsWith("Your last message had no text");

/** A child that says something, uses a tool, and then replies with the first of these, and when it is asked with the second. */
const narratesThen = (last: () => AssistantMessage, asked: () => AssistantMessage) => (call: ModelCall) => {
	if (isAsked(call)) return asked();
	return call.role === "toolResult" || call.text.includes("turn limit")
		? last()
		: callTool("bash", { command: "true" }, "Let me look around first.");
};

const questions = () => running?.calls.filter((call) => isChild(call) && isAsked(call)) ?? [];

describe("an answer that the model's output limit cut off", () => {
	it("is marked in the tool result, which says how to get the rest", async () => {
		const { prompt } = await start({ script: parentAndChild({ prompt: "work" }, () => cutOff("half an ans")) });
		const [result] = await prompt("begin");
		const [first, second] = result?.text.split("\n") ?? [];
		expect(first).toMatch(/^completed · .* · answer cut off at the model's output limit$/);
		expect(second).toBe(`Resume it to get the rest: subagent with resume "${result?.details.id}".`);
		expect(result?.text).toContain("half an ans");
		expect(result?.details.lastReply).toEqual({ finishReason: "length" });
		expect(questions()).toEqual([]);
	});

	it("is marked in the notification, in the report and in what a person sees", async () => {
		const { prompt, notifications, session, notices } = await start({
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
		expect(notifications()[0]).toMatch(
			/<summary>.*: completed; answer cut off at the model&apos;s output limit\. Resume it to get the rest: subagent with resume &quot;\w+&quot;\.</,
		);
		const reports = () =>
			session.messages.flatMap((message) =>
				message.role === "toolResult" && message.toolName === "get_subagent_result" ? [message.content] : [],
			);
		await expect.poll(() => reports().length).toBe(1);
		expect(JSON.stringify(reports()[0])).toContain("Status: completed (answer cut off at the model's output limit)");
		expect(JSON.stringify(reports()[0])).toContain("Resume it to get the rest");
		await session.prompt("/agents list");
		expect(notices.join("\n")).toContain("completed, answer cut off");
	});
});

describe("a last message without text", () => {
	it.each([
		["held only thinking", thinksOnly],
		["was empty", () => say("")],
		["was cut off before any text", () => fauxAssistantMessage([fauxThinking("hm")], { stopReason: "length" })],
	])("is asked once to answer in words when it %s, which costs a turn", async (_what, last) => {
		const child = narratesThen(last, () => say("It is in the parser."));
		const { prompt } = await start({ script: parentAndChild({ prompt: "work" }, child) });
		const [result] = await prompt("begin");
		expect(result?.details).toMatchObject({ status: "completed", result: "It is in the parser.", turns: 3 });
		expect(result?.text).not.toContain("no final text");
		expect(questions()).toHaveLength(1);
	});

	it.each([
		["held only thinking", thinksOnly],
		["was empty", () => say("")],
	])("brings the earlier text as what it is when the answer to the question %s, too", async (what, last) => {
		const { prompt } = await start({ script: parentAndChild({ prompt: "work" }, narratesThen(last, last)) });
		const [result] = await prompt("begin");
		expect(result).toMatchObject({ isError: false, details: { status: "completed", turns: 3 } });
		expect(result?.details.result).toBeUndefined();
		const [first, second] = result?.text.split("\n") ?? [];
		expect(first).toContain(`no final text: the last message ${what}`);
		expect(second).toBe(`Resume it to ask for an answer: subagent with resume "${result?.details.id}".`);
		expect(result?.text).toMatch(/which may not be an answer:\)\n\nLet me look around first\.$/);
		expect(questions()).toHaveLength(1);
	});

	it("is asked again in another run of the same subagent, after a restart of its session", async () => {
		const silent = (call: ModelCall) => (call.text === "once more" || isAsked(call) ? thinksOnly() : say("done"));
		const { prompt } = await start({
			sessionDir: "persisted",
			script: (call) => {
				if (isChild(call)) return silent(call);
				const id = /· id (\S+)/.exec(call.texts.find((text) => text.startsWith("completed")) ?? "")?.[1];
				if (call.text === "again") return callTools([subagentCall({ prompt: "once more", resume: id })]);
				return call.role === "toolResult" ? say("ok") : callTools([subagentCall({ prompt: "work" })]);
			},
		});
		const [first] = await prompt("begin");
		expect(first?.text).toMatch(/\n\ndone$/);
		const [second] = await prompt("again");
		expect(second?.details).toMatchObject({ status: "completed", turns: 3, lastReply: { heldOnly: "thinking" } });
		expect(second?.text).not.toContain("done");
		expect(questions()).toHaveLength(1);
		expect(JSON.stringify(storedRecords().at(-1))).toContain('"heldOnly":"thinking"');
	});

	it("is asked in the grace turns when the limit is reached, and no more when they are used up", async () => {
		const asked = narratesThen(thinksOnly, () => say("In words."));
		await start({ script: parentAndChild({ prompt: "work", max_turns: 2 }, asked) });
		const [atLimit] = (await running?.prompt("begin")) ?? [];
		expect(atLimit?.details).toMatchObject({ status: "steered", turns: 3, result: "In words." });
		expect(questions()[0]?.text).toContain("turn limit");
		await running?.stop();

		await start({
			files: { ".pi/subagents.json": JSON.stringify({ graceTurns: 1 }) },
			script: parentAndChild(
				{ prompt: "work", max_turns: 1 },
				narratesThen(thinksOnly, () => say("Too late.")),
			),
		});
		const [past] = (await running?.prompt("begin")) ?? [];
		expect(past?.details).toMatchObject({ status: "steered", turns: 2, lastReply: { heldOnly: "thinking" } });
		expect(questions()).toEqual([]);
	});

	it("is not asked when it works on after the question, until it answers or is cut off", async () => {
		const worksOn = narratesThen(thinksOnly, () => callTool("bash", { command: "true" }));
		await start({
			files: { ".pi/subagents.json": JSON.stringify({ graceTurns: 2 }) },
			script: parentAndChild({ prompt: "work", max_turns: 3 }, worksOn),
		});
		const [result] = (await running?.prompt("begin")) ?? [];
		expect(result?.details).toMatchObject({ turns: 4, lastReply: { heldOnly: "thinking" } });
		expect(questions()).toHaveLength(1);
	});

	it("ends like any run that is interrupted or fails while it is asked", async () => {
		const failing = narratesThen(thinksOnly, () => fail("invalid key"));
		await start({ script: parentAndChild({ prompt: "work" }, failing) });
		const [failed] = (await running?.prompt("begin")) ?? [];
		expect(failed).toMatchObject({ isError: true, details: { status: "error", error: "invalid key" } });
		expect(failed?.text).toContain("Partial result, the last text it wrote:\n\nLet me look around first.");
		await running?.stop();

		const { session } = await start({
			script: (call) => {
				if (!isChild(call)) return parentAndChild({ prompt: "work" }, thinksOnly)(call);
				if (!isAsked(call)) return thinksOnly();
				setTimeout(() => void session.abort(), 1);
				return new Promise((resolve) => call.signal?.addEventListener("abort", () => resolve(say("too late"))));
			},
		});
		const [stopped] = (await running?.prompt("begin")) ?? [];
		expect(stopped).toMatchObject({ isError: true, details: { status: "stopped" } });
		expect(questions()).toHaveLength(1);
	});
});

function storedRecords(): unknown[] {
	const entries = running?.session.sessionManager.getEntries() ?? [];
	return entries.flatMap((entry) =>
		entry.type === "custom" && entry.customType === "subagents:record" ? [entry.data] : [],
	);
}

describe("a run that a provider's error ended", () => {
	/** It says something, and from then on every call fails, until it is resumed. */
	const child = (call: ModelCall) => {
		if (call.texts.some((text) => text.includes("once more"))) return say("The whole answer.");
		return call.role === "toolResult"
			? fail("529 overloaded")
			: callTool("bash", { command: "true" }, "So far: the parser is fine.");
	};

	it("hands over what it has, marked as partial, and completes when it is resumed", async () => {
		const { prompt } = await start({
			sessionDir: "persisted",
			script: (call) => {
				if (isChild(call)) return child(call);
				const id = /· id (\S+)/.exec(call.texts.find((text) => text.startsWith("error")) ?? "")?.[1];
				if (call.text === "again") return callTools([subagentCall({ prompt: "once more", resume: id })]);
				return call.role === "toolResult" ? say("ok") : callTools([subagentCall({ prompt: "work" })]);
			},
		});
		const [failed] = await prompt("begin");
		expect(failed).toMatchObject({ isError: true, details: { status: "error", error: "529 overloaded" } });
		expect(failed?.text.split("\n").slice(1)).toEqual([
			`Resume it to continue: subagent with resume "${failed?.details.id}".`,
			"",
			"The subagent failed: 529 overloaded",
			"Partial result, the last text it wrote:",
			"",
			"So far: the parser is fine.",
		]);
		expect(questions()).toEqual([]);
		const [resumed] = await prompt("again");
		expect(resumed?.details).toMatchObject({ status: "completed", result: "The whole answer." });
	});

	it("does the same in the background, in its notification and its report", async () => {
		const { prompt, notifications } = await start({
			script: (call) => {
				if (isChild(call)) return child(call);
				const get = /^get (\S+)$/.exec(call.text)?.[1];
				if (get) return callTool("get_subagent_result", { agent_id: get });
				const isDone = call.role === "toolResult" || call.text.includes("<task-notification>");
				return isDone ? say("ok") : callTools([subagentCall({ prompt: "work", run_in_background: true })]);
			},
		});
		await prompt("begin");
		await expect.poll(() => notifications().length).toBe(1);
		expect(notifications()[0]).toMatch(
			/<summary>.*: 529 overloaded; partial result\. Resume it to continue: .*<\/summary>\n<result>So far: the parser is fine\.<\/result>/,
		);
		const id = /<task-id>(\S+)</.exec(notifications()[0] ?? "")?.[1];
		const [report] = await prompt(`get ${id}`);
		expect(report?.text).toContain("Status: error (partial result)");
		expect(report?.text).toMatch(/Partial result, the last text it wrote:\n\nSo far: the parser is fine\.$/);
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

	it("does not do so as the notification of three that ended together, whose rest can be read to its end", async () => {
		const whole = (call: ModelCall) => `${call.text} ${"🙂w\n".repeat(14_250)}`;
		const parts: string[] = [];
		const { prompt, session, notifications } = await start({
			script: async (call) => {
				if (isChild(call)) return say(whole(call));
				const part = /^\[characters \d+ to \d+ of \d+ of the result(?:; read on with offset (\d+))?[^\n]*\]\n\n/m.exec(
					call.text,
				);
				if (part) parts.push(call.text.slice(part.index + part[0].length));
				const [, id, offset] = /^read (\S+) (\d+)$/.exec(call.text) ?? [];
				if (id) return callTool("get_subagent_result", { agent_id: id, offset: Number(offset) });
				if (call.text !== "begin") return say("noted");
				return callTools(["a", "b", "c"].map((prompt) => subagentCall({ prompt, run_in_background: true })));
			},
			models: [{ id: "faux-1", contextWindow: 30_000 }],
		});
		await prompt("begin");
		await expect
			.poll(
				() =>
					notifications()
						.join("")
						.match(/<task-id>/g)?.length,
			)
			.toBe(3);
		expect(Math.max(...notifications().map(({ length }) => length))).toBeLessThanOrEqual(14_000); // with their frames
		expect(session.sessionManager.getEntries().filter(({ type }) => type === "compaction")).toEqual([]);
		await expect.poll(() => session.isStreaming).toBe(false);

		const text = notifications().join("\n");
		const [, begin = "", id = "", offset = "0"] =
			/<result>([^<]*?)\n\[cut after \d+ of \d+ characters; the rest: get_subagent_result with agent_id (\S+) and offset (\d+)\]/.exec(
				text,
			) ?? [];
		expect(begin.length).toBeGreaterThan(1500);
		const longest: number[] = [];
		for (let next: string | undefined = offset; next; ) {
			const [part] = await prompt(`read ${id} ${next}`);
			longest.push(part?.text.length ?? 0);
			next = /; read on with offset (\d+)/.exec(part?.text ?? "")?.[1];
			if (longest.length > 200) break;
		}
		expect(`${begin}${parts.join("")}`).toBe(whole({ text: begin.slice(0, 1) } as ModelCall).trim());
		expect(Math.max(...longest)).toBeLessThanOrEqual(27_000);
	});

	it("refuses an offset that is none, and says what would do", async () => {
		const offsets = [-1, 1.5, "abc", 99, 5, 0];
		const { prompt } = await start({
			script: (call) => {
				if (isChild(call)) return say("short");
				const id = /· id (\S+)/.exec(call.texts.find((text) => text.startsWith("completed")) ?? "")?.[1];
				if (call.text === "read")
					return callTools(offsets.map((offset) => ({ name: "get_subagent_result", args: { agent_id: id, offset } })));
				return call.role === "toolResult" ? say("ok") : callTools([subagentCall({ prompt: "work" })]);
			},
		});
		await prompt("begin");
		const answers = await prompt("read");
		expect(answers.map(({ isError }) => isError)).toEqual([true, true, true, true, true, false]);
		for (const { text } of answers.slice(0, 3)) expect(text).toMatch(/^Nothing was read\. .*offset/);
		expect(answers[3]?.text).toBe(
			"Nothing was read. offset must be less than the 5 characters of the result (got 99).",
		);
		expect(answers[5]?.text).toMatch(/\[characters 0 to 5 of 5 of the result; this is its end\]\n\nshort$/);
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
