import type { ExtensionAPI, ExtensionContext } from "@mariozechner/pi-coding-agent";
import type { AgentCatalog } from "../config/agent-catalog.ts";
import type { Settings } from "../config/settings.ts";
import type { RunRequest } from "../domain/run-request.ts";
import { captureParentSnapshot, readConversation } from "../session/parent-snapshot.ts";
import { type RunPlan, resolveRunPlan } from "../session/run-plan.ts";

/** What planning reads while a call of the parent lasts. */
export interface PlanningParts {
	readonly pi: Pick<ExtensionAPI, "getAllTools" | "getCommands" | "getThinkingLevel">;
	/** @returns the agent types there are now */
	readonly catalog: (cwd: string) => AgentCatalog;
	/** @returns what is in force now */
	readonly settings: (cwd: string) => Settings;
}

/** @throws Error with the refusal's words; the host makes a tool error of it */
export function planOrThrow(request: RunRequest, parts: PlanningParts, ctx: ExtensionContext): RunPlan {
	const parent = captureParentSnapshot(parts.pi, ctx);
	const plan = resolveRunPlan(request, {
		catalog: parts.catalog(parent.cwd),
		settings: parts.settings(parent.cwd),
		parent,
		readConversation: () => readConversation(ctx),
	});
	if (plan.kind === "refused") throw new Error(`subagent was not started. ${plan.message}`);
	return plan;
}
