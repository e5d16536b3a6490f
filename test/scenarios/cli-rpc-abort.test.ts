import { execFileSync } from "node:child_process";
import { describe, expect, it, onTestFinished } from "vitest";
import { createWorkspace } from "../support/cli.ts";
import { until } from "../support/condition.ts";
import { startRpc } from "../support/rpc-client.ts";
import { callSubagent } from "../support/said.ts";
import { toolResult } from "../support/tool-results.ts";

describe("pi in RPC mode", () => {
	it("aborts a subagent in the middle of a shell command and continues with the next prompt", async () => {
		const workspace = createWorkspace();
		onTestFinished(workspace.remove);
		const pi = startRpc({ workspace });
		onTestFinished(async () => void (await pi.close())); // before the removal: what comes last is undone first

		const command = `sleep 61.${process.pid}${Date.now()}`; // no other process has this argument
		const slept = () => processesWith(command).length > 0;

		await pi.request({ type: "prompt", message: callSubagent({ prompt: `bash ${command}` }) });
		await until("the shell command runs", slept);
		await pi.request({ type: "abort" });

		const ended = toolResult(await pi.waitFor("the end of the call", isType("tool_execution_end")));
		expect(ended).toMatchObject({ isError: true, details: { status: "stopped" } });
		await until("the shell command is gone", () => !slept());
		await pi.waitFor("the end of the run", isType("agent_end"));

		const after = pi.events.length;
		await pi.request({ type: "prompt", message: callSubagent({ prompt: "are you there" }) });
		const next = toolResult(await pi.waitFor("the next answer", isType("tool_execution_end"), { after }));
		expect(next).toMatchObject({ isError: false, text: expect.stringContaining("[user] are you there") });
		await pi.waitFor("the end of the next run", isType("agent_end"), { after });

		expect(await pi.close()).toBe(0);
		expect(pi.events.filter(isType("tool_execution_end"))).toHaveLength(2);
		expect(pi.stderr()).toBe("");
	});
});

function isType(type: string) {
	return (event: { type: string }) => event.type === type;
}

function processesWith(argument: string): string[] {
	const all = execFileSync("ps", ["-Ao", "args"], { encoding: "utf8" }).split("\n");
	return all.filter((line) => line.includes(argument));
}
