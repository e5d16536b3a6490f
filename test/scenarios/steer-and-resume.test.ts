import { afterEach, expect, it } from "vitest";
import { allNotified, backgroundCall, collectFacts, notifiedIds } from "../support/background.ts";
import { signalled, until } from "../support/condition.ts";
import { obedient, order, orderRun } from "../support/obedient-parent.ts";
import { callTool, callTools, isChild, say } from "../support/script.ts";
import { type ScriptedHost, startHost } from "../support/scripted-host.ts";

let host: ScriptedHost;
afterEach(() => host.stop());

const run = (args: object) => orderRun(host, args);
const steer = (agent_id: string, message: string) => order(host, "steer_subagent", { agent_id, message });
const TURN_COMMAND = `export default (pi) => pi.registerCommand("turn", { description: "turns", handler: async () => {} });`;

it("steers a running subagent before its next step", async () => {
	const { happened, happen } = signalled();
	host = await startHost({
		script: obedient(async (call) => {
			if (call.texts.length === 1) {
				await happened;
				return callTool("bash", { command: "true" });
			}
			return say("heard");
		}),
		// The host refuses to steer with the command of an extension, and this is one in the child.
		extensions: { "turn.ts": TURN_COMMAND },
	});
	const facts = collectFacts(host);
	const started = await run({ prompt: "work", run_in_background: true });
	await until("the child to be asked", () => host.calls.some(isChild));
	const id = started?.details.id as string;

	const answer = await steer(id, "/turn left");
	happen();
	await allNotified(host, 1);

	expect(answer).toMatchObject({
		isError: false,
		text: `Delivered to ${id}: it reads the message before its next step.`,
	});
	expect(facts.find(({ channel }) => channel === "steered")?.payload).toEqual({ id, message: "/turn left" });
	expect(
		host.calls
			.filter(isChild)
			.at(-1)
			?.texts.some((text) => text.trim() === "/turn left"),
	).toBe(true);
});

it("reaches the model also when it was steered after its last look", async () => {
	const { happened, happen } = signalled();
	host = await startHost({
		script: obedient(async (call) => {
			if (call.texts.length === 1) await happened;
			return say(`answer ${call.texts.length} to ${call.text}`);
		}),
	});
	const started = await run({ prompt: "work", run_in_background: true });
	await until("the child to be asked", () => host.calls.some(isChild));
	await steer(started?.details.id as string, "one more thing");
	happen();
	await allNotified(host, 1);

	expect(host.notifications()[0]).toContain("answer 3 to one more thing");
});

it("holds messages for a queued subagent and delivers them in order", async () => {
	const { happened, happen } = signalled();
	host = await startHost({
		files: { ".pi/subagents.json": JSON.stringify({ maxConcurrent: 1 }) },
		script: obedient(async (call) => {
			if (call.text === "slow") await happened;
			return say(call.texts.join(" | "));
		}),
	});
	await run({ prompt: "slow", run_in_background: true });
	const queued = await run({ prompt: "queued", run_in_background: true });
	const id = queued?.details.id as string;

	const answers = [await steer(id, "first"), await steer(id, "second")];
	happen();
	await allNotified(host, 2);

	for (const answer of answers) expect(answer?.text).toContain(`Held for ${id}`);
	const heard = host.calls
		.filter(isChild)
		.at(-1)
		?.texts.filter((text) => ["queued", "first", "second"].includes(text));
	expect(heard).toEqual(["queued", "first", "second"]);
});

it("refuses to steer what has ended, with its status, and an empty message", async () => {
	host = await startHost({ script: obedient(() => say("done")) });
	const ended = await run({ prompt: "work" });
	const id = ended?.details.id as string;

	expect(await steer(id, "too late")).toMatchObject({
		isError: true,
		text: expect.stringContaining(`${id} has ended (completed)`),
	});
	expect(await steer(id, " ")).toMatchObject({ isError: true, text: expect.stringContaining("`message` is empty") });
	expect(await steer("nobody", "hello")).toMatchObject({ isError: true, text: expect.stringContaining(id) });
});

