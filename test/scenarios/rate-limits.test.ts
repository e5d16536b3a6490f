import { afterEach, describe, expect, it } from "vitest";
import { type ChatRequest, type ChatServer, localModels, startChatServer } from "../support/chat-server.ts";
import { until } from "../support/condition.ts";
import { callTools, isChild, say, subagentCall } from "../support/script.ts";
import { type HostOptions, type ScriptedHost, startHost } from "../support/scripted-host.ts";
import { theService } from "../support/service.ts";

let host: ScriptedHost;
let server: ChatServer;
afterEach(async () => {
	await host.stop();
	server.stop();
});

/** A parent on a scripted model whose children run on the server's. */
function start(tasks: readonly string[], options: Partial<HostOptions> = {}) {
	return startHost({
		extensions: { "local.ts": localModels(server) },
		script: (call) => {
			if (isChild(call)) throw new Error("a child asked the parent's model");
			if (call.role !== "user" || call.text !== "go") return say("noted");
			return callTools(tasks.map((prompt) => subagentCall({ prompt, model: "local/m1" })));
		},
		...options,
	});
}

const tasks = (count: number) => Array.from({ length: count }, (_, index) => `task ${index + 1}`);
const byTask = (log: readonly ChatRequest[], task: string) => log.filter((request) => request.task === task);

describe("a provider that serves three at a time", () => {
	const WAIT_MS = 2000;
	/** Requests that had left before the refusal was known. */
	const ON_THE_WAY_MS = 900;

	it("serves twelve children, who all wait for the time it named and do not come back together", async () => {
		server = await startChatServer(({ others, task }) =>
			others >= 3
				? { status: 429, headers: { "Retry-After": "2" } }
				: { text: `did ${task}`, ms: server.log.length < 3 ? 1500 : 150 },
		);
		host = await start(tasks(12));

		const results = await host.prompt("go");

		const told = results.map(({ details }) => [details.status, details.result]);
		expect(new Set(told.map(String))).toEqual(new Set(tasks(12).map((task) => `completed,did ${task}`)));
		for (const task of tasks(12)) {
			const asked = byTask(server.log, task);
			for (const [index, { at, status }] of asked.entries()) {
				const next = asked[index + 1];
				if (status === 429 && next) expect(next.at - at).toBeGreaterThanOrEqual(WAIT_MS);
			}
		}
		for (const refused of server.log.filter(({ status }) => status === 429)) {
			const inside = server.log.filter(({ at }) => at > refused.at + ON_THE_WAY_MS && at < refused.at + WAIT_MS);
			expect(inside).toEqual([]);
		}
		const refused = server.log.filter(({ status }) => status === 429).map(({ at }) => at);
		const woken = server.log.filter(({ at }) => at >= Math.min(...refused) + WAIT_MS).map(({ at }) => at);
		expect(refused.length).toBeGreaterThan(0);
		expect(woken.length).toBeGreaterThan(0);
		expect(Math.max(...woken) - Math.min(...woken)).toBeGreaterThan(100);
	});
});

describe("a provider that is overloaded", () => {
	const OVERLOADED = { status: 529, body: { error: { message: "Overloaded" } } };

	it("hands over what a child has after three refusals in turn, marked as partial, and a resume completes it", async () => {
		let refusals = 0;
		server = await startChatServer(({ hasAnswered, role, text }) => {
			if (!hasAnswered) return { text: "half of the report", command: "true" };
			if (role === "tool" && ++refusals <= 3) return OVERLOADED;
			return { text: `the other half, after ${text}` };
		});
		host = await start(["write a report"]);

		const [result] = await host.prompt("go");

		expect(refusals).toBe(3);
		expect(result).toMatchObject({ isError: true, details: { status: "error", result: "half of the report" } });
		expect(result?.details.error).toContain("529");
		expect(result?.text).toMatch(/partial/i);
		expect(result?.text).toContain("half of the report");

		const record = await theService().resume?.(`${result?.details.id}`, "finish it");
		expect(record).toMatchObject({ status: "completed", result: "the other half, after finish it" });
	});

	it("tries the next model of the agent file's list, and says so", async () => {
		const asked: string[] = [];
		server = await startChatServer(({ model }) => {
			asked.push(model);
			return asked.length <= 3 ? OVERLOADED : { text: "done on the other" };
		});
		host = await startHost({
			extensions: { "local.ts": localModels(server) },
			files: { ".pi/agents/worker.md": "---\nmodel: local/m1, other/m1\n---\nWork." },
			script: (call) =>
				call.role === "user" ? callTools([subagentCall({ prompt: "x", subagent_type: "worker" })]) : say("noted"),
		});

		const [result] = await host.prompt("go");

		expect(result?.details).toMatchObject({ status: "completed" });
		expect(result?.text).toContain("done on the other");
		expect(result?.text).toContain("local/m1 was not available, and it continued on other/m1");
		expect(asked).toHaveLength(4);
	});
});

describe("a child that waits for its provider", () => {
	it("says until when, and ends at once when it is stopped", async () => {
		server = await startChatServer(() => ({ status: 429, headers: { "Retry-After": "60" } }));
		host = await start(["x"]);
		const prompting = host.prompt("go");
		await until("it waits", () => theService().listAgents()[0]?.waiting?.for === "rate-limit");

		const [record] = theService().listAgents();
		expect(record).toMatchObject({ status: "running", waiting: { for: "rate-limit" } });
		expect((record?.waiting?.until ?? 0) - Date.now()).toBeGreaterThan(30_000);
		theService().abort(`${record?.id}`);

		const [result] = await prompting;
		expect(result?.details).toMatchObject({ status: "stopped" });
		expect(theService().listAgents()[0]?.waiting).toBeUndefined();
		expect(server.log).toHaveLength(1);
	});

	it("fails at once with the time where a quota resets in hours, and others do not even ask", async () => {
		server = await startChatServer(() => ({
			status: 429,
			headers: { "retry-after": "18720" },
			body: { error: { message: "usage limit reached" } },
		}));
		host = await start(["one"]);

		const [first] = await host.prompt("go");
		const [second] = await host.prompt("go");

		expect(first).toMatchObject({ isError: true, details: { status: "error" } });
		expect(first?.details.error).toMatch(
			/^The usage limit of local resets at .*\d\d:\d\d:\d\d \(in 5 h 12 min\)\..*usage limit reached/,
		);
		expect(second?.details.error).toContain("resets at");
		expect(server.log).toHaveLength(1);
	});
});
