import { RunLimits, runLimits } from "../domain/run-limits.ts";
import type { RunSpec } from "../domain/run-spec.ts";
import { invalidResultText, type StructuredOutcome } from "../domain/structured-result.ts";
import { resultFacts } from "../domain/subagent-record.ts";
import { outcomeOfLimit, type RunOutcome, type StoppedBy } from "../domain/subagent-state.ts";
import type { WorkspaceRequest } from "../domain/workspace.ts";
import type { ChildHooks } from "../events/child-hooks.ts";
import type { ModelSwitch } from "../host/admission.ts";
import type { ChildSession, SessionListener, TurnsEnd } from "../host/child-session.ts";
import {
	type ChildSessionParts,
	createChildSession,
	parentConnection,
	type SessionRequest,
} from "../host/create-child-session.ts";
import type { MissingTool } from "../host/late-tools.ts";
import { readPromptImages } from "../host/prompt-images.ts";
import { Submission } from "../host/submit-result-tool.ts";
import { hasConversation } from "../host/transcript.ts";
import type { RunPlan } from "../planning/run-plan.ts";
import { untilAborted } from "../platform/cancellation.ts";
import { outsideChildren } from "../platform/child-scope.ts";
import { debug } from "../platform/debug.ts";
import { JsonSchema } from "../platform/json-schema.ts";
import { reasonOf } from "../platform/reason-of.ts";
import { shorten } from "../platform/shorten.ts";
import type { WorkspaceProviderRegistry } from "../workspace/provider-registry.ts";
import {
	openWorkspace,
	parentsWorkspace,
	type WorkspaceReturns,
	type WorkspaceScope,
} from "../workspace/workspace-scope.ts";
import type { Subagent } from "./subagent.ts";
import type { Watchdog } from "./watchdog.ts";

/** One execution of a subagent: what it is to do and what ends it early. */
export interface RunInProgress {
	readonly subagent: Subagent;
	readonly plan: RunPlan;
	/** Fires when the run is to end; `stoppedBy` then says why. */
	readonly signal: AbortSignal;
	readonly stoppedBy: () => StoppedBy;
	/** Why, where that does not say it all. */
	readonly stopReason?: () => string | undefined;
	readonly watchdog?: Watchdog;
}

/** What the runs of a parent share. */
export interface ExecutionParts {
	readonly factory: ChildSessionParts;
	readonly workspaces: WorkspaceProviderRegistry;
	readonly returns: WorkspaceReturns;
	/** The sessions there are, by their subagents' ids: from the beginning of the turns until they are disposed. */
	readonly sessions: Map<string, ChildSession>;
}

/**
 * Runs a subagent from its plan to its outcome. Resolves always: what goes wrong is an outcome, not an exception. When it
 * resolves the child's session is disposed and its workspace is given back; a resume opens the transcript again.
 */
export async function executeRun(run: RunInProgress, parts: ExecutionParts): Promise<RunOutcome> {
	let workspace: WorkspaceScope;
	try {
		workspace = await prepareWorkspace(run, parts);
	} catch (error) {
		return run.signal.aborted ? stopped(run, "") : failedToBegin(run, "workspace", error);
	}
	run.subagent.workIn(workspace.cwd);
	// Whatever goes wrong in between, the directory is given back.
	const outcome = await runInWorkspace(run, workspace, parts).catch((error) => brokeOff(run, error));
	const addendum = await workspace.close({ status: outcome.status, description: run.plan.spec.description });
	if (addendum === "") return outcome;
	return { ...outcome, result: withAddendum(outcome.result, addendum), addendumLength: addendum.length };
}

async function prepareWorkspace(
	{ subagent, plan, signal }: RunInProgress,
	parts: ExecutionParts,
): Promise<WorkspaceScope> {
	await parentConnection(parts.factory, signal);
	const provider = await untilAborted(parts.workspaces.current(), signal);
	if (!provider) return parentsWorkspace(plan.spec.cwd);
	const user = { signal, description: plan.spec.description, returns: parts.returns };
	return openWorkspace(provider, workspaceRequest(subagent.id, plan.spec), user);
}

