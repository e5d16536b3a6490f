import { afterEach, expect, it } from "vitest";
import { getSubagentsService } from "../../src/service/published-services.ts";
import { backgroundCall, collectFacts, notifiedIds } from "../support/background.ts";
import { until } from "../support/condition.ts";
import { callTool, callTools, isChild, say, subagentCall } from "../support/script.ts";
import { type ModelCall, type Script, type ScriptedHost, startHost } from "../support/scripted-host.ts";

let host: ScriptedHost;
afterEach(() => host.stop());

const settings = (values: object) => ({ ".pi/subagents.json": JSON.stringify(values) });
const OWN = ["subagent", "get_subagent_result", "steer_subagent"];

const records = () => [...(getSubagentsService()?.listAgents() ?? [])].reverse();

/** The task a child was given, wherever its conversation stands. */
const taskOf = (call: ModelCall) => call.texts.find((text) => text.startsWith("task ")) ?? "";

/** Each task `task a.b` starts what its script says; the parent says `go`. */
function tree(first: string, child: Script): Script {
	return (call) => {
		if (isChild(call)) return child(call);
		return call.role === "user" && call.text === "go"
			? callTools([subagentCall({ prompt: first })])
			: say(`parent saw: ${call.text}`);
	};
}

it("gives a subagent no tools for subagents unless the settings allow them", async () => {
	host = await startHost({ script: tree("task 0", () => say("done")) });
	await host.prompt("go");
	const child = host.calls.find(isChild);
	expect(child?.toolNames.filter((name) => OWN.includes(name))).toEqual([]);
});

it("completes a chain of four subagents where one may run at a time, in the foreground and in the background", async () => {
	for (const background of [false, true]) {
		host = await startHost({
			files: settings({ maxDepth: 3, maxConcurrent: 1 }),
			script: (call) => {
				const start = (prompt: string) =>
					callTools([background ? backgroundCall({ prompt }) : subagentCall({ prompt })]);
				if (!isChild(call))
					return call.text === "go" ? callTools([backgroundCall({ prompt: "task 0" })]) : say("noted");
				const level = Number(taskOf(call).slice(5));
				const isFirst = call.text === taskOf(call);
				if (isFirst && level < 3) return start(`task ${level + 1}`);
				if (background && call.text.startsWith("Subagent started")) return say("waiting");
				return say(`answer ${level} after: ${call.text.slice(0, 4000)}`);
			},
		});

		await host.prompt("go");
		await until("the result", () => notifiedIds(host).length === 1 && !host.session.isStreaming);

		expect(records().map(({ depth, status }) => [depth, status])).toEqual([
			[0, "completed"],
			[1, "completed"],
			[2, "completed"],
			[3, "completed"],
		]);
		const [a, b, c, d] = records();
		expect([a?.parentId, b?.parentId, c?.parentId, d?.parentId]).toEqual([undefined, a?.id, b?.id, c?.id]);
		expect(new Set(records().map(({ rootSessionId }) => rootSessionId)).size).toBe(1);
		expect(records().map(({ delivery }) => delivery.state)).toEqual(Array(4).fill("delivered"));
		for (const level of [1, 2, 3]) expect(a?.result).toContain(`answer ${level}`);
		const deepest = host.calls.find((call) => isChild(call) && taskOf(call) === "task 3");
		expect(deepest?.toolNames.filter((name) => OWN.includes(name))).toEqual([]);
		if (!background) await host.stop();
	}
});

it("brings each result of a tree of 1, 5 and 25 to its own parent once", async () => {
	host = await startHost({
		files: settings({ maxDepth: 2, maxConcurrent: 4 }),
		script: tree("task 0", (call) => {
			const task = taskOf(call);
			const depth = task.split(".").length - 1;
			if (call.text === task && depth < 2)
				return callTools([0, 1, 2, 3, 4].map((n) => backgroundCall({ prompt: `${task}.${n}` })));
			if (call.role === "toolResult") return say("waiting");
			return say(`answer of ${task}`);
		}),
	});
	const facts = collectFacts(host);

	const [result] = await host.prompt("go");

	expect(result?.text).toContain("answer of task 0");
	expect(records()).toHaveLength(31);
	expect(records().every(({ status, delivery }) => status === "completed" && delivery.state === "delivered")).toBe(
		true,
	);
	for (const channel of ["created", "started", "completed"])
		expect(new Set(facts.filter((fact) => fact.channel === channel).map(({ payload }) => payload.id)).size).toBe(31);
	expect(notifiedIds(host)).toEqual([]);
	const heard = new Map<string, string[]>();
	for (const call of host.calls.filter(isChild)) heard.set(taskOf(call), [...call.texts]);
	for (const [task, texts] of heard) {
		const told = texts.flatMap((text) =>
			[...text.matchAll(/<result>answer of (task [\d.]+)<\/result>/g)].map((m) => m[1]),
		);
		const depth = task.split(".").length - 1;
		expect([...told].sort()).toEqual(depth < 2 ? [0, 1, 2, 3, 4].map((n) => `${task}.${n}`) : []);
	}
});

