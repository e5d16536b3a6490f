import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import { describe, expect, it } from "vitest";
import { AgentCatalog } from "../../src/config/agent-catalog.ts";
import { DEFAULT_SETTINGS } from "../../src/config/settings.ts";
import type { SubagentRecord } from "../../src/domain/subagent-record.ts";
import type { ForegroundCaller, SubagentManager } from "../../src/lifecycle/subagent-manager.ts";
import type { RunPlan } from "../../src/session/run-plan.ts";
import { readSubagentCall } from "../../src/tools/subagent-params.ts";
import { createSubagentTool, failedRunMark, type SubagentToolDetails } from "../../src/tools/subagent-tool.ts";
import { sampleRecord } from "../domain/sample-record.ts";
import { HAIKU, SONNET } from "../session/parent-fake.ts";

type Run = (plan: RunPlan, caller: ForegroundCaller) => Promise<SubagentRecord>;

const CALL = { prompt: "Find it.", description: "find the parser", subagent_type: "explore" };
const RUNNING = sampleRecord({ status: "running", result: undefined, completedAt: undefined });
const FIRST_LINE = "completed · 2.3s · 3 tool uses · 1.2k tokens · id 0123456789abcdef0123";

const view = { renderCall: () => ({ render: () => [], invalidate: () => {} }) };

/** The tool over a manager that does as `run` does, called as the host would call it. */
function tool(run: Run = async () => sampleRecord()) {
	const seen = { plans: [] as RunPlan[], updates: [] as { text: string; details: SubagentToolDetails }[] };
	const clock = { now: 0 };
	const manager = {
		runInForeground: (plan: RunPlan, caller: ForegroundCaller) => {
			seen.plans.push(plan);
			return run(plan, caller);
		},
	} as unknown as SubagentManager;
	const made = createSubagentTool({
		pi: { getAllTools: () => [], getCommands: () => [], getThinkingLevel: () => "off" },
		manager,
		catalog: new AgentCatalog(),
		settings: DEFAULT_SETTINGS,
		clock: () => clock.now,
		view,
	});
	const ctx = {
		cwd: "/project",
		model: SONNET,
		modelRegistry: { getAvailable: () => [SONNET, HAIKU] },
		getSystemPrompt: () => "You are the parent.",
		sessionManager: { getSessionId: () => "parent-session", getSessionFile: () => undefined },
	} as unknown as ExtensionContext;
	const execute = async (call: Parameters<typeof made.execute>[1], signal?: AbortSignal) =>
		made.execute(
			"call-1",
			call,
			signal,
			({ content, details }) => {
				const [first] = content;
				seen.updates.push({ text: first?.type === "text" ? first.text : "", details });
			},
			ctx,
		);
	return { made, execute, seen, clock };
}

describe("the subagent tool", () => {
	it("tells the model every agent type", () => {
		const { made } = tool();
		expect([made.name, made.label, made.prepareArguments, made.renderCall]).toEqual([
			"subagent",
			"Subagent",
			readSubagentCall,
			view.renderCall,
		]);
		for (const { name, description } of new AgentCatalog().list())
			expect(made.description).toContain(`\n- ${name}: ${description}\n`);
	});

	it("answers with the figures, the text in full, and the record for the renderers", async () => {
		const record = sampleRecord();
		expect(await tool(async () => record).execute(CALL)).toEqual({
			content: [{ type: "text", text: `${FIRST_LINE}\n\nIt is in /src/parser.ts.` }],
			details: record,
		});
	});

	it("plans the run from the call and the parent as it is now", async () => {
		const { execute, seen } = tool();
		await execute({ ...CALL, model: "sonnet", thinking: "high", max_turns: 3 });
		expect(seen.plans).toMatchObject([
			{
				definition: { name: "Explore" },
				description: "find the parser",
				prompt: "Find it.",
				model: SONNET,
				thinkingLevel: "high",
				limits: { turns: 3, graceTurns: 5 },
				cwd: "/project",
				insteadOfType: undefined,
			},
		]);
	});

	it("says in the first line that another agent ran in place of an unknown one", async () => {
		const { content } = await tool().execute({ ...CALL, subagent_type: "nope" });
		expect(content).toEqual([
			{
				type: "text",
				text: `${FIRST_LINE} · unknown agent type "nope", general-purpose ran instead\n\nIt is in /src/parser.ts.`,
			},
		]);
	});

	it("refuses by throwing, in words, and starts nothing", async () => {
		const { execute, seen } = tool();
		await expect(execute({ ...CALL, prompt: " " })).rejects.toThrow(
			"subagent was not started. `prompt` is empty; give the task in words.",
		);
		expect(seen.plans).toEqual([]);
	});

	it("hands the signal of the parent's turn to the run", async () => {
		const abort = new AbortController();
		const signals: unknown[] = [];
		await tool(async (_plan, { signal }) => {
			signals.push(signal);
			return sampleRecord();
		}).execute(CALL, abort.signal);
		expect(signals).toEqual([abort.signal]);
	});

	it("brings the record of a run that failed, without throwing", async () => {
		const failed = sampleRecord({ status: "error", error: "no credit", result: undefined });
		expect((await tool(async () => failed).execute(CALL)).details).toBe(failed);
	});
});

describe("the progress of a run", () => {
	it("is passed on with the record and the activity of the moment", async () => {
		const { execute, seen } = tool(async (_plan, { onProgress }) => {
			onProgress({ record: () => RUNNING, currentActivity: "bash ls" });
			return sampleRecord();
		});
		await execute(CALL);
		expect(seen.updates).toEqual([{ text: "bash ls", details: { ...RUNNING, activity: "bash ls" } }]);
	});

	it("is not passed on after the tool has answered, which would end the older host", async () => {
		let tell = () => {};
		const { execute, seen, clock } = tool(async (_plan, { onProgress }) => {
			tell = () => onProgress({ record: () => RUNNING, currentActivity: "late" });
			return sampleRecord();
		});
		await execute(CALL);
		clock.now = 10_000;
		tell();
		expect(seen.updates).toEqual([]);
	});
});

describe("the mark of a failed run", () => {
	it.each(["error", "stopped"])("makes %s an error for the parent", (status) => {
		expect(failedRunMark({ toolName: "subagent", details: { status } })).toEqual({ isError: true });
	});

	it.each(["completed", "steered", "aborted", "queued", "running"])("is not given to %s", (status) => {
		expect(failedRunMark({ toolName: "subagent", details: { status } })).toBeUndefined();
	});

	it.each([
		["another tool", { toolName: "bash", details: { status: "error" } }],
		["a refused call, which has no details", { toolName: "subagent", details: undefined }],
		["details that are no record", { toolName: "subagent", details: {} }],
		["no details", { toolName: "subagent", details: null }],
	])("is not given to %s", (_what, event) => {
		expect(failedRunMark(event)).toBeUndefined();
	});
});
