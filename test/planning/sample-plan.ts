import { BUILTIN_TOOLS } from "../../src/domain/agent-definition.ts";
import type { RunPlan } from "../../src/planning/run-plan.ts";
import { sampleAgent } from "../agents/sample-agent.ts";
import { parentSnapshot, SONNET } from "./parent-fake.ts";

/** A plan for a foreground run of `Helper` on Sonnet; a test says what it wants different. */
export function samplePlan(changes: Partial<RunPlan> = {}): RunPlan {
	return {
		kind: "planned",
		definition: sampleAgent(),
		description: "a task",
		prompt: "Do it.",
		inheritsContext: false,
		model: SONNET,
		otherModels: [],
		allowedModels: [],
		thinkingLevel: "off",
		tools: BUILTIN_TOOLS,
		extensionTools: undefined,
		hostTools: undefined,
		withheldTools: [],
		limits: { turns: undefined, graceTurns: 5 },
		cwd: "/project",
		parent: parentSnapshot(),
		resumed: undefined,
		isBackground: false,
		report: "return",
		admission: "at-once",
		toolCallId: undefined,
		insteadOfType: undefined,
		remarks: [],
		...changes,
	};
}
