import type { AgentMessage } from "@mariozechner/pi-agent-core";
import { type DeliveryRecord, DeliveryTracker, deliver, PENDING } from "../domain/delivery-state.ts";
import { messageText } from "../domain/message-text.ts";
import type { KnownSpec } from "../domain/run-spec.ts";
import type { StoredPrompts, StoredRun } from "../domain/stored-run.ts";
import { type StructuredOutcome, SUBMIT_TOOL } from "../domain/structured-result.ts";
import { type LifetimeUsage, type Lineage, resultFacts, type SubagentRecord } from "../domain/subagent-record.ts";
import type { ResultFacts, RunOutcome, SubagentState } from "../domain/subagent-state.ts";
import { submittedValue } from "../host/submit-result-tool.ts";
import { PendingPrompts } from "./message-queue.ts";
import type { RunParts } from "./run.ts";
import type { SubagentParts } from "./subagent.ts";
import { type UsageFigures, UsageTracker } from "./usage-tracker.ts";

/** What is known of a stored subagent beside its record. */
export interface Circumstances {
	/** Another process or another session looks after it. */
	readonly isElsewhere: boolean;
	/** Whether the parent's own session holds the result of a run. */
	readonly isAcknowledged: (run: StoredRun) => boolean;
	/** Its conversation as far as it was written; empty when there is none. */
	readonly conversation: readonly AgentMessage[];
	readonly now: number;
}

/** The runs of one subagent as they were stored; of the earlier ones those that ended. */
export interface RestoredRuns {
	readonly latest: StoredRun;
	readonly earlier: readonly StoredRun[];
}

/**
 * A subagent of an earlier process. A queued run is suspended, a run that was running is interrupted with what it had said last,
 * and the parent is notified of results that it does not have, without starting its model.
 */
export function restoreSubagent({ latest, earlier }: RestoredRuns, circumstances: Circumstances): SubagentParts {
	const { record, spec } = latest;
	const { isElsewhere, conversation } = circumstances;
	const wasRunning = record.status === "running";
	const activity = restoredActivity(latest, circumstances);
	const undelivered = isElsewhere ? [] : earlier.filter((run) => isUndelivered(run, circumstances));
	return {
		identity: {
			id: record.id,
			type: record.type,
			description: record.description,
			model: record.model,
			contextWindow: spec.contextWindow,
			thinkingLevel: spec.thinkingLevel,
			parentSessionId: record.parentSessionId,
			lineage: lineageIn(record),
			transcriptFile: record.transcriptFile ?? "",
		},
		run: latestRun(latest, circumstances, activity),
		undelivered: undelivered.map(endedRun),
		prompts: new PendingPrompts(wasRunning ? stillUntold(latest.prompts, conversation) : latest.prompts),
		activity,
		cwd: latest.workspace ?? spec.cwd,
		isDismissed: latest.isDismissed ?? false,
		isElsewhere,
	};
}

function latestRun(stored: StoredRun, circumstances: Circumstances, activity: UsageTracker): RunParts {
	const { record, attempt } = stored;
	const { isElsewhere } = circumstances;
	const spec = specOf(stored);
	const isForParent = !isElsewhere && spec.report !== "none";
	return {
		spec: isForParent ? { ...spec, isBackground: true, report: "notification" } : spec, // nobody waits for it any more
		attempt,
		wakesParent: false,
		state: isElsewhere ? stateOf(record, outcomeOf(stored, [])) : restoredState(stored, circumstances),
		delivery: new DeliveryTracker(isElsewhere ? record.delivery : restoredDelivery(stored, circumstances)),
		final: finalFigures(stored, activity.figures(), activity.contextPercent(spec.contextWindow)),
	};
}

/** An earlier run whose result the parent is still to be notified of. Its record says everything there is to say. */
function endedRun(stored: StoredRun): RunParts {
	return {
		spec: { ...specOf(stored), report: "notification" },
		attempt: stored.attempt,
		wakesParent: false,
		state: stateOf(stored.record, outcomeOf(stored, [])),
		delivery: new DeliveryTracker(PENDING),
		final: finalFigures(stored, figuresIn(stored.record)),
	};
}

