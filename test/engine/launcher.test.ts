import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fauxAssistantMessage } from "@mariozechner/pi-ai";
import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AgentCatalog } from "../../src/agents/agent-catalog.ts";
import { PERSON_POLICY, TOOL_POLICY } from "../../src/domain/run-request.ts";
import { defaultResumePrompt, Launcher } from "../../src/engine/launcher.ts";
import { restoreSubagent } from "../../src/engine/restore-subagent.ts";
import { newSubagent, Subagent } from "../../src/engine/subagent.ts";
import type { SubagentSupervisor } from "../../src/engine/subagent-supervisor.ts";
import type { RunPlan } from "../../src/planning/run-plan.ts";
import { DEFAULT_SETTINGS } from "../../src/settings/settings-schema.ts";
import { HAIKU, SONNET } from "../planning/parent-fake.ts";
import { samplePlan } from "../planning/sample-plan.ts";
import { sampleStored } from "../store/sample-stored.ts";

const observer = { onProgress: () => undefined, onCompacted: () => undefined, onDurableChange: () => undefined };

let folder: string;
let transcriptFile: string;
beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "pi-crew-launcher-"));
	transcriptFile = join(folder, "a.jsonl");
	const lines = [
		{ type: "session", version: 3, id: "child", timestamp: "2026-01-01T00:00:00.000Z", cwd: "/" },
		{ type: "message", id: "m1", parentId: null, message: fauxAssistantMessage("It is in /src/parser.ts.") },
	];
	writeFileSync(transcriptFile, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
});
afterAll(() => rmSync(folder, { recursive: true }));

function restored(status: "queued" | "running" | "completed", isElsewhere = false, file = transcriptFile): Subagent {
	const runs = { latest: sampleStored({ record: { status, transcriptFile: file } }), earlier: [] };
	const circumstances = { isElsewhere, isAcknowledged: () => false, conversation: [], now: 9000 };
	return new Subagent(restoreSubagent(runs, circumstances), () => 9999, observer);
}

const ctx = {
	cwd: "/project",
	hasUI: true,
	model: SONNET,
	modelRegistry: { getAvailable: () => [SONNET, HAIKU] },
	getSystemPrompt: () => "You are the parent.",
	sessionManager: { getSessionId: () => "parent-session", getSessionFile: () => undefined },
} as unknown as ExtensionContext;

/** Resumes this subagent; the plan that the supervisor got is in `plans`. */
function resume(subagent: Subagent, policy = TOOL_POLICY) {
	const plans: RunPlan[] = [];
	const supervisor = {
		lookUp: () => subagent,
		resume: (_subagent: Subagent, plan: RunPlan) => void plans.push(plan),
	} as unknown as SubagentSupervisor;
	const launcher = new Launcher(supervisor, {
		pi: { getAllTools: () => [], getActiveTools: () => [], getCommands: () => [], getThinkingLevel: () => "off" },
		catalog: () => new AgentCatalog(),
		settings: () => DEFAULT_SETTINGS,
	});
	return { outcome: launcher.resume(subagent.id, { policy, prompt: "more", toolCallId: "call-9" }, ctx), plans };
}

describe("a resume", () => {
	it.each(["queued", "running"] as const)("is refused for a subagent that is %s, which can be steered", (status) => {
		const subagent = new Subagent(newSubagent("id-1", samplePlan(), 0), () => 0, observer);
		if (status === "running") subagent.start();
		const message = `Subagent id-1 is ${status} and cannot be resumed; steer it instead.`;
		expect(resume(subagent)).toEqual({ outcome: { kind: "refused", code: "not-settled", reason: message }, plans: [] });
	});

	it.each(["queued", "running", "completed"] as const)(
		"is refused where another pi owns the subagent: %s",
		(status) => {
			expect(resume(restored(status, true))).toMatchObject({
				outcome: {
					code: "elsewhere",
					reason: expect.stringContaining("belongs to another session or another running pi"),
				},
				plans: [],
			});
		},
	);

	it.each(["completed", "running", "queued"] as const)(
		"continues what had ended, was interrupted or waited in a queue, as it was: %s",
		(status) => {
			expect(resume(restored(status)).plans).toMatchObject([
				{
					spec: { description: "find the parser", definition: { name: "Explore" }, prompt: "more" },
					context: { model: HAIKU },
				},
			]);
		},
	);

	it("is refused where the transcript is gone, before it would take the place of the result there is", () => {
		const { outcome, plans } = resume(restored("completed", false, "/nowhere/a.jsonl"));
		expect([outcome, plans]).toMatchObject([
			{
				kind: "refused",
				code: "no-transcript",
				reason: expect.stringContaining("its transcript /nowhere/a.jsonl is gone"),
			},
			[],
		]);
	});

	it("brings the result of the run before to the parent that resumes, in the call that asks for it", () => {
		const subagent = restored("completed");
		const { outcome } = resume(subagent);
		expect(outcome).toMatchObject({ undelivered: { result: "It is in /src/parser.ts." } });
		expect(subagent.stored({ pid: 1, hostname: "h" })).toMatchObject({
			carrier: "call-9",
			record: { delivery: { state: "delivered", via: "tool" } },
		});
	});

	it("leaves the result of the run before due where somebody else resumes", () => {
		const subagent = restored("completed");
		const { outcome } = resume(subagent, PERSON_POLICY);
		expect([outcome, subagent.dueResults().length]).toMatchObject([{ undelivered: undefined }, 1]);
	});
});

it("prompts a suspended subagent to begin, an interrupted one to check what is done, and any other to continue", () => {
	const prompts = (["queued", "running", "completed"] as const).map((status) => defaultResumePrompt(restored(status)));
	expect(prompts).toEqual([
		"Begin with your task now.",
		expect.stringContaining("pi ended while you were working"),
		"Continue with your task.",
	]);
});
