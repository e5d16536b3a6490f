import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import { describe, expect, it } from "vitest";
import { AgentCatalog } from "../../src/agents/agent-catalog.ts";
import type { SubagentRecord } from "../../src/domain/subagent-record.ts";
import { Launcher } from "../../src/engine/launcher.ts";
import type { ForegroundCaller } from "../../src/engine/live-run.ts";
import type { SubagentSupervisor } from "../../src/engine/subagent-supervisor.ts";
import type { PlanningParts, RunPlan } from "../../src/planning/run-plan.ts";
import { currentChild, insideChild } from "../../src/platform/child-scope.ts";
import { DEFAULT_SETTINGS } from "../../src/settings/settings-schema.ts";

import { ResultRoom } from "../../src/tools/result-room.ts";
import {
	createSubagentTool,
	failedRunMark,
	readSubagentCall,
	type SubagentToolDetails,
} from "../../src/tools/subagent-tool.ts";

import { asFile, sampleAgent } from "../agents/sample-agent.ts";
import { sampleRecord } from "../domain/sample-record.ts";
import { HAIKU, SONNET } from "../planning/parent-fake.ts";
import { fakeManager, fakeSubagent } from "./manager-fake.ts";

type Run = (caller: ForegroundCaller) => Promise<SubagentRecord>;

const CALL = { prompt: "Find it.", description: "find the parser", subagent_type: "explore" };
const RUNNING = sampleRecord({ status: "running", result: undefined, completedAt: undefined });
const FIRST_LINE = "completed · 2.3s · 3 tool uses · 1.2k tokens · id 0123456789abcdef0123";
const RESULT = "It is in /src/parser.ts.";

const view = { renderCall: () => ({ render: () => [], invalidate: () => {} }) };

interface Situation {
	/** The outcome of a foreground run. */
	readonly run?: Run;
	/** What the subagent is when it was spawned or is resumed. */
	readonly record?: SubagentRecord;
	readonly queuePosition?: number;
	/** Nobody is there when a background run ends. */
	readonly unattended?: boolean;
	readonly onUpdate?: () => void;
	/** The agent types when the tool was registered, and those there are when it is called. */
	readonly listed?: AgentCatalog;
	readonly now?: AgentCatalog;
}

/** The tool over a manager of one subagent, called as the host would call it. */
function tool(situation: Situation = {}) {
	const { run = async () => sampleRecord(), record = RUNNING, queuePosition = 0, unattended = false } = situation;
	const { onUpdate = () => {}, listed = new AgentCatalog(), now = listed } = situation;
	const seen = { plans: [] as RunPlan[], resumed: 0, updates: [] as { text: string; details: SubagentToolDetails }[] };
	const clock = { now: 0 };
	const { subagent } = fakeSubagent(record);
	const manager = {
		...fakeManager([subagent]).manager,
		spawn: (plan: RunPlan) => {
			seen.plans.push(plan);
			return subagent;
		},
		resume: (resumed: unknown, plan: RunPlan) => {
			expect(resumed).toBe(subagent);
			seen.resumed++;
			seen.plans.push(plan);
		},
		attend: async (_subagent: unknown, caller: ForegroundCaller) => ({ kind: "settled", record: await run(caller) }),
		queuePosition: () => queuePosition,
	} as unknown as SubagentSupervisor;
	const planning: PlanningParts = {
		pi: { getAllTools: () => [], getActiveTools: () => [], getCommands: () => [], getThinkingLevel: () => "off" },
		catalog: ({ cwd }) => (cwd === "/project" ? now : new AgentCatalog()),
		settings: () => DEFAULT_SETTINGS,
	};
	const made = createSubagentTool(
		{
			session: { manager, launcher: new Launcher(manager, planning) },
			clock: () => clock.now,
			room: new ResultRoom(),
			view,
		},
		listed,
	);
	const ctx = {
		cwd: "/project",
		hasUI: !unattended,
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
				onUpdate();
				const [first] = content;
				seen.updates.push({ text: first?.type === "text" ? first.text : "", details });
			},
			ctx,
		);
	return { made, execute, seen, clock };
}