/**
 * An agent type whose file is gone by now, or is not trusted any more, must not come back from the session's file, where anybody
 * may have written it: a resume takes the definition from the agent files of today, or is refused.
 */
function specOf({ spec }: StoredRun): KnownSpec {
	const { definition: _, ...rest } = spec;
	return rest;
}

/** @param figures of the whole life; they may be newer than what was stored of a run that was killed */
function finalFigures(
	{ record, used }: StoredRun,
	figures: UsageFigures,
	contextPercent?: number,
): NonNullable<RunParts["final"]> {
	const stored = figuresIn(record);
	const since = (name: "turns" | "toolUses" | "cost") => Math.max(0, figures[name] - stored[name]);
	const sinceThen = (name: keyof LifetimeUsage) =>
		used[name] + Math.max(0, figures.lifetimeUsage[name] - stored.lifetimeUsage[name]);
	const tokens = {
		input: sinceThen("input"),
		output: sinceThen("output"),
		cacheWrite: sinceThen("cacheWrite"),
		compactionCount: used.compactionCount,
	};
	const { turns, toolUses, cost } = record.run;
	const run = {
		turns: turns + since("turns"),
		toolUses: toolUses + since("toolUses"),
		tokens,
		cost: cost + since("cost"),
	};
	return { figures, run, contextPercent };
}

function lineageIn({ parentId, rootSessionId, depth }: SubagentRecord): Lineage {
	return { ...(parentId !== undefined && { parentId }), rootSessionId, depth };
}

function figuresIn(record: SubagentRecord): UsageFigures {
	const { turns, toolUses, lifetimeUsage, cacheRead, cost, compactionCount } = record;
	return { turns, toolUses, lifetimeUsage, cacheRead, cost, compactionCount };
}

function isUndelivered(run: StoredRun, { isAcknowledged }: Circumstances): boolean {
	return run.spec.report !== "none" && run.record.delivery.state !== "withheld" && !isAcknowledged(run);
}

function restoredState(stored: StoredRun, { conversation, now }: Circumstances): SubagentState {
	const { record } = stored;
	if (record.status === "queued") return { phase: "suspended", queuedAt: record.queuedAt };
	if (record.status !== "running") return stateOf(record, outcomeOf(stored, conversation));
	const outcome: RunOutcome = { status: "interrupted", result: lastWords(saidInRun(stored, conversation)) };
	return stateOf({ ...record, completedAt: now }, outcome);
}

/** What an earlier run said was delivered with that run. */
function saidInRun(
	{ prompts: told, attempt }: StoredRun,
	conversation: readonly AgentMessage[],
): readonly AgentMessage[] {
	if (attempt === 1) return conversation;
	const prompts = [...told.unwritten, ...told.unheard];
	const heard = conversation.findLastIndex(
		(message) => message.role === "user" && isAmong(prompts, messageText(message.content)),
	);
	return heard < 0 ? [] : conversation.slice(heard);
}

function isAmong(prompts: readonly string[], heard: string): boolean {
	return prompts.some((prompt) => heard.includes(prompt));
}

function stateOf(record: SubagentRecord, outcome: RunOutcome | undefined): SubagentState {
	const { queuedAt, startedAt } = record;
	const settledAt = Math.max(record.completedAt ?? startedAt, startedAt); // clocks are set back
	if (outcome) return { phase: "settled", queuedAt, startedAt, settledAt, outcome };
	return record.status === "running" ? { phase: "running", queuedAt, startedAt } : { phase: "suspended", queuedAt };
}

function outcomeOf(stored: StoredRun, conversation: readonly AgentMessage[]): RunOutcome | undefined {
	const ended = howItEnded(stored, conversation);
	return ended && { ...ended, ...factsOf(stored, conversation) };
}

function howItEnded(stored: StoredRun, conversation: readonly AgentMessage[]): RunOutcome | undefined {
	const { record, ending } = stored;
	const result = wholeResult(stored, conversation);
	switch (record.status) {
		case "queued":
		case "running":
			return undefined;
		case "stopped":
			return stoppedOutcome(stored, result);
		case "error": {
			const code = ending && "code" in ending ? ending.code : "session";
			return { status: "error", result, code, message: record.error ?? "" };
		}
		case "aborted":
			return { status: "aborted", result, limit: "turns" };
		case "completed":
		case "steered":
		case "interrupted":
			return { status: record.status, result };
		default:
			return record.status satisfies never;
	}
}

