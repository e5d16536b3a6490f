import type { ExtensionContext, ToolDefinition } from "@mariozechner/pi-coding-agent";
import { type Static, Type } from "typebox";
import type { AgentCatalog } from "../agents/agent-catalog.ts";
import { type Refused, refuse } from "../domain/refusal.ts";
import { TOOL_POLICY } from "../domain/run-request.ts";
import type { SubagentRecord } from "../domain/subagent-record.ts";
import { isFailure } from "../domain/subagent-state.ts";
import type { ToolSession } from "../engine/launcher.ts";
import type { Attended } from "../engine/live-run.ts";
import type { Subagent } from "../engine/subagent.ts";
import { typeList } from "../format/catalog-text.ts";
import { backgroundText, carriedRecord, type Remarks, settledText, startNotes } from "../format/outcome-text.ts";
import type { RunPlan } from "../planning/run-plan.ts";
import { outsideChildren } from "../platform/child-scope.ts";
import { modelText, plainLabel } from "../platform/plain-text.ts";
import { parameterReader } from "./parameter-reader.ts";
import type { ResultRoom } from "./result-room.ts";
import { RUN_OUTPUT, runResult, type ScriptableTool, type StructuredResult } from "./structured-result.ts";

/** The tool's `details` for renderers: the record, and while it runs the subagent's activity and how it differs from the call. */
export type SubagentToolDetails = SubagentRecord & { readonly activity?: string; readonly notes?: string };

export type SubagentTool = ToolDefinition<typeof SubagentParams, SubagentToolDetails> & ScriptableTool;
type Result = StructuredResult<SubagentToolDetails>;

export interface SubagentToolParts {
	/** The parent's; none of it is kept beyond a call. */
	readonly session: ToolSession;
	readonly clock: () => number;
	/** Shared with the other tool that returns results. */
	readonly room: ResultRoom;
	readonly view: Pick<SubagentTool, "renderCall" | "renderResult">;
}

const SUBAGENT_TOOL = "subagent";

/** Remark of a call that returned before its run ended. */
const DETACHED = "the user moved it to the background while it was running";

/** @param catalog the agent types its description lists; when they change, the tool is registered anew */
export function createSubagentTool(parts: SubagentToolParts, catalog: Pick<AgentCatalog, "list">): SubagentTool {
	return {
		name: SUBAGENT_TOOL,
		label: "Subagent",
		description: describeTool(catalog),
		promptSnippet: "Hand a task to a subagent that works in its own session and answers with its result",
		parameters: SubagentParams,
		prepareArguments: readSubagentCall,
		outputSchema: RUN_OUTPUT,
		// The type limits what a subagent may do, and permission questions concern its own calls.
		annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
		...parts.view,
		execute: async (toolCallId, call, signal, onUpdate, ctx) => {
			const { subagent, plan, remarks } = start({ ...call, toolCallId }, parts.session, ctx);
			if (plan.spec.isBackground) return backgroundResult(subagent, parts, withUnknownTools(remarks, plan));
			const { kind, record } = await attend(subagent, parts, { signal, onUpdate, notes: startNotes(remarks) });
			if (kind === "detached")
				return backgroundResult(subagent, parts, { ...remarks, below: [...remarks.below, DETACHED] });
			const text = parts.room.fit(toolCallId, ctx, (room) => settledText(record, remarks, room));
			return runResult(text, record, subagent.takeUncountedUsage());
		},
	};
}

/** `execute` can only fail by throwing, which loses the details; the host lets this handler mark the result instead. */
export function failedRunMark(event: { toolName: string; details: unknown }): { isError: true } | undefined {
	if (event.toolName !== SUBAGENT_TOOL) return undefined;
	const { status } = (event.details ?? {}) as Partial<SubagentRecord>;
	return status && isFailure(status) ? { isError: true } : undefined;
}

type OrderedCall = SubagentCall & { readonly toolCallId: string };

interface Started {
	readonly subagent: Subagent;
	readonly plan: RunPlan;
	readonly remarks: Remarks;
}

/** @throws Error with the message of a refusal, before anything is spent */
function start(call: OrderedCall, session: ToolSession, ctx: ExtensionContext): Started {
	if (call.resume?.trim()) return resume(call, call.resume, session, ctx);
	const launched = session.launcher.launch(
		{
			policy: TOOL_POLICY,
			prompt: call.prompt,
			description: call.description,
			type: call.subagent_type,
			model: call.model,
			thinking: call.thinking,
			limits: { turns: call.max_turns },
			outputSchema: call.output_schema,
			isolation: call.isolation,
			inheritContext: call.inherit_context,
			contextTurns: call.context_turns,
			background: call.run_in_background,
			toolCallId: call.toolCallId,
		},
		ctx,
	);
	if (launched.kind === "refused") throw notStarted(launched);
	return { ...launched, remarks: remarksOf(launched.plan) };
}