it("stops everything below a subagent that is stopped, each once", async () => {
	host = await startHost({
		files: settings({ maxDepth: 2 }),
		script: (call) => {
			if (!isChild(call)) return call.text === "go" ? callTools([backgroundCall({ prompt: "task 0" })]) : say("noted");
			const level = Number(taskOf(call).slice(5));
			if (call.role === "toolResult") return say("over");
			if (level === 2) return callTool("bash", { command: "sleep 600" });
			return callTools([level === 0 ? subagentCall({ prompt: "task 1" }) : backgroundCall({ prompt: "task 2" })]);
		},
	});
	const facts = collectFacts(host);
	await host.prompt("go");
	await until("the deepest to run its command", () =>
		records().some(({ depth, toolUses }) => depth === 2 && toolUses > 0),
	);
	const service = getSubagentsService();
	const [top] = records();
	const began = Date.now();

	service?.abort(top?.id ?? "");
	await service?.waitForAll();

	expect(Date.now() - began).toBeLessThan(process.env.CI ? 10_000 : 4000);
	expect(records().map(({ status }) => status)).toEqual(["stopped", "stopped", "stopped"]);
	const failed = facts.filter(({ channel }) => channel === "failed").map(({ payload }) => payload.id);
	expect(failed).toEqual(
		records()
			.map(({ id }) => id)
			.reverse(),
	);
});

it("refuses waits that would close a circle, and names it", async () => {
	const refusals: string[] = [];
	host = await startHost({
		files: settings({ maxDepth: 2 }),
		script: async (call) => {
			if (!isChild(call)) return call.text === "go" ? callTools([backgroundCall({ prompt: "task 0" })]) : say("noted");
			const task = taskOf(call);
			const idOf = (depth: number, nth = 0) => records().filter((record) => record.depth === depth)[nth]?.id ?? "";
			const wait = (id: string) => callTool("get_subagent_result", { agent_id: id, wait: true });
			if (call.role === "toolResult" && /would never end/.test(call.text)) refusals.push(call.text);
			if (task === "task 0") {
				if (call.text === task) return callTools([1, 2].map((n) => backgroundCall({ prompt: `task ${n}` })));
				return say("waiting");
			}
			await until("both", () => records().filter(({ depth }) => depth === 1).length === 2);
			if (call.text === task && task === "task 1") return wait(idOf(1, 1));
			if (call.text === task) {
				await until("the first to wait", () =>
					records().some(({ depth, waiting }) => depth === 1 && waiting?.for === "child"),
				);
				return wait(idOf(1, 0));
			}
			if (task === "task 2" && refusals.length === 1) return wait(idOf(0));
			return say(`end of ${task}`);
		},
	});
	await host.prompt("go");
	await until("the result", () => notifiedIds(host).length === 1 && !host.session.isStreaming);

	const [a = "", b = "", c = ""] = records().map(({ id }) => id.slice(0, 8));
	expect(refusals[0]).toContain(`${b} -> ${c} -> ${b}`);
	expect(refusals[1]).toContain(`${a} -> ${c} -> ${a}`);
	expect(records().every(({ status }) => status === "completed")).toBe(true);
});

it("gives a child of a read-only type no tool that its parent does not have, whatever its file and the call say", async () => {
	const file = (keys: string) => `---\n${keys}\n---\nDo it.`;
	host = await startHost({
		extensions: {
			"lookup.js": `module.exports = (pi) => { for (const name of ["lookup", "change"]) pi.registerTool({ name, label: name, description: name, parameters: { type: "object", properties: {} }, execute: async () => ({ content: [{ type: "text", text: name }], details: undefined }) }); };`,
		},
		files: {
			".pi/agents/reader.md": file("tools: read, lookup, Agent(writer)\nreadonly: true"),
			".pi/agents/writer.md": file("tools: read, write, edit, bash, lookup, change"),
		},
		script: (call) => {
			if (!isChild(call))
				return call.text === "go"
					? callTools([subagentCall({ prompt: "task 0", subagent_type: "reader" })])
					: say(`parent saw: ${call.text}`);
			if (taskOf(call) === "task 0" && call.text === "task 0")
				return callTools([
					subagentCall({ prompt: "task 1", subagent_type: "writer" }),
					subagentCall({ prompt: "task 2", subagent_type: "general-purpose" }),
				]);
			return say(`answer after: ${call.texts.slice(-2).join(" | ")}`);
		},
	});

	const [result] = await host.prompt("go");

	const toolsOf = (task: string) => host.calls.find((call) => isChild(call) && taskOf(call) === task)?.toolNames;
	expect([...(toolsOf("task 0") ?? [])].sort()).toEqual(["lookup", "read", ...OWN].sort());
	expect([...(toolsOf("task 1") ?? [])].sort()).toEqual(["lookup", "read"]);
	expect(toolsOf("task 2")).toBeUndefined();
	expect(result?.text).toContain("You may not start general-purpose; you may start writer.");
	const reader = host.calls.find((call) => isChild(call) && taskOf(call) === "task 0");
	expect(reader?.toolDescriptions.get("subagent")).toContain("writer");
	expect(reader?.toolDescriptions.get("subagent")).not.toContain("Explore");
});