const text = (said: string) => [{ type: "text", text: said }];

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

	it("tells the model of each type in one line, of very long descriptions the beginning", () => {
		const line = (description: string) => {
			const { made } = tool({ listed: new AgentCatalog([[asFile(sampleAgent({ name: "Wild", description }))]]) });
			return made.description.match(/^- .*$/gm)?.at(-1);
		};
		expect(line("Use it when:\n\n- <example>\n\ta\r\n  b\u001b[31m\u0000 c\n")).toBe(
			"- Wild: Use it when: - <example> a b c",
		);
		expect(line("x".repeat(400))).toBe(`- Wild: ${"x".repeat(400)}`);
		expect(line(`${"x ".repeat(5000)}`)).toBe(`- Wild: ${"x ".repeat(200)}…`);
		expect(line("🦀".repeat(401))).toBe(`- Wild: ${"🦀".repeat(400)}…`);
	});

	it("tells the model the types it was registered with, and runs what there is when it is called", async () => {
		const listed = new AgentCatalog([[asFile(sampleAgent({ name: "Old", description: "as it was" }))]]);
		const now = new AgentCatalog([[asFile(sampleAgent({ name: "New" }))]]);
		const { made, execute, seen } = tool({ listed, now });
		expect(made.description).toContain("\n- Old: as it was\n");
		await execute({ ...CALL, subagent_type: "new" });
		expect(seen.plans).toMatchObject([{ spec: { definition: { name: "New" } } }]);
	});

	it("answers with the figures, the text in full, and the record for the renderers", async () => {
		const record = sampleRecord();
		expect(await tool({ run: async () => record }).execute(CALL)).toEqual({
			content: text(`${FIRST_LINE}\n\n${RESULT}`),
			details: record,
			structuredContent: { ...record, text: `${FIRST_LINE}\n\n${RESULT}` },
		});
	});

	it("plans the run from the call and the parent as it is now", async () => {
		const { execute, seen } = tool();
		await execute({ ...CALL, model: "sonnet", thinking: "high", max_turns: 3 });
		expect(seen.plans).toMatchObject([
			{
				spec: {
					definition: { name: "Explore" },
					description: "find the parser",
					prompt: "Find it.",
					thinkingLevel: "high",
					limits: { turns: 3 },
					cwd: "/project",
					isBackground: false,
					toolCallId: "call-1",
				},
				context: { model: SONNET },
				insteadOfType: undefined,
			},
		]);
	});

	const TYPES = "Note: the agent types are general-purpose, Explore, Plan";

	it("says in the first line that another agent ran in place of an unknown one", async () => {
		const { content } = await tool().execute({ ...CALL, subagent_type: "nope" });
		expect(content).toEqual(
			text(`${FIRST_LINE} · unknown agent type "nope", general-purpose ran instead\n${TYPES}\n\n${RESULT}`),
		);
	});

	it("says so also when the type was left empty", async () => {
		const { content } = await tool().execute({ ...CALL, subagent_type: "" });
		expect(content).toEqual(
			text(`${FIRST_LINE} · unknown agent type "", general-purpose ran instead\n${TYPES}\n\n${RESULT}`),
		);
	});

	it("says so in one line, whatever the type is made of", async () => {
		const { content } = await tool().execute({ ...CALL, subagent_type: "no\npe" });
		expect(content).toEqual(
			text(`${FIRST_LINE} · unknown agent type "no pe", general-purpose ran instead\n${TYPES}\n\n${RESULT}`),
		);
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
		const run: Run = async ({ signal }) => {
			signals.push(signal);
			return sampleRecord();
		};
		await tool({ run }).execute(CALL, abort.signal);
		expect(signals).toEqual([abort.signal]);
	});

	it("brings the record of a run that failed, without throwing", async () => {
		const failed = sampleRecord({ status: "error", error: "no credit", result: undefined });
		expect((await tool({ run: async () => failed }).execute(CALL)).details).toEqual(failed);
	});
});

describe("a call for the background", () => {
	it("answers at once, with the record and what there is to know", async () => {
		const run: Run = () => new Promise(() => {});
		const { execute, seen } = tool({ run });
		const { content, details } = await execute({ ...CALL, run_in_background: true });
		expect([seen.plans[0]?.spec.isBackground, details]).toEqual([true, RUNNING]);
		expect(content).toEqual(
			text(
				[
					"Subagent started in the background",
					"Agent ID: 0123456789abcdef0123",
					"Type: Explore",
					"Description: find the parser",
					"",
					"You will be notified when it has ended. Continue with something else meanwhile; do not poll.",
				].join("\n"),
			),
		);
	});

	it("says where it waits in the queue, and what ran in place of an unknown type", async () => {
		const { execute } = tool({ queuePosition: 2 });
		const { content } = await execute({ ...CALL, subagent_type: "nope", run_in_background: true });
		expect(content).toEqual([
			{
				type: "text",
				text: expect.stringMatching(
					/^Subagent queued at position 2 in the background · unknown agent type "nope", general-purpose ran instead\n.*\nQueue position: 2\n/s,
				),
			},
		]);
	});

	it("waits for the result where nobody would be notified of it, and says why", async () => {
		const { content } = await tool({ unattended: true }).execute({ ...CALL, run_in_background: true });
		expect(content).toEqual(
			text(
				`${FIRST_LINE}\nNote: it ran in the foreground, because in this mode nobody would be there when a background run ends\n\n${RESULT}`,
			),
		);
	});
});

