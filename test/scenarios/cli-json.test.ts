import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createWorkspace, runPi } from "../support/cli.ts";
import { callSubagent } from "../support/said.ts";
import { toolResults } from "../support/tool-results.ts";

describe("pi in JSON mode", () => {
	it("streams progress while a subagent works and ends with its record, whose transcript lies on the disk", async () => {
		const workspace = createWorkspace();
		onTestFinished(workspace.remove);
		const prompt = callSubagent({ prompt: "bash echo from-the-child", description: "echo a word", model: "haiku" });
		const run = await runPi({ workspace, mode: "json", prompt });
		expect(run).toMatchObject({ code: 0, stderr: "" });

		const progress = run.events.filter((event) => event.type === "tool_execution_update").map(partialDetails);
		expect(progress[0]).toMatchObject({ type: "general-purpose", description: "echo a word", status: "running" });
		expect(progress.every(({ activity }) => typeof activity === "string" && activity !== "")).toBe(true);

		const [result] = toolResults(run.events);
		const { details } = result ?? {};
		expect(details).toMatchObject({
			id: expect.stringMatching(/^[\w-]{17,}$/),
			type: "general-purpose",
			description: "echo a word",
			status: "completed",
			result: expect.stringContaining("from-the-child"),
			toolUses: 1,
			turns: 2,
			model: "faux/faux-haiku",
			isBackground: false,
		});
		expect(progress[0]?.id).toBe(details?.id);

		const parentFile = join(workspace.sessionDir, readdirSync(workspace.sessionDir).find(isSessionFile) ?? "");
		expect(String(details?.transcriptFile)).toContain(`${parentFile.replace(/\.jsonl$/, "")}/tasks/`);
		const [header, ...entries] = readFileSync(String(details?.transcriptFile), "utf8").trimEnd().split("\n");
		expect(JSON.parse(header ?? "")).toMatchObject({ type: "session", parentSession: parentFile, cwd: workspace.cwd });
		expect(entries.join("\n")).toContain("bash echo from-the-child");
	});
});

function partialDetails(update: Readonly<Record<string, unknown>>): Record<string, unknown> {
	return (update.partialResult as { details: Record<string, unknown> }).details;
}

function isSessionFile(name: string): boolean {
	return name.endsWith(".jsonl");
}
