import { type AgentDefinition, BUILTIN_TOOLS } from "../../src/domain/agent-definition.ts";
import type { RunPlan } from "../../src/session/run-plan.ts";
import { parentSnapshot, SONNET } from "./parent-fake.ts";

const definition: AgentDefinition = {
	name: "Helper",
	description: "helps",
	tools: BUILTIN_TOOLS,
	promptMode: "append",
	instructions: "",
};

/** A plan for a foreground run of `Helper` on Sonnet; a test says what it wants different. */
export function samplePlan(changes: Partial<RunPlan> = {}): RunPlan {
	return {
		kind: "planned",
		definition,
		description: "a task",
		prompt: "Do it.",
		model: SONNET,
		thinkingLevel: "off",
		extensionTools: undefined,
		tools: BUILTIN_TOOLS,
		limits: { turns: undefined, graceTurns: 5 },
		cwd: "/project",
		parent: parentSnapshot(),
		isBackground: false,
		admission: "at-once",
		toolCallId: undefined,
		insteadOfType: undefined,
		remarks: [],
		...changes,
	};
}
