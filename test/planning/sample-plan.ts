import { BUILTIN_TOOLS } from "../../src/domain/agent-definition.ts";
import type { ChildPlan, RunPlan } from "../../src/planning/run-plan.ts";
import { sampleAgent } from "../agents/sample-agent.ts";
import { parentSnapshot, SONNET } from "./parent-fake.ts";

/** A plan for a foreground run of `Helper` on Sonnet; a test says what it wants different in its spec or context. */
export function samplePlan(changes: Partial<ChildPlan> = {}): RunPlan {
	const { model = SONNET, parent = parentSnapshot(), ...spec } = changes;
	return {
		kind: "planned",
		spec: {
			definition: sampleAgent(),
			description: "a task",
			prompt: "Do it.",
			inheritsContext: false,
			modelId: `${model.provider}/${model.id}`,
			contextWindow: model.contextWindow,
			allowedModels: [],
			thinkingLevel: "off",
			tools: BUILTIN_TOOLS,
			withheldTools: [],
			limits: {},
			graceTurns: 5,
			cwd: "/project",
			parentSessionId: parent.sessionId,
			lineage: parent.childLineage,
			isBackground: false,
			report: "return",
			admission: "at-once",
			...spec,
		},
		context: { model, parent, images: [], imageFiles: [], unknownTools: [], remembers: false },
		insteadOfType: undefined,
		remarks: [],
	};
}

/** The same as a child session is made from it. */
export function sampleChildPlan(changes: Partial<ChildPlan> = {}): ChildPlan {
	const { spec, context } = samplePlan(changes);
	return { ...spec, ...context };
}
