import { existsSync, readFileSync } from "node:fs";
import { afterEach, expect, it } from "vitest";
import { allNotified, backgroundCall, backgroundTasks, collectFacts, notifiedIds } from "../support/background.ts";
import { signalled, until } from "../support/condition.ts";
import { callTool, callTools, fail, isChild, say, subagentCall } from "../support/script.ts";
import { type ScriptedHost, startHost } from "../support/scripted-host.ts";

let host: ScriptedHost;
afterEach(() => host.stop());

it("continues through a reload: what runs is adopted, and each result arrives once", async () => {
	const { happened, happen } = signalled();
	host = await startHost({
		script: (call) => {
			if (!isChild(call) && call.text.startsWith("get "))
				return callTool("get_subagent_result", { agent_id: call.text.slice(4) });
			return backgroundTasks(["a", "b"], async () => {
				await happened;
				return say("done");
			})(call);
		},
	});
	const started = await host.prompt("go");
	await until("both to run", () => host.calls.filter(isChild).length === 2);

	await host.reload();
	const facts = collectFacts(host);
	const [known] = await host.prompt(`get ${started[0]?.details.id}`);
	happen();
	await allNotified(host, 2);

	expect(known?.text).toContain("Status: running");
	expect(notifiedIds(host).sort()).toEqual(started.map(({ details }) => details.id).sort());
	expect(facts.filter(({ channel }) => channel === "completed")).toHaveLength(2);
});

it("stops what runs and what waits when the session ends, and says so once each", async () => {
	host = await startHost({
		files: { ".pi/subagents.json": JSON.stringify({ maxConcurrent: 1 }) },
		script: backgroundTasks(["a", "b"], async (call) => {
			await new Promise((resolve) => call.signal?.addEventListener("abort", resolve));
			return say("never");
		}),
	});
	const facts = collectFacts(host);
	await host.prompt("go");
	await until("one to run", () => host.calls.some(isChild));

	await host.quit();

	const failed = facts.filter(({ channel }) => channel === "failed");
	expect(failed.map(({ payload }) => [payload.status, payload.error])).toEqual([
		["stopped", "Stopped because the session it belonged to ended."],
		["stopped", "Stopped because the session it belonged to ended."],
	]);
	expect(facts.filter(({ channel }) => channel === "started")).toHaveLength(1);
	expect(notifiedIds(host)).toEqual([]);
});

it("stops the foreground children of an interrupted turn and lets the background ones continue", async () => {
	const { happened, happen } = signalled();
	host = await startHost({
		script: async (call) => {
			if (isChild(call)) {
				if (call.text === "behind") await happened;
				else
					await new Promise((_, reject) => call.signal?.addEventListener("abort", () => reject(new Error("aborted"))));
				return say("done");
			}
			if (call.text === "go")
				return callTools([backgroundCall({ prompt: "behind" }), subagentCall({ prompt: "in front" })]);
			return say("noted");
		},
	});
	const facts = collectFacts(host);
	const prompted = host.prompt("go");
	await until("both to run", () => host.calls.filter(isChild).length === 2);
	await host.session.abort();
	const results = await prompted;
	expect(facts.filter(({ channel }) => channel === "failed")).toHaveLength(1);
	happen();
	await allNotified(host, 1);

	expect(results.map(({ details }) => details.status).sort()).toEqual(["running", "stopped"]);
	expect(host.notifications()[0]).toContain("<status>completed</status>");
});

it("leaves no timer, listener or session behind", async () => {
	host = await startHost({ script: backgroundTasks(["a", "b"], () => say("done")) });
	const resources = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
	const disposed: string[] = [];
	host.bus.on("subagents:child:disposed", () => void disposed.push("disposed"));
	await host.prompt("go");
	await allNotified(host, 2);
	expect(disposed).toHaveLength(2);

	await host.quit();

	expect(disposed).toHaveLength(2);
	await until("timers to be gone", () => resources() <= 1); // the one `until` itself waits with
});

it("keeps every word of a subagent in its transcript", async () => {
	host = await startHost({ script: backgroundTasks(["a"], () => say("the answer")), sessionDir: "persisted" });
	const [started] = await host.prompt("go");
	await allNotified(host, 1);

	const file = started?.details.transcriptFile as string;
	expect(existsSync(file)).toBe(true);
	expect(readFileSync(file, "utf8")).toContain("the answer");
});

it("delivers after a reload what had settled just after the parent had failed", async () => {
	const { happened, happen } = signalled();
	host = await startHost({
		settings: { retry: { enabled: false } },
		script: (call) => {
			if (!isChild(call) && call.text === "fail") return fail("the model is ill");
			return backgroundTasks(["a"], async () => {
				await happened;
				return say("done");
			})(call);
		},
	});
	const facts = collectFacts(host);
	await host.prompt("go");
	await host.prompt("fail");
	happen();
	await until("it to complete", () => facts.some(({ channel }) => channel === "completed"));

	await host.reload();

	await allNotified(host, 1);
});
