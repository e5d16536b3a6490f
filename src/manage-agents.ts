import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import { AgentFileWriter } from "./config/agent-file-writer.ts";
import { draftAgent } from "./draft-agent.ts";
import type { Launcher } from "./lifecycle/launcher.ts";
import type { SubagentManager } from "./lifecycle/subagent-manager.ts";
import { modelKey } from "./session/model-choice.ts";
import { isAllowedModel } from "./session/model-decision.ts";
import { captureParentSnapshot, projectOf } from "./session/parent-snapshot.ts";
import type { PlanningParts } from "./session/plan-run.ts";
import { isKnownTool } from "./session/tool-choice.ts";
import { type NewAgentPort, noKeptTexts } from "./ui/agents/types-port.ts";

export interface ManagementParts {
	readonly agentDir: string;
	readonly planning: PlanningParts;
	/** The one of this session at the moment. */
	readonly manager: () => SubagentManager;
	readonly launcher: () => Launcher;
}

/**
 * What a person needs to manage agent files.
 *
 * @returns makes it for one command; what was typed and not written is kept between them
 */
export function agentManagement({
	agentDir,
	planning,
	manager,
	launcher,
}: ManagementParts): (ctx: ExtensionContext) => NewAgentPort {
	const kept = noKeptTexts();
	return (ctx) => {
		const project = projectOf(ctx);
		const parent = () => captureParentSnapshot(planning.pi, ctx);
		const isKnown = (tool: string) => isKnownTool(tool, parent().loaded);
		return {
			catalog: () => planning.catalog(project),
			isKnownTool: isKnown,
			writer: new AgentFileWriter({ agentDir, project, isKnownTool: isKnown }),
			kept,
			models: () => {
				const allowed = planning.settings(project).models;
				return parent()
					.availableModels.filter((model) => isAllowedModel(model, allowed))
					.map(modelKey);
			},
			thinkingLevels: () => parent().thinkingLevels,
			draft: (wish, signal) => draftAgent(wish, signal, { launcher: launcher(), manager: manager(), ctx }),
		};
	};
}