async function runInWorkspace(
	run: RunInProgress,
	workspace: WorkspaceScope,
	parts: ExecutionParts,
): Promise<RunOutcome> {
	const { subagent, signal } = run;
	const { sessions, factory } = parts;
	let session: ChildSession;
	const beginning: string[] = [];
	const { watchdog } = run;
	const told = startReports(run, beginning);
	const submission = submissionOf(run.plan.spec);
	let memory: "blank" | "remembers";
	try {
		memory = memoryOf(subagent);
		session = await openSession({ ...run, ...told, submission }, workspace.cwd, factory);
	} catch (error) {
		return signal.aborted ? stopped(run, "") : failedToBegin(run, "session", error);
	}
	subagent.attach(session);
	sessions.set(subagent.id, session);
	const limits = new RunLimits(runLimits(run.plan.spec.limits, run.plan.spec), () => subagent.runUsage());
	const takeHeldMessages = () => subagent.takeHeldMessages();
	const shown = await readPromptImages(run.plan, session, signal);
	if (shown.omitted.length > 0) told.onLack(`without images that its prompt names: ${shown.omitted.join(", ")}`);
	const prompt = shown.preface + subagent.hear(memory);
	const images = [...run.plan.context.images, ...shown.images];
	const end = await session.runTurns(
		{ prompt, images, takeHeldMessages, limits, submission, signal },
		watched(subagent, watchdog),
	);
	announceTurnsEnd({ plan: run.plan, session, end, limits }, factory.hooks);
	const unwritten = session.save(subagent.identity.transcriptFile);
	await session.dispose();
	sessions.delete(subagent.id); // until it is gone it can be looked at
	const outcome = withValue(outcomeOf(run, end, limits), submission?.outcome);
	const notes = [...beginning, ...(unwritten === undefined ? [] : [unwrittenNote(subagent, unwritten)])];
	return notes.length === 0 ? outcome : { ...outcome, result: withAddendum(outcome.result, notes.join("\n\n")) };
}

function watched(subagent: Subagent, watchdog: Watchdog | undefined): SessionListener {
	if (!watchdog) return subagent;
	return {
		onAgentEvent: (event) => {
			watchdog.onAgentEvent(event);
			subagent.onAgentEvent(event);
		},
		onCompacted: (compaction) => subagent.onCompacted(compaction),
		onPaused: (what) => subagent.onPaused(what),
	};
}

function submissionOf({ outputSchema }: RunSpec): Submission | undefined {
	const schema = outputSchema && JsonSchema.read(outputSchema);
	return schema instanceof JsonSchema ? new Submission(schema) : undefined;
}

/** Of a run that was asked for data: its value as the result, or its failure to submit one with what it wrote instead. */
function withValue(outcome: RunOutcome, structured: StructuredOutcome | undefined): RunOutcome {
	if (!structured) return outcome;
	if (structured.status === "valid") {
		const { lastReply: _, ...answered } = outcome; // which called the tool, and is not expected to have text
		return { ...answered, result: JSON.stringify(structured.value), structured };
	}
	const hasAnswered = outcome.status === "completed" || outcome.status === "steered";
	if (!hasAnswered) return { ...outcome, structured };
	const message = invalidResultText(structured);
	return {
		...resultFacts(outcome),
		status: "error",
		code: "invalid-result",
		message,
		result: outcome.result,
		structured,
	};
}

type StartReports = Pick<SessionRequest, "onAwaitingTools" | "onMissingTools" | "onLack" | "onSwitched" | "onWaiting">;

/** @param notes receives what the result has to say about how the run went */
function startReports({ subagent, plan, watchdog }: RunInProgress, notes: string[]): StartReports {
	const { name } = plan.spec.definition;
	return {
		onAwaitingTools: (tools) => subagent.noteStart(`waiting for ${tools.join(", ")}`),
		onMissingTools: (missing) => {
			subagent.noteStart(`without ${missing.map((tool) => tool.name).join(", ")}`);
			notes.push(missingNote(name, missing));
		},
		onLack: (lack) => void notes.push(`[${name} ran ${lack}]`),
		onSwitched: (change) => void notes.push(switchNote(change)),
		onWaiting: (waiting) => {
			watchdog?.onWaiting(waiting);
			subagent.onWaiting(waiting);
		},
	};
}

/** @throws when a conversation there was is gone: continuing without it would be another run under the same name */
function memoryOf({ hasReplied, identity }: Subagent): "blank" | "remembers" {
	if (isWritten(identity.transcriptFile)) return "remembers";
	if (hasReplied) throw new Error(`its transcript ${identity.transcriptFile} is gone`);
	return "blank";
}

function isWritten(transcript: string): boolean {
	try {
		return hasConversation(transcript);
	} catch (error) {
		throw new Error(`its transcript ${transcript} cannot be read: ${reasonOf(error)}`);
	}
}