function resume(call: OrderedCall, id: string, session: ToolSession, ctx: ExtensionContext): Started {
	const request = {
		policy: TOOL_POLICY,
		prompt: call.prompt,
		model: call.model,
		thinking: call.thinking,
		limits: { turns: call.max_turns },
		outputSchema: call.output_schema,
		background: call.run_in_background,
		toolCallId: call.toolCallId,
	};
	const known = session.subagents.lookUp(id);
	const refused = known.kind === "subagent" && !session.subagents.isOwn(known) ? notOwn(known) : undefined;
	if (refused) throw notStarted(refused);
	const resumed = session.launcher.resume(id, request, ctx);
	if (resumed.kind === "refused") throw notStarted(resumed);
	const { subagent, plan, undelivered } = resumed;
	const remarks = [...ignoredByResume(call, subagent), ...undeliveredRemark(undelivered), ...plan.remarks];
	return { subagent, plan, remarks: { onFirstLine: [], below: remarks } };
}

/** Its result would go to another parent than the one that asked for it. */
function notOwn({ id, identity }: Subagent): Refused {
	const { parentId } = identity.lineage;
	const parent = parentId === undefined ? "the main session" : `the subagent ${parentId}`;
	return refuse("nesting", `${id} was started by ${parent}, which alone can resume it.`);
}

function notStarted({ reason }: Refused): Error {
	return new Error(`subagent was not started. ${reason}`);
}

/** Remarks on parameters of a call that a resume ignores. */
function ignoredByResume(call: SubagentCall, { identity }: Subagent): string[] {
	return [
		call.subagent_type.trim().toLowerCase() !== identity.type.toLowerCase() && `it is of type ${identity.type}`,
		call.model !== undefined && `it keeps its model ${identity.model}`,
		call.thinking !== undefined && `it keeps its thinking level ${identity.thinkingLevel}`,
		(call.inherit_context === true || call.context_turns !== undefined) &&
			"it has a conversation of its own and inherits none",
	].flatMap((reason) => (reason === false ? [] : [`resumed as it was: ${reason}`]));
}

function undeliveredRemark(record: SubagentRecord | undefined): string[] {
	if (!record) return [];
	const result = record.result ?? "(no text)";
	return [`its last run ended as ${record.status}, and you had not been notified of the result yet: ${result}`];
}

function backgroundResult(subagent: Subagent, { session }: SubagentToolParts, remarks: Remarks): Result {
	const record = subagent.record();
	return runResult(backgroundText(record, session.subagents.queuePosition(subagent.id), remarks), record);
}

/** Whether they came is said with the result. */
function withUnknownTools(remarks: Remarks, { spec: { definition }, context: { unknownTools } }: RunPlan): Remarks {
	if (unknownTools.length === 0) return remarks;
	const named = `${definition.name} names tools that nobody has registered yet: ${unknownTools.join(", ")}`;
	return { ...remarks, below: [...remarks.below, `${named}; it waits for them for a moment, then runs without them`] };
}

async function attend(
	subagent: Subagent,
	{ session, clock }: SubagentToolParts,
	call: { signal: AbortSignal | undefined; onUpdate: Parameters<SubagentTool["execute"]>[3]; notes: string },
): Promise<Attended> {
	const { notes } = call;
	const update = () => {
		const activity = modelText(subagent.currentActivity);
		const details = { ...carriedRecord(subagent.record()), activity, ...(notes !== "" && { notes }) };
		const text = [notes, activity].filter((part) => part !== "").join("\n");
		outsideChildren(() => call.onUpdate?.({ content: [{ type: "text", text }], details }));
	};
	if (notes !== "") update(); // before it runs, however soon that ends
	const updates = new ProgressUpdates(clock, update);
	try {
		return await session.subagents.attend(subagent, { signal: call.signal, onProgress: () => updates.changed() });
	} finally {
		updates.end();
	}
}

function remarksOf({ insteadOfType, spec, remarks }: RunPlan): Remarks {
	const onFirstLine =
		insteadOfType !== undefined
			? [`unknown agent type "${plainLabel(insteadOfType)}", ${spec.definition.name} ran instead`]
			: [];
	return { onFirstLine, below: remarks };
}

