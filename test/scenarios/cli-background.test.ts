import { execFileSync } from "node:child_process";
import { describe, expect, it, onTestFinished } from "vitest";
import { createWorkspace, runPi } from "../support/cli.ts";
import { until } from "../support/condition.ts";
import { startRpc } from "../support/rpc-client.ts";
import { callSubagent } from "../support/said.ts";
import { toolResult } from "../support/tool-results.ts";

type Event = { readonly type: string } & Readonly<Record<string, unknown>>;

const isType = (type: string) => (event: Event) => event.type === type;
const isNotification = (event: Event) =>
	event.type === "message_end" && (event.message as { customType?: string }).customType === "subagent-notification";

function isRunning(command: string): boolean {
	return execFileSync("ps", ["-Ao", "args"], { encoding: "utf8" }).includes(command);
}

describe("a background run in RPC mode", () => {
	it("returns at once and tells of its result later, by a message that starts a run", async () => {
		const workspace = createWorkspace();
		onTestFinished(workspace.remove);
		const pi = startRpc({ workspace });
		onTestFinished(async () => void (await pi.close()));

		const background = { prompt: "sleep 300 the late answer", run_in_background: true };
		await pi.request({ type: "prompt", message: callSubagent(background) });
		const started = toolResult(await pi.waitFor("the end of the call", isType("tool_execution_end")));
		expect(started).toMatchObject({ isError: false, text: expect.stringContaining("in the background") });
		const notification = await pi.waitFor("the notification", isNotification);
		await pi.waitFor("the run it starts to end", isType("agent_end"), { after: pi.events.indexOf(notification) });

		const { content } = notification.message as { content: string };
		expect(content).toContain(`<task-id>${started.details.id}</task-id>`);
		expect(content).toContain("<result>the late answer</result>");
		expect(pi.events.filter(isNotification)).toHaveLength(1);
		expect(await pi.close()).toBe(0);
		expect(pi.stderr()).toBe("");
	});

	it("is stopped when a new session begins, and nothing of it is left", async () => {
		const workspace = createWorkspace();
		onTestFinished(workspace.remove);
		const pi = startRpc({ workspace });
		onTestFinished(async () => void (await pi.close()));
		const command = `sleep 62.${process.pid}${Date.now()}`;

		await pi.request({ type: "prompt", message: callSubagent({ prompt: `bash ${command}`, run_in_background: true }) });
		await until("the shell command runs", () => isRunning(command));
		expect(await pi.request({ type: "new_session" })).toMatchObject({ success: true });
		expect(isRunning(command)).toBe(false);

		const after = pi.events.length;
		await pi.request({ type: "prompt", message: callSubagent({ prompt: "are you there" }) });
		const next = toolResult(await pi.waitFor("the next answer", isType("tool_execution_end"), { after }));
		expect(next).toMatchObject({ isError: false, text: expect.stringContaining("[user] are you there") });
		expect(pi.events.filter(isNotification)).toHaveLength(0);
		expect(await pi.close()).toBe(0);
		expect(pi.stderr()).toBe("");
	});
});

describe("a background request in print mode", () => {
	it("runs in the foreground, for nobody would be there later, and says so", async () => {
		const workspace = createWorkspace();
		onTestFinished(workspace.remove);
		const prompt = callSubagent({ prompt: "long 7", run_in_background: true });
		const { code, stdout, stderr } = await runPi({ workspace, mode: "print", prompt });

		expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
		expect(stdout).toMatch(/^\[toolResult\] completed · /);
		expect(stdout).toContain("Note: it ran in the foreground");
		expect(stdout.trimEnd().endsWith("wwwwwww")).toBe(true);
	});
});
