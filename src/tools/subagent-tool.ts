import type { AgentToolResult, ExtensionAPI, ExtensionContext, ToolDefinition } from "@mariozechner/pi-coding-agent";
import type { AgentCatalog } from "../config/agent-catalog.ts";
import type { Settings } from "../config/settings.ts";
import type { SubagentRecord } from "../domain/subagent-record.ts";
import { isFailure } from "../domain/subagent-state.ts";
import { settledText } from "../format/outcome-text.ts";
import type { SubagentManager } from "../lifecycle/subagent-manager.ts";
import { captureParentSnapshot, readConversation } from "../session/parent-snapshot.ts";
import { type RunPlan, resolveRunPlan } from "../session/run-plan.ts";
import { ProgressUpdates } from "./progress-updates.ts";
import { readSubagentCall, type SubagentCall, SubagentParams } from "./subagent-params.ts";

/** What the tool leaves for renderers: the record, and while it runs what the subagent is doing. */
export type SubagentToolDetails = SubagentRecord & { readonly activity?: string };

export type SubagentTool = ToolDefinition<typeof SubagentParams, SubagentToolDetails>;
export type SubagentToolView = Pick<SubagentTool, "renderCall" | "renderResult">;

export interface SubagentToolParts {
	readonly pi: Pick<ExtensionAPI, "getAllTools" | "getCommands" | "getThinkingLevel">;
	readonly manager: SubagentManager;
	readonly catalog: AgentCatalog;
	readonly settings: Settings;
	readonly clock: () => number;
	readonly view: SubagentToolView;
}

export const SUBAGENT_TOOL = "subagent";

export function createSubagentTool(parts: SubagentToolParts): SubagentTool {
	return {
		name: SUBAGENT_TOOL,
		label: "Subagent",
		description: describeTool(parts.catalog),
		promptSnippet: "Hand a task to a subagent that works in its own session and answers with its result",
		parameters: SubagentParams,
		prepareArguments: readSubagentCall,
		...parts.view,
		execute: (_toolCallId, call, signal, onUpdate, ctx) => {
			const plan = planCall(call, parts, ctx);
			return runPlan(plan, parts, { signal, onUpdate });
		},
	};
}

/** `execute` can only fail by throwing, which loses the details; the host lets this handler mark the result instead. */
export function failedRunMark(event: { toolName: string; details: unknown }): { isError: true } | undefined {
	if (event.toolName !== SUBAGENT_TOOL) return undefined;
	const { status } = (event.details ?? {}) as Partial<SubagentRecord>;
	return status && isFailure(status) ? { isError: true } : undefined;
}

/** @throws Error with the refusal's words; the host makes a tool error of it */
function planCall(call: SubagentCall, { pi, catalog, settings }: SubagentToolParts, ctx: ExtensionContext): RunPlan {
	const plan = resolveRunPlan(
		{
			prompt: call.prompt,
			description: call.description,
			type: call.subagent_type,
			model: call.model,
			thinking: call.thinking,
			maxTurns: call.max_turns,
			inheritContext: call.inherit_context,
			unknownType: "fallback",
		},
		{ catalog, settings, parent: captureParentSnapshot(pi, ctx), readConversation: () => readConversation(ctx) },
	);
	if (plan.kind === "refused") throw new Error(`subagent was not started. ${plan.message}`);
	return plan;
}

async function runPlan(
	plan: RunPlan,
	{ manager, clock }: SubagentToolParts,
	call: { signal: AbortSignal | undefined; onUpdate: Parameters<SubagentTool["execute"]>[3] },
): Promise<AgentToolResult<SubagentToolDetails>> {
	let look = (): SubagentToolDetails | undefined => undefined;
	const updates = new ProgressUpdates(clock, () => {
		const details = look();
		if (details) call.onUpdate?.({ content: [{ type: "text", text: details.activity ?? "" }], details });
	});
	try {
		const record = await manager.runInForeground(plan, {
			signal: call.signal,
			onProgress: (running) => {
				look = () => ({ ...running.record(), activity: running.currentActivity });
				updates.changed();
			},
		});
		return { content: [{ type: "text", text: settledText(record, remarksOf(plan)) }], details: record };
	} finally {
		updates.end();
	}
}

function remarksOf(plan: RunPlan): Parameters<typeof settledText>[1] {
	const { insteadOfType, definition, remarks } = plan;
	const onFirstLine = insteadOfType ? [`unknown agent type "${insteadOfType}", ${definition.name} ran instead`] : [];
	return { onFirstLine, below: remarks };
}

function describeTool(catalog: AgentCatalog): string {
	const types = catalog.list().map((definition) => `- ${definition.name}: ${definition.description}`);
	return `Hand a task to a subagent. It works in a session of its own with its own tools, and its last message comes back as the result.

Agent types:
${types.join("\n")}

Use it for work that would fill this conversation with material you do not need afterwards, and for independent tasks: several calls in one message run at the same time. Do small things yourself. The subagent sees only the prompt, so say in it what to do, where to look, what to leave alone, and what to answer with.`;
}