function describeTool(catalog: Pick<AgentCatalog, "list">): string {
	return `Hand a task to a subagent. It works in a session of its own with its own tools, and its last message comes back as the result.

Agent types:
${typeList(catalog.list())}

Use it for work that would fill this conversation with material you do not need afterwards, and for independent tasks: several calls in one message run at the same time. Do small things yourself. The subagent sees only the prompt, so say in it what to do, where to look, what to leave alone, and what to answer with.

With run_in_background it returns at once: continue with something else, you are notified of the result; do not poll. With resume the prompt continues the conversation of a subagent that has ended.`;
}

export const SubagentParams = Type.Object({
	prompt: Type.String({
		description: "The task, complete in itself: the subagent sees nothing of this conversation.",
	}),
	description: Type.String({ description: "The task in 3 to 5 words, for display." }),
	subagent_type: Type.String({ description: "The agent type to use, in any letter case." }),
	model: Type.Optional(
		Type.String({
			description: 'A model: "provider/id", or a part of its name such as "haiku". Default: the agent type decides.',
		}),
	),
	thinking: Type.Optional(
		Type.String({
			description: "off, minimal, low, medium, high, xhigh, or max where the host knows it. Default: as here.",
		}),
	),
	max_turns: Type.Optional(
		Type.Integer({
			description:
				"Turns it may take before it must wrap up; an integer >= 1. Default: the person's setting, usually none.",
		}),
	),
	output_schema: Type.Optional(Type.Object({}, { description: "A JSON Schema (root: an object) for the result." })),
	isolation: Type.Optional(Type.Literal("worktree", { description: "It works in a git worktree of its own." })),
	run_in_background: Type.Optional(
		Type.Boolean({ description: "Return at once and be notified of the result later. Default: false." }),
	),
	resume: Type.Optional(
		Type.String({ description: "The id of a settled subagent: the prompt continues its conversation." }),
	),
	inherit_context: Type.Optional(
		Type.Boolean({ description: "Put this conversation before the prompt. Default: false; costs its tokens again." }),
	),
	context_turns: Type.Optional(
		Type.Integer({
			description: "With inherit_context: only so many of the last turns; an integer >= 1. Default: all that fits.",
		}),
	),
});

type SubagentCall = Static<typeof SubagentParams>;

/** @throws Error naming each wrong parameter, its value and what was expected */
export const readSubagentCall = parameterReader("subagent was not started.", SubagentParams, {
	prompt: "a non-empty string: the task",
	description: "a string: the task in 3 to 5 words",
	subagent_type: "a string: the name of an agent type",
	model: 'a string: "provider/id" or a part of a model\'s name',
	thinking: "one of off, minimal, low, medium, high, xhigh",
	max_turns: "an integer >= 1",
	output_schema: 'a JSON Schema, an object with type "object"',
	isolation: '"worktree"',
	run_in_background: "true or false",
	resume: "a string: the id of a settled subagent",
	inherit_context: "true or false",
	context_turns: "an integer >= 1",
});

/** A person cannot read faster, and each update costs the host a render. */
const INTERVAL_MS = 100;
/** A run that ends sooner gets no update. */
const FIRST_AFTER_MS = 10;

/** The clock runs even when nothing else changes, and a view that does not change looks hung. */
const TICK_MS = 1000;

/**
 * Passes on at most one update in each interval, the last one for certain, and one a second when nothing changes. After
 * `end()` nothing is passed on any more: an update after its tool call has ended kills the older host.
 */
export class ProgressUpdates {
	private timer: NodeJS.Timeout | undefined;
	private isDue = false;
	private lastAt: number;
	private ended = false;

	constructor(
		private readonly clock: () => number,
		private readonly send: () => void,
	) {
		this.lastAt = clock() + FIRST_AFTER_MS - INTERVAL_MS;
		this.sendIn(TICK_MS);
	}

	changed(): void {
		if (this.ended || this.isDue) return;
		const wait = Math.min(INTERVAL_MS, this.lastAt + INTERVAL_MS - this.clock()); // a clock may go backwards
		if (wait <= 0) this.sendNow();
		else {
			this.isDue = true;
			this.sendIn(wait);
		}
	}

	end(): void {
		this.ended = true;
		clearTimeout(this.timer);
	}

	private sendIn(milliseconds: number): void {
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.sendNow(), milliseconds);
	}

	private sendNow(): void {
		this.isDue = false;
		this.lastAt = this.clock();
		this.sendIn(TICK_MS);
		this.send();
	}
}
