import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import type { AgentCatalog } from "../config/agent-catalog.ts";
import type { ProjectPlace } from "../config/project-place.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { RunRequest } from "../domain/run-request.ts";
import type { Settings } from "../domain/settings.ts";
import { captureParentSnapshot, projectOf, readConversation, type SnapshotSource } from "./parent-snapshot.ts";
import { type PlanningSources, type RunPlan, resolveRunPlan } from "./run-plan.ts";

/** What planning reads while a call lasts. */
export interface PlanningParts {
	readonly pi: SnapshotSource;
	/** @returns the agent types there are now */
	readonly catalog: (place: ProjectPlace) => AgentCatalog;
	/** @returns what is in force now */
	readonly settings: (place: ProjectPlace) => Settings;
}

/** One run may have agent types of its own. */
type RunPlanningParts = Omit<PlanningParts, "catalog"> & {
	readonly catalog: (place: ProjectPlace) => PlanningSources["catalog"];
};

/** Plans a run for the parent as it is at this moment. */
export function planRun(request: RunRequest, parts: RunPlanningParts, ctx: ExtensionContext): RunPlan | Refusal {
	const project = projectOf(ctx);
	return resolveRunPlan(request, {
		catalog: parts.catalog(project),
		settings: parts.settings(project),
		parent: captureParentSnapshot(parts.pi, ctx),
		readConversation: () => readConversation(ctx),
	});
}