describe("a call to resume", () => {
	const settled = sampleRecord();
	const resume = { ...CALL, prompt: "Continue.", resume: settled.id };

	it("runs the subagent again as what it is, and brings its result", async () => {
		const { execute, seen } = tool({ record: settled });
		const { content } = await execute(resume);
		expect([seen.resumed, seen.plans]).toMatchObject([
			1,
			[
				{
					spec: { prompt: "Continue.", thinkingLevel: "off", isBackground: false, toolCallId: "call-1" },
					context: { model: HAIKU },
				},
			],
		]);
		expect(content).toEqual(text(`${FIRST_LINE}\n\n${RESULT}`));
	});

	it("goes into the background when asked to", async () => {
		const { execute, seen } = tool({ record: settled });
		const { content } = await execute({ ...resume, run_in_background: true });
		expect([seen.plans[0]?.spec.isBackground, content]).toMatchObject([
			true,
			[{ text: expect.stringMatching(/^Subagent started in the background\n/) }],
		]);
	});

	it.each([
		["another type", { subagent_type: "Plan" }, "it is of type Explore"],
		["a model", { model: "sonnet" }, "it keeps its model anthropic/claude-haiku-4-5"],
		["a thinking level", { thinking: "high" }, "it keeps its thinking level off"],
		["some of the conversation", { context_turns: 2 }, "it has a conversation of its own and inherits none"],
		["the conversation", { inherit_context: true }, "it has a conversation of its own and inherits none"],
	])("says that the call does not change %s", async (_what, call, reason) => {
		const { content } = await tool({ record: settled }).execute({ ...resume, ...call });
		expect(content).toEqual(text(`${FIRST_LINE}\nNote: resumed as it was: ${reason}\n\n${RESULT}`));
	});

	it("says nothing of a call that changes nothing", async () => {
		const { content } = await tool({ record: settled }).execute({
			...resume,
			subagent_type: " eXPLORE ",
			inherit_context: false,
		});
		expect(content).toEqual(text(`${FIRST_LINE}\n\n${RESULT}`));
	});

	it.each([
		["an empty prompt", { prompt: " " }, "subagent was not started. `prompt` is empty; give the task in words."],
		["an unknown id", { resume: "nobody" }, 'There is no subagent "nobody".'],
	])("is refused for %s, and nothing is started", async (_what, changes, message) => {
		const { execute, seen } = tool({ record: settled });
		await expect(execute({ ...resume, ...changes })).rejects.toThrow(message);
		expect(seen).toEqual({ plans: [], resumed: 0, updates: [] });
	});

	it("is refused for one that has not ended", async () => {
		const { execute, seen } = tool({ record: RUNNING });
		await expect(execute(resume)).rejects.toThrow("is running and cannot be resumed; steer it instead.");
		expect(seen.resumed).toBe(0);
	});
});

describe("the progress of a run", () => {
	it("is passed on with the record and the activity of the moment", async () => {
		const { execute, seen, clock } = tool({
			run: async ({ onProgress }) => {
				clock.now = 10_000;
				onProgress();
				return sampleRecord();
			},
		});
		await execute(CALL);
		expect(seen.updates).toEqual([{ text: "bash ls", details: { ...RUNNING, activity: "bash ls" } }]);
	});

	it("is not passed on after the tool has answered, which would end the older host", async () => {
		let tell = () => {};
		const { execute, seen, clock } = tool({
			run: async ({ onProgress }) => {
				tell = onProgress;
				return sampleRecord();
			},
		});
		await execute(CALL);
		clock.now = 10_000;
		tell();
		expect(seen.updates).toEqual([]);
	});

	it("is passed on outside the child's scope, in which it comes about", async () => {
		const scopes: unknown[] = [];
		const { execute, clock } = tool({
			run: async ({ onProgress }) => {
				clock.now = 10_000;
				insideChild({ subagentId: "a", agentName: "Explore" }, onProgress);
				return sampleRecord();
			},
			onUpdate: () => void scopes.push(currentChild()),
		});
		await execute(CALL);
		expect(scopes).toEqual([undefined]);
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
