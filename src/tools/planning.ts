import type { ExtensionAPI, ExtensionContext } from "@mariozechner/pi-coding-agent";
import type { AgentCatalog } from "../config/agent-catalog.ts";
import type { ProjectPlace } from "../config/project-place.ts";
import type { Settings } from "../config/settings.ts";
import type { RunRequest } from "../domain/run-request.ts";
import { captureParentSnapshot, projectOf, readConversation } from "../session/parent-snapshot.ts";
import { type RunPlan, resolveRunPlan } from "../session/run-plan.ts";

/** What planning reads while a call of the parent lasts. */
export interface PlanningParts {
	readonly pi: Pick<ExtensionAPI, "getAllTools" | "getCommands" | "getThinkingLevel">;
	/** @returns the agent types there are now */
	readonly catalog: (place: ProjectPlace) => AgentCatalog;
	/** @returns what is in force now */
	readonly settings: (place: ProjectPlace) => Settings;
}

/** @throws Error with the refusal's words; the host makes a tool error of it */
export function planOrThrow(request: RunRequest, parts: PlanningParts, ctx: ExtensionContext): RunPlan {
	const parent = captureParentSnapshot(parts.pi, ctx);
	const project = projectOf(ctx);
	const plan = resolveRunPlan(request, {
		catalog: parts.catalog(project),
		settings: parts.settings(project),
		parent,
		readConversation: () => readConversation(ctx),
	});
	if (plan.kind === "refused") throw new Error(`subagent was not started. ${plan.message}`);
	return plan;
}