it("resumes a subagent that remembers, in the foreground and in the background", async () => {
	host = await startHost({ script: obedient((call) => say(`heard ${call.texts.join(" | ")}`)) });
	const facts = collectFacts(host);
	const first = await run({ prompt: "my name is Ada" });
	const id = first?.details.id as string;

	const second = await run({ prompt: "who am I?", resume: id, subagent_type: "Explore" });
	await run({ prompt: "and now?", resume: id, run_in_background: true });
	await allNotified(host, 1);

	expect(second?.details).toMatchObject({ id, status: "completed", turns: 2, type: "Plan" });
	expect(second?.text).toContain("heard my name is Ada | heard my name is Ada | who am I?");
	expect(second?.text).toContain("Note: resumed as it was: it is of type Plan");
	expect(notifiedIds(host)).toEqual([id]);
	expect(facts.map(({ channel }) => channel)).toEqual([
		"created",
		"started",
		"completed",
		"resumed",
		"started",
		"completed",
		"resumed",
		"started",
		"completed",
	]);
});

it("keeps a resumed subagent to its turn limit again", async () => {
	host = await startHost({
		files: { ".pi/subagents.json": JSON.stringify({ graceTurns: 1 }) },
		script: obedient((call) =>
			call.text === "work" ? say("done") : callTool("bash", { command: "true" }, "on and on"),
		),
	});
	const first = await run({ prompt: "work", max_turns: 2 });

	const again = await run({ prompt: "continue", resume: first?.details.id });

	expect(again?.details).toMatchObject({ status: "aborted", maxTurns: 2, turns: 4, result: "on and on" });
});

it("does not lose the task of one that was stopped before its first reply", async () => {
	host = await startHost({
		script: obedient((call) =>
			call.texts.length === 1 && call.text === "the task" ? hang(call) : say(call.texts.join(" | ")),
		),
	});
	const prompted = host.prompt(
		`subagent ${JSON.stringify({ prompt: "the task", description: "d", subagent_type: "Plan" })}`,
	);
	await until("the child to be asked", () => host.calls.some(isChild));
	await host.session.abort();
	const [stopped] = await prompted;
	expect(stopped?.details).toMatchObject({ status: "stopped" });

	const again = await run({ prompt: "continue", resume: stopped?.details.id });

	expect(again?.details).toMatchObject({ status: "completed" });
	expect(again?.text).toContain("the task");
	expect(again?.text).toContain("continue");
});

it("refuses to resume what has not ended, and an unknown id", async () => {
	const { happened, happen } = signalled();
	host = await startHost({
		script: obedient(async () => {
			await happened;
			return say("done");
		}),
	});
	const started = await run({ prompt: "work", run_in_background: true });
	const id = started?.details.id as string;

	expect(await run({ prompt: "x", resume: id })).toMatchObject({
		isError: true,
		text: expect.stringContaining("is running and cannot be resumed; steer it instead"),
	});
	expect(await run({ prompt: "x", resume: "nobody" })).toMatchObject({
		isError: true,
		text: expect.stringContaining(id),
	});
	happen();
	await allNotified(host, 1);
});

it("refuses to resume with a model or a thinking level that does not exist", async () => {
	host = await startHost({ script: obedient(() => say("done")) });
	const first = await run({ prompt: "work" });
	const resume = first?.details.id;

	expect(await run({ prompt: "x", resume, model: "gpt-99" })).toMatchObject({
		isError: true,
		text: expect.stringContaining("faux/faux-1"),
	});
	expect(await run({ prompt: "x", resume, thinking: "huge" })).toMatchObject({
		isError: true,
		text: expect.stringContaining("xhigh"),
	});
	expect(await run({ prompt: "x", resume, thinking: "low" })).toMatchObject({
		isError: false,
		text: expect.stringContaining("it keeps its thinking level"),
	});
});