function openSession(
	run: RunInProgress & StartReports & Pick<SessionRequest, "submission">,
	cwd: string,
	factory: ChildSessionParts,
): Promise<ChildSession> {
	const { subagent, plan } = run;
	const info = { subagentId: subagent.id, agentName: plan.spec.definition.name };
	const transcript = subagent.identity.transcriptFile;
	return createChildSession({ ...run, plan: { ...plan.spec, ...plan.context, cwd }, info, transcript }, factory);
}

function missingNote(agent: string, missing: readonly MissingTool[]): string {
	const reasons = [...new Set(missing.map(({ why }) => why))];
	const groups = reasons.map((reason) => {
		const names = missing.filter(({ why }) => why === reason).map(({ name }) => name);
		return `${names.join(", ")} (${reason})`;
	});
	return `[${agent} ran without tools that its agent file names: ${groups.join("; ")}]`;
}

function workspaceRequest(agentId: string, spec: RunSpec): WorkspaceRequest {
	const { definition, resumed } = spec;
	return Object.freeze({
		agentId,
		agentType: definition.name,
		baseCwd: spec.cwd,
		invocation: Object.freeze({
			modelName: spec.modelId,
			thinking: spec.thinkingLevel,
			...(spec.limits.turns !== undefined && { maxTurns: spec.limits.turns }),
			inheritContext: spec.inheritsContext,
			runInBackground: spec.isBackground,
			isResume: resumed !== undefined,
			...(resumed?.cwd !== undefined && { previousCwd: resumed.cwd }),
			agentFile: definition.fileKeys ?? {},
		}),
	});
}

function switchNote({ from, to, reason }: ModelSwitch): string {
	return `[Its model ${from} was not available, and it continued on ${to}. The provider said: ${shorten(reason, MOST_REASON)}]`;
}

const MOST_REASON = 300;

function unwrittenNote({ identity }: Subagent, reason: string): string {
	return `[Its conversation could not be written to ${identity.transcriptFile}: ${reason}. It cannot be resumed: what you need of it later has to go into the prompt of a new subagent.]`;
}

function withAddendum(result: string, addendum: string): string {
	return result === "" ? addendum : `${result}\n\n${addendum}`;
}

interface EndedTurns {
	readonly plan: RunPlan;
	readonly session: ChildSession;
	readonly end: TurnsEnd;
	readonly limits: RunLimits;
}

function announceTurnsEnd({ plan, session, end, limits }: EndedTurns, hooks: ChildHooks): void {
	if (end.kind === "threw") return;
	const aborted = end.kind === "cut-off" || end.kind === "stopped";
	outsideChildren(() =>
		hooks.completed({
			sessionId: session.sessionId,
			sessionDir: session.sessionDir,
			agentName: plan.spec.definition.name,
			aborted,
			steered: limits.isWrappingUp && !aborted,
		}),
	);
}

function outcomeOf(run: RunInProgress, end: TurnsEnd, limits: RunLimits): RunOutcome {
	const { lastReply } = end;
	return { ...howItEnded(run, end, limits), ...(lastReply && { lastReply }) };
}

function howItEnded(run: RunInProgress, end: TurnsEnd, limits: RunLimits): RunOutcome {
	switch (end.kind) {
		case "answered":
			return { status: limits.isWrappingUp ? "steered" : "completed", result: end.text };
		case "swallowed":
			return { status: "completed", result: "An extension handled the prompt itself; no model was asked." };
		case "cut-off":
			return outcomeOfLimit(end.limit, end.text);
		case "stopped":
			return stopped(run, end.text);
		case "failed":
		case "threw":
			return { status: "error", code: "model", message: end.message, result: end.text };
		default:
			return end satisfies never;
	}
}

function stopped(run: RunInProgress, result: string): RunOutcome {
	const reason = run.stopReason?.();
	return { status: "stopped", by: run.stoppedBy(), result, ...(reason !== undefined && { reason }) };
}

/** Of a fault that nothing between here and its cause knows of: ours, or a new way of the host's. */
export function brokeOff({ subagent }: Pick<RunInProgress, "subagent">, error: unknown): RunOutcome {
	debug("the run of %s: %O", subagent.id, error);
	return { status: "error", code: "session", message: `The run broke off: ${reasonOf(error)}`, result: "" };
}

const BEGINNINGS = {
	workspace: "Its workspace could not be prepared",
	session: "Its session could not be created",
};

function failedToBegin({ subagent }: RunInProgress, code: keyof typeof BEGINNINGS, error: unknown): RunOutcome {
	debug("the %s of %s: %O", code, subagent.id, error);
	return { status: "error", code, message: `${BEGINNINGS[code]}: ${reasonOf(error)}`, result: "" };
}
