import { afterEach, expect, it } from "vitest";
import { allNotified, backgroundCall, backgroundTasks, collectFacts, notifiedIds } from "../support/background.ts";
import { signalled, until } from "../support/condition.ts";
import { callTool, callTools, isChild, say } from "../support/script.ts";
import { type ScriptedHost, startHost } from "../support/scripted-host.ts";

let host: ScriptedHost;
afterEach(() => host.stop());

const limit = (maxConcurrent: number) => ({ ".pi/subagents.json": JSON.stringify({ maxConcurrent }) });
const tasks = (count: number) => Array.from({ length: count }, (_, index) => `task ${index}`);

it("runs no more than the limit at a time and brings every result once", async () => {
	let running = 0;
	let most = 0;
	host = await startHost({
		files: limit(3),
		script: backgroundTasks(tasks(10), async (call) => {
			most = Math.max(most, ++running);
			await until("three to run at once", () => most >= 3);
			await new Promise((resolve) => setTimeout(resolve, 10)); // time for a fourth, if there could be one
			running--;
			return say(`result of ${call.text}`);
		}),
	});
	const facts = collectFacts(host);

	const started = await host.prompt("go");
	await allNotified(host, 10);

	expect(most).toBe(3);
	const ids = started.map((result) => result.details.id as string);
	expect(notifiedIds(host).sort()).toEqual([...ids].sort());
	for (const task of tasks(10)) expect(host.notifications().join("\n")).toContain(`<result>result of ${task}</result>`);
	for (const channel of ["created", "started", "completed"]) {
		const told = facts.filter((fact) => fact.channel === channel).map(({ payload }) => payload.id);
		expect(told.sort()).toEqual([...ids].sort());
	}
	expect(facts.every(({ payload }) => Object.isFrozen(payload))).toBe(true);
});

it("answers at once with what there is to know, and the place in the queue", async () => {
	const { happened, happen } = signalled();
	host = await startHost({
		files: limit(1),
		script: backgroundTasks(tasks(3), async () => {
			await happened;
			return say("done");
		}),
	});

	const [first, second, third] = await host.prompt("go");

	expect(first?.text).toMatch(
		/^Subagent started in the background\nAgent ID: \w{17,}\nType: general-purpose\nDescription: a task\nTranscript: .+\.jsonl\n/,
	);
	expect(first?.text).toContain("You will be notified when it has ended.");
	expect(second?.text).toContain("Queue position: 1");
	expect(third?.text).toContain("Queue position: 2");
	expect(third?.details).toMatchObject({ status: "queued", isBackground: true, delivery: { state: "pending" } });
	happen();
	await allNotified(host, 3);
});

it("announces the end of a run before the start of the one that takes its slot", async () => {
	host = await startHost({ files: limit(1), script: backgroundTasks(tasks(3), () => say("done")) });
	const facts = collectFacts(host);

	const started = await host.prompt("go");
	await allNotified(host, 3);

	const told = facts
		.filter(({ channel }) => channel !== "created")
		.map(({ channel, payload }) => [channel, payload.id]);
	expect(told).toEqual(
		started.flatMap(({ details }) => [
			["started", details.id],
			["completed", details.id],
		]),
	);
});

it("lets foreground runs pass the queue", async () => {
	const { happened, happen } = signalled();
	host = await startHost({
		files: limit(1),
		script: async (call) => {
			if (isChild(call)) {
				if (call.text.startsWith("slow")) await happened;
				return say("done");
			}
			if (call.text === "go") return callTools(["slow 1", "slow 2"].map((prompt) => backgroundCall({ prompt })));
			if (call.text === "now")
				return callTool("subagent", { prompt: "quick", description: "d", subagent_type: "Plan" });
			return say("noted");
		},
	});
	await host.prompt("go");

	const [quick] = await host.prompt("now");

	expect(quick?.details).toMatchObject({ status: "completed" });
	happen();
	await allNotified(host, 2);
});

it("never starts what was stopped in the queue, and frees no slot twice", async () => {
	const { happened, happen } = signalled();
	const asked: string[] = [];
	host = await startHost({
		files: { ".pi/subagents.json": JSON.stringify({ maxConcurrent: 1, onInterrupt: "stop-all" }) },
		script: async (call) => {
			if (isChild(call)) {
				asked.push(call.text);
				if (call.text.startsWith("slow"))
					await Promise.race([happened, new Promise((resolve) => call.signal?.addEventListener("abort", resolve))]);
				return say("done");
			}
			if (call.text === "go")
				return callTools([...tasks(2).map((task) => `slow ${task}`)].map((prompt) => backgroundCall({ prompt })));
			if (call.text === "hang") return callTool("bash", { command: "sleep 30" });
			if (call.text === "more") return callTools([backgroundCall({ prompt: "late" })]);
			return say("noted");
		},
	});
	const facts = collectFacts(host);
	await host.prompt("go");
	await until("the first to run", () => asked.length === 1);
	const hanging = host.prompt("hang");
	await until("the parent to hang", () => host.calls.some((call) => call.text === "hang"));
	await host.session.abort();
	await hanging;
	await until("both to be stopped", () => facts.filter(({ channel }) => channel === "failed").length === 2);

	await host.prompt("more");
	await until("the late one to complete", () => facts.some(({ channel }) => channel === "completed"));

	expect(asked).toEqual(["slow task 0", "late"]);
	expect(facts.filter(({ channel }) => channel === "started")).toHaveLength(2);
	expect(facts.filter(({ channel }) => channel === "failed").map(({ payload }) => payload.status)).toEqual([
		"stopped",
		"stopped",
	]);
	happen();
});

it("raises the limit at once when the settings change", async () => {
	const { happened, happen } = signalled();
	let running = 0;
	host = await startHost({
		files: limit(1),
		script: async (call) => {
			if (isChild(call)) {
				running++;
				await happened;
				return say("done");
			}
			if (call.text === "go") return callTools(tasks(3).map((prompt) => backgroundCall({ prompt })));
			if (call.text === "more") return callTools([backgroundCall({ prompt: "one more" })]);
			return say("noted");
		},
	});
	const { writeFileSync } = await import("node:fs");
	await host.prompt("go");
	await until("one to run", () => running === 1);
	writeFileSync(`${host.cwd}/.pi/subagents.json`, JSON.stringify({ maxConcurrent: 10 }));

	await host.prompt("more");

	await until("all to run", () => running === 4);
	happen();
	await allNotified(host, 4);
});