function stoppedOutcome({ record, ending }: StoredRun, result: string): RunOutcome {
	const by = ending && "by" in ending ? ending.by : "shutdown";
	const evidence = by === "watchdog" ? record.error : undefined;
	return { status: "stopped", result, by, ...(evidence !== undefined && { reason: evidence }) };
}

function factsOf(stored: StoredRun, conversation: readonly AgentMessage[]): ResultFacts {
	const facts = resultFacts(stored.record);
	const value = submittedBy(stored, conversation);
	return facts.structured && value ? { ...facts, structured: { ...facts.structured, value } } : facts;
}

/** A value that was too large for the parent's file is in the transcript, in the call that submitted it. */
function submittedBy({ record, resultIsCut }: StoredRun, conversation: readonly AgentMessage[]) {
	if (!resultIsCut || record.structured?.status !== "valid") return undefined;
	const call = conversation.flatMap(toolCallsIn).findLast(({ name }) => name === SUBMIT_TOOL);
	return call && (submittedValue(call.arguments) as StructuredOutcome["value"]);
}

/** What was too large for the parent's file is in the transcript, as long as nothing was said after it. */
function wholeResult(run: StoredRun, conversation: readonly AgentMessage[]): string {
	const { record, resultIsCut } = run;
	const stored = record.result ?? "";
	if (!resultIsCut) return stored;
	const value = submittedBy(run, conversation);
	const written = value ? JSON.stringify(value) : lastWords(conversation);
	const addendum = stored.slice(stored.length - (record.addendumLength ?? 0));
	const whole = addendum === "" ? written : `${written}\n\n${addendum}`;
	return whole.length > stored.length ? whole : stored;
}

function restoredDelivery(stored: StoredRun, { isAcknowledged, now }: Circumstances): DeliveryRecord {
	const { record, spec } = stored;
	const { delivery } = record;
	if (delivery.state === "withheld" || spec.report === "none") return delivery;
	if (isAcknowledged(stored)) return delivery.state === "delivered" ? delivery : deliver(delivery, "notification", now);
	return PENDING;
}

/** The entry was written when the run began; what its transcript shows to have been heard since is not told again. */
function stillUntold(prompts: StoredPrompts, conversation: readonly AgentMessage[]): StoredPrompts {
	const heard = conversation.flatMap((message) => (message.role === "user" ? [messageText(message.content)] : []));
	return {
		unwritten: conversation.length > 0 ? [] : prompts.unwritten,
		unheard: prompts.unheard.filter((prompt) => !heard.some((text) => text.includes(prompt))),
	};
}

/** What the parent's session holds of it is counted; a run that was killed, or did not live to answer, is not yet. */
function restoredActivity(stored: StoredRun, { conversation, isAcknowledged }: Circumstances): UsageTracker {
	const { record, counted } = stored;
	const wasRunning = record.status === "running";
	const activity = wasRunning && conversation.length > 0 ? recount(record, conversation) : new UsageTracker(record);
	activity.countedBefore(isAcknowledged(stored) || !counted ? activity.totals() : counted);
	return activity;
}

function recount({ compactionCount }: SubagentRecord, conversation: readonly AgentMessage[]): UsageTracker {
	const none = { turns: 0, toolUses: 0, lifetimeUsage: { input: 0, output: 0, cacheWrite: 0 }, cacheRead: 0, cost: 0 };
	const toolUses = conversation.flatMap(toolCallsIn).length;
	const activity = new UsageTracker({ ...none, toolUses, compactionCount });
	for (const message of conversation) activity.observe({ type: "message_end", message });
	return activity;
}

function toolCallsIn(message: AgentMessage) {
	return message.role === "assistant" ? message.content.filter((part) => part.type === "toolCall") : [];
}

function lastWords(conversation: readonly AgentMessage[]): string {
	const spoken = conversation.flatMap((message) =>
		message.role === "assistant" ? [messageText(message.content).trim()] : [],
	);
	return spoken.findLast((text) => text !== "") ?? "";
}
