import { readFileSync } from "node:fs";
import { afterEach, expect, it } from "vitest";
import { callTool, isChild, parentAndChild, say } from "../support/script.ts";
import { type HostOptions, type ScriptedHost, startHost, type ToolResult } from "../support/scripted-host.ts";

let host: ScriptedHost;
const start = async (options: HostOptions) => {
	host = await startHost(options);
	return host;
};
afterEach(() => host.stop());

it("brings the child's last text to the parent, after one line of figures", async () => {
	const child = parentAndChild({ prompt: "read the note" }, (call) =>
		call.role === "toolResult" ? say(`the note says: ${call.text}`) : callTool("read", { path: "note.txt" }),
	);
	await start({ script: child, files: { "note.txt": "remember the milk" }, sessionDir: "persisted" });

	const [result] = await host.prompt("go");

	const [first, blank, ...answer] = result?.text.split("\n") ?? [];
	const { id, transcriptFile } = (result as ToolResult).details as { id: string; transcriptFile: string };
	expect(first).toMatch(/^completed · .+ · 1 tool use · .+ tokens · id /);
	expect(first).toContain(id);
	expect(blank).toBe("");
	expect(answer.join("\n")).toBe("the note says: remember the milk");
	expect(result?.isError).toBe(false);
	expect(result?.details).toMatchObject({
		status: "completed",
		type: "general-purpose",
		toolUses: 1,
		turns: 2,
		model: "faux/faux-1",
	});
	expect(result?.details.delivery).toMatchObject({ state: "delivered", via: "foreground" });

	const parentFile = host.session.sessionFile as string;
	const header = JSON.parse(readFileSync(transcriptFile, "utf8").split("\n")[0] as string);
	expect(transcriptFile.startsWith(`${parentFile.replace(/\.jsonl$/, "")}/tasks/`)).toBe(true);
	expect(header).toMatchObject({ type: "session", parentSession: parentFile, cwd: host.cwd });
});

it("gives each of several calls in one message its own answer, all running at the same time", async () => {
	let running = 0;
	let most = 0;
	let release = () => {};
	const allHere = new Promise<void>((resolve) => {
		release = resolve;
	});
	const prompts = Array.from({ length: 8 }, (_, index) => `task ${index}`);
	const calls = prompts.map((prompt) => ({
		name: "subagent",
		args: { prompt, description: "one of many", subagent_type: "general-purpose" },
	}));
	await start({
		script: parentAndChild(calls, async (call) => {
			most = Math.max(most, ++running);
			if (running === prompts.length) release();
			await allHere;
			return say(`done: ${call.text}`);
		}),
	});

	const results = await host.prompt("go");

	expect(most).toBe(8);
	expect(results.map((result) => result.text.split("\n").at(-1)).sort()).toEqual(
		prompts.map((prompt) => `done: ${prompt}`),
	);
});

it("tells of its progress while it runs and never after its end", async () => {
	const updates: Record<string, unknown>[] = [];
	let ended = false;
	let lateUpdates = 0;
	await start({
		script: parentAndChild({ prompt: "work" }, (call) =>
			call.texts.length > 4 ? say("done") : callTool("bash", { command: "sleep 0.15" }),
		),
	});
	host.session.subscribe((event) => {
		if (event.type === "tool_execution_end") ended = true;
		if (event.type !== "tool_execution_update") return;
		if (ended) lateUpdates++;
		updates.push(event.partialResult.details);
	});

	await host.prompt("go");

	expect(updates.length).toBeGreaterThan(1);
	expect(updates.some((details) => details.activity === "bash sleep 0.15" && details.status === "running")).toBe(true);
	expect(lateUpdates).toBe(0);
});

it("says so when the subagent wrote nothing", async () => {
	await start({ script: parentAndChild({ prompt: "be silent" }, () => say("")) });

	const [result] = await host.prompt("go");

	expect(result?.text.split("\n").at(-1)).toBe("(The subagent wrote no final text: the last message was empty.)");
	expect(result?.details).toMatchObject({ status: "completed" });
	expect(result?.details).not.toHaveProperty("result");
});

it("says so when an extension of the child handles the prompt itself", async () => {
	await start({
		script: parentAndChild({ prompt: "swallow me" }, () => say("never asked")),
		extensions: {
			"swallow.ts": `export default (pi) => pi.on("input", (e) => (e.text === "swallow me" ? { action: "handled" } : undefined));`,
		},
	});

	const [result] = await host.prompt("go");

	expect(result?.text).toContain("An extension handled the prompt itself; no model was asked.");
	expect(host.calls.filter(isChild)).toEqual([]);
});
