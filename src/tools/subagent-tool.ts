import type { AgentToolResult, ExtensionContext, ToolDefinition } from "@mariozechner/pi-coding-agent";
import type { AgentCatalog } from "../config/agent-catalog.ts";
import type { RunRequest } from "../domain/run-request.ts";
import { cutText } from "../domain/shorten.ts";
import type { SubagentRecord } from "../domain/subagent-record.ts";
import { isFailure } from "../domain/subagent-state.ts";
import { backgroundText, boundedRecord, type Remarks, settledText } from "../format/outcome-text.ts";
import { plainLabel, plainLine } from "../format/plain-text.ts";
import type { Subagent } from "../lifecycle/subagent.ts";
import type { SubagentManager } from "../lifecycle/subagent-manager.ts";
import { outsideChildren } from "../session/child-scope.ts";
import { type PlanningParts, planRun } from "../session/plan-run.ts";
import type { RunPlan } from "../session/run-plan.ts";
import { type OrderedCall, planResume } from "./plan-resume.ts";
import { ProgressUpdates } from "./progress-updates.ts";
import type { ResultRoom } from "./result-room.ts";
import { readSubagentCall, SubagentParams } from "./subagent-params.ts";

/** What the tool leaves for renderers: the record, and while it runs what the subagent is doing. */
export type SubagentToolDetails = SubagentRecord & { readonly activity?: string };

export type SubagentTool = ToolDefinition<typeof SubagentParams, SubagentToolDetails>;
type Result = AgentToolResult<SubagentToolDetails>;

export interface SubagentToolParts extends PlanningParts {
	/** The one of this parent at the moment; a reload hands it on. */
	readonly manager: () => SubagentManager;
	readonly clock: () => number;
	/** Shared with the other tool that brings results. */
	readonly room: ResultRoom;
	readonly view: Pick<SubagentTool, "renderCall" | "renderResult">;
}

const SUBAGENT_TOOL = "subagent";

/** @param catalog the agent types its description lists; when they change, the tool is registered anew */
export function createSubagentTool(parts: SubagentToolParts, catalog: AgentCatalog): SubagentTool {
	return {
		name: SUBAGENT_TOOL,
		label: "Subagent",
		description: describeTool(catalog),
		promptSnippet: "Hand a task to a subagent that works in its own session and answers with its result",
		parameters: SubagentParams,
		prepareArguments: readSubagentCall,
		...parts.view,
		execute: async (toolCallId, call, signal, onUpdate, ctx) => {
			const { subagent, plan, remarks } = launch({ ...call, toolCallId }, parts, ctx);
			if (plan.isBackground) return backgroundResult(subagent, parts, remarks);
			const record = await attend(subagent, parts, { signal, onUpdate });
			const text = parts.room.fit(toolCallId, ctx, (room) => settledText(record, remarks, room));
			return { content: [{ type: "text", text }], details: boundedRecord(record) };
		},
	};
}

/** `execute` can only fail by throwing, which loses the details; the host lets this handler mark the result instead. */
export function failedRunMark(event: { toolName: string; details: unknown }): { isError: true } | undefined {
	if (event.toolName !== SUBAGENT_TOOL) return undefined;
	const { status } = (event.details ?? {}) as Partial<SubagentRecord>;
	return status && isFailure(status) ? { isError: true } : undefined;
}

interface Launched {
	readonly subagent: Subagent;
	readonly plan: RunPlan;
	readonly remarks: Remarks;
}

/** @throws Error with a refusal's words, before anything is spent */
function launch(call: OrderedCall, parts: SubagentToolParts, ctx: ExtensionContext): Launched {
	const manager = parts.manager();
	if (call.resume?.trim()) {
		const { subagent, request, remarks } = planResume(call, call.resume, manager);
		const plan = planOrThrow(request, parts, ctx);
		if (subagent.awaitsDelivery) subagent.deliveredVia("tool"); // a remark has its result
		manager.resume(subagent, plan);
		return { subagent, plan, remarks: { onFirstLine: [], below: [...remarks, ...plan.remarks] } };
	}
	const plan = planOrThrow(
		{
			door: "tool",
			prompt: call.prompt,
			description: call.description,
			type: call.subagent_type,
			model: call.model,
			thinking: call.thinking,
			maxTurns: call.max_turns,
			inheritContext: call.inherit_context,
			contextTurns: call.context_turns,
			background: call.run_in_background,
			toolCallId: call.toolCallId,
		},
		parts,
		ctx,
	);
	return { subagent: manager.spawn(plan), plan, remarks: remarksOf(plan) };
}

function planOrThrow(request: RunRequest, parts: PlanningParts, ctx: ExtensionContext): RunPlan {
	const plan = planRun(request, parts, ctx);
	if (plan.kind === "refused") throw new Error(`subagent was not started. ${plan.message}`);
	return plan;
}

function backgroundResult(subagent: Subagent, { manager }: SubagentToolParts, remarks: Remarks): Result {
	const record = subagent.record();
	const text = backgroundText(record, manager().queuePosition(subagent.id), remarks);
	return { content: [{ type: "text", text }], details: record };
}

async function attend(
	subagent: Subagent,
	{ manager, clock }: SubagentToolParts,
	call: { signal: AbortSignal | undefined; onUpdate: Parameters<SubagentTool["execute"]>[3] },
): Promise<SubagentRecord> {
	const updates = new ProgressUpdates(clock, () => {
		const details = { ...subagent.record(), activity: subagent.currentActivity };
		outsideChildren(() => call.onUpdate?.({ content: [{ type: "text", text: details.activity }], details }));
	});
	try {
		return await manager().attend(subagent, { signal: call.signal, onProgress: () => updates.changed() });
	} finally {
		updates.end();
	}
}

function remarksOf({ insteadOfType, definition, remarks }: RunPlan): Remarks {
	const onFirstLine =
		insteadOfType !== undefined
			? [`unknown agent type "${plainLabel(insteadOfType)}", ${definition.name} ran instead`]
			: [];
	return { onFirstLine, below: remarks };
}

/** Some collections put whole dialogues into a description; it is in every prompt of the parent. */
const LONGEST_DESCRIPTION = 400;

function inOneLine(description: string): string {
	const { text, isCut } = cutText(plainLine(description), LONGEST_DESCRIPTION);
	return isCut ? `${text}…` : text;
}

function describeTool(catalog: AgentCatalog): string {
	const types = catalog.list().map(({ name, description }) => `- ${name}: ${inOneLine(description)}`);
	return `Hand a task to a subagent. It works in a session of its own with its own tools, and its last message comes back as the result.

Agent types:
${types.join("\n")}

Use it for work that would fill this conversation with material you do not need afterwards, and for independent tasks: several calls in one message run at the same time. Do small things yourself. The subagent sees only the prompt, so say in it what to do, where to look, what to leave alone, and what to answer with.

With run_in_background it returns at once: go on with something else, you are notified of the result; do not poll. With resume the prompt continues the conversation of a subagent that has ended.`;
}