it("tells of a result that a resume would bury", async () => {
	const { happened: parentMayContinue, happen: letParentContinue } = signalled();
	let id = "";
	host = await startHost({
		script: async (call) => {
			if (isChild(call)) return say(`result of ${call.text}`);
			if (call.text === "go") return callTools([backgroundCall({ prompt: "first" })]);
			if (call.role !== "toolResult" || id !== "") return say("noted");
			id = /Agent ID: (\w+)/.exec(call.text)?.[1] as string;
			await parentMayContinue;
			return callTool("subagent", { prompt: "second", resume: id, description: "d", subagent_type: "general-purpose" });
		},
	});
	const facts = collectFacts(host);
	const prompted = host.prompt("go");
	await until("the first to complete", () => facts.some(({ channel }) => channel === "completed"));
	letParentContinue();
	const [, resumed] = await prompted;

	expect(resumed?.text).toContain(
		"its last run ended as completed, and you had not been notified of the result yet: result of first",
	);
	expect(resumed?.text).toContain("result of second");
	expect(host.notifications()).toEqual([]);
});

it("stops a resumed subagent like any other", async () => {
	host = await startHost({ script: obedient((call) => (call.text === "work" ? say("done") : hang(call))) });
	const facts = collectFacts(host);
	const first = await run({ prompt: "work" });
	const prompted = host.prompt(
		`subagent ${JSON.stringify({ prompt: "hang", resume: first?.details.id, description: "d", subagent_type: "Plan" })}`,
	);
	await until("the child to hang", () => host.calls.some((call) => isChild(call) && call.text === "hang"));
	await host.session.abort();
	const [again] = await prompted;

	expect(again).toMatchObject({ isError: true, details: { status: "stopped" } });
	expect(facts.at(-1)).toMatchObject({ channel: "failed", payload: { status: "stopped" } });
});

async function hang(call: { signal: AbortSignal | undefined }): Promise<never> {
	return new Promise((_, reject) => call.signal?.addEventListener("abort", () => reject(new Error("aborted"))));
}

it("carries two background calls of one message independently", async () => {
	host = await startHost({
		script: (call) => {
			if (isChild(call)) return say(`result of ${call.text}`);
			if (call.text === "go") return callTools([backgroundCall({ prompt: "a" }), backgroundCall({ prompt: "b" })]);
			return say("noted");
		},
	});
	await host.prompt("go");
	await allNotified(host, 2);

	const told = host.notifications().join();
	expect(told).toContain("result of a");
	expect(told).toContain("result of b");
});

it("shows the figures of the last run in each carrier, and keeps those of the whole life in the record", async () => {
	const bash = () => callTool("bash", { command: "true" });
	const replies = [bash(), bash(), say("first"), bash(), say("second")];
	host = await startHost({ script: obedient(async () => replies.shift() ?? say("nothing is left")) });
	const facts = collectFacts(host);
	const first = await run({ prompt: "work" });
	const id = first?.details.id as string;
	await run({ prompt: "more", resume: id, run_in_background: true });
	await allNotified(host, 1);
	const report = await order(host, "get_subagent_result", { agent_id: id });

	expect(first?.text).toContain(" · 2 tool uses · ");
	expect(first?.details).toMatchObject({ runId: `${id}.1`, attempt: 1, depth: 0, toolUses: 2, run: { toolUses: 2 } });
	expect(host.notifications()[0]).toContain("<tool_uses>1</tool_uses>");
	const completed = facts.filter(({ channel }) => channel === "completed");
	expect(completed.map(({ payload }) => (payload as { toolUses: number }).toolUses)).toEqual([2, 1]);
	expect(report?.details).toMatchObject({
		...{ runId: `${id}.2`, attempt: 2, limits: {}, turns: 5, toolUses: 3 },
		run: { turns: 2, toolUses: 1 },
	});
	expect(report?.text).toMatch(/\nTurns: 2\nTool uses: 1\n/);
	expect(report?.text).toMatch(/\nAll 2 runs: 5 turns, 3 tool uses, \S+ tokens \(/);
});
