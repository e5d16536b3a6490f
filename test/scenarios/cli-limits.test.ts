import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createWorkspace } from "../support/cli.ts";
import { until } from "../support/condition.ts";
import { startRpc } from "../support/rpc-client.ts";
import { sessionFiles } from "../support/session-file.ts";

it("a killed pi still knows at the next start what its subagents have used of the session's limits", async () => {
	const workspace = createWorkspace();
	onTestFinished(workspace.remove);
	mkdirSync(join(workspace.cwd, ".pi"), { recursive: true });
	writeFileSync(
		join(workspace.cwd, ".pi", "subagents.json"),
		JSON.stringify({ sessionLimits: { turns: 2, spawns: 5 }, resumeInterrupted: "never" }),
	);
	const call = (prompt: string) => {
		const given = { prompt, description: "work", subagent_type: "general-purpose", run_in_background: true };
		return { type: "prompt", message: `call subagent ${JSON.stringify(given)}` };
	};
	const first = startRpc({ workspace, args: [] });
	onTestFinished(() => first.kill());
	await first.request(call(`bash sleep 300.${process.pid}`));
	const started = () => {
		const [file] = existsSync(workspace.sessionDir) ? sessionFiles(workspace.sessionDir) : [];
		return [...(file?.records.values() ?? [])];
	};
	await until("it to run", () => started().some(({ record }) => record.status === "running"));
	await until("its call to be written", () => {
		const file = started()[0]?.record.transcriptFile;
		return file !== undefined && existsSync(file) && readFileSync(file, "utf8").includes("toolCall");
	});
	await first.kill();

	const second = startRpc({ workspace, args: ["--continue"] });
	onTestFinished(() => second.kill());
	await second.request({ type: "prompt", message: "/agents limits" });
	const told = JSON.stringify(second.events.filter(({ type }) => type === "extension_ui_request"));
	expect(told).toMatch(/turns: 1 of 2 turns/);
	expect(told).toMatch(/spawns: 1 of 5 subagents/);
});
