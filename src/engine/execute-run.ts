import type { ExtensionFactory } from "@mariozechner/pi-coding-agent";
import type { RunLimits } from "../domain/run-limits.ts";
import type { RunSpec } from "../domain/run-spec.ts";
import { invalidResultText, type StructuredOutcome } from "../domain/structured-result.ts";
import { resultFacts } from "../domain/subagent-record.ts";
import { type OnLimit, outcomeOfLimit, type RunOutcome, type StoppedBy } from "../domain/subagent-state.ts";
import type { Waiting } from "../domain/waiting.ts";
import type { WorkspaceRequest } from "../domain/workspace.ts";
import type { ChildHooks } from "../events/child-hooks.ts";
import type { ModelSwitch } from "../host/admission.ts";
import type { ChildMessage, ChildSession, SessionListener, TurnsEnd } from "../host/child-session.ts";
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
import type { SpawningRun } from "../planning/parent-snapshot.ts";
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
import type { BudgetLedger, RunBudget } from "./budget-ledger.ts";
import type { Subagent } from "./subagent.ts";
import type { Watchdog } from "./watchdog.ts";

/** One execution of a subagent: its plan, and what can end it early. */
export interface RunInProgress {
	readonly subagent: Subagent;
	readonly plan: RunPlan;
	/** Fires when the run is to end; `stoppedBy` then says why. */
	readonly signal: AbortSignal;
	readonly stoppedBy: () => StoppedBy;
	/** Why, where that does not say it all. */
	readonly stopReason?: () => string | undefined;
	readonly watchdog?: Watchdog;
	/** It waits for something that is not its own doing: its slot is free meanwhile. */
	readonly pausedFor: <T>(reason: Waiting["for"], work: () => Promise<T>) => Promise<T>;
	/** Stops the subagents it has started, and waits until they have ended. @returns those that had not */
	readonly endChildren: () => Promise<readonly Subagent[]>;
}

/** What a subagent that may start others has for them while it runs: their results and their roster go to it. */
export interface ParentInChild {
	/** Brings the tools into its session. */
	readonly extension: ExtensionFactory;
	/** Nothing has come, but something may. */
	readonly mustWait: boolean;
	/**
	 * It has nothing more to do. Waits as long as subagents that it has started run.
	 *
	 * @returns the next message for it; nothing when there will be none, or when the signal has fired
	 */
	nextMessage(signal: AbortSignal): Promise<ChildMessage | undefined>;
	/** Its session ends. */
	close(): void;
}

/** The same with its accounts, which are kept as long as it lasts. */
interface BudgetedRun extends RunInProgress {
	readonly budget: RunBudget;
}

/** What the runs of a parent share. */
export interface ExecutionParts {
	readonly factory: ChildSessionParts;
	readonly workspaces: WorkspaceProviderRegistry;
	readonly returns: WorkspaceReturns;
	readonly ledger: BudgetLedger;
	/** The sessions there are, by their subagents' ids: from the beginning of the turns until they are disposed. */
	readonly sessions: Map<string, ChildSession>;
	readonly parentInChild: (run: SpawningRun) => ParentInChild;
}

/**
 * Runs a subagent from its plan to its outcome. Resolves always: what goes wrong is an outcome, not an exception. When it
 * resolves the child's session is disposed and its workspace is given back; a resume opens the transcript again.
 */
export async function executeRun(run: RunInProgress, parts: ExecutionParts): Promise<RunOutcome> {
	const budget = parts.ledger.begin(accountsOf(run));
	try {
		const hit = budget.hit();
		if (hit) return outcomeOfLimit(budget.latest(hit), "", onLimitOf(run));
		return await executeWithin({ ...run, budget }, parts);
	} finally {
		budget.end();
	}
}

function accountsOf({ subagent, plan }: RunInProgress): Parameters<BudgetLedger["begin"]>[0] {
	return {
		id: subagent.id,
		parentId: plan.spec.lineage.parentId,
		limits: () => subagent.spec.limits,
		graceTurns: plan.spec.graceTurns,
		onLimit: onLimitOf({ plan }),
		runUsage: () => subagent.runUsage(),
		lifeUsage: () => subagent.lifeUsage(),
	};
}

function onLimitOf({ plan }: Pick<RunInProgress, "plan">): OnLimit {
	return plan.spec.onLimit ?? "stop";
}

async function executeWithin(run: BudgetedRun, parts: ExecutionParts): Promise<RunOutcome> {
	let workspace: WorkspaceScope;
	try {
		workspace = await prepareWorkspace(run, parts);
	} catch (error) {
		return run.signal.aborted ? stopped(run, "") : failedToBegin(run, "workspace", error);
	}
	run.subagent.workIn(workspace.cwd);
	// Whatever goes wrong in between, the directory is given back.
	const ended = await runInWorkspace(run, workspace, parts).catch((error) => brokeOff(run, error));
	const left = await run.endChildren(); // they may work in that directory
	const outcome = left.length === 0 ? ended : { ...ended, result: withAddendum(ended.result, leftNote(left)) };
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
	if (!provider) return sharedOnlyWhereAllowed(plan.spec, parentsWorkspace(plan.spec.cwd));
	const user = { signal, description: plan.spec.description, returns: parts.returns };
	return sharedOnlyWhereAllowed(
		plan.spec,
		await openWorkspace(provider, workspaceRequest(subagent.id, plan.spec), user),
	);
}

/** @throws where the call asks for a directory of its own and there is none: the parent's would be less than was asked for */
function sharedOnlyWhereAllowed({ isolation }: RunSpec, scope: WorkspaceScope): WorkspaceScope {
	if (isolation === undefined || scope.isOwn) return scope;
	throw new Error(
		`no extension offers \`isolation: "${isolation}"\` for it; load one that does, such as pi-crew's own for worktrees, or leave the parameter out`,
	);
}

function leftNote(left: readonly Subagent[]): string {
	const names = left.map(({ id, identity }) => `${id} (${identity.type}, "${identity.description}")`);
	return `[Subagents it had started were stopped with it: ${names.join(", ")}]`;
}

async function runInWorkspace(run: BudgetedRun, workspace: WorkspaceScope, parts: ExecutionParts): Promise<RunOutcome> {
	const { spec, context } = run.plan;
	if (spec.mayStart === undefined) return runInSession(run, workspace, parts, undefined);
	const own = parts.parentInChild({ subagentId: run.subagent.id, spec, parent: context.parent });
	try {
		return await runInSession(run, workspace, parts, own);
	} finally {
		own.close();
	}
}

async function runInSession(
	run: BudgetedRun,
	workspace: WorkspaceScope,
	parts: ExecutionParts,
	own: ParentInChild | undefined,
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
		const { isLimited } = run.budget;
		const extensions = own ? [own.extension] : [];
		session = await openSession({ ...run, ...told, submission, isLimited, extensions }, workspace.cwd, factory);
	} catch (error) {
		return signal.aborted ? stopped(run, "") : failedToBegin(run, "session", error);
	}
	subagent.attach(session);
	sessions.set(subagent.id, session);
	const limits = run.budget.limits();
	const takeHeldMessages = () => subagent.takeHeldMessages();
	const shown = await readPromptImages(run.plan, session, signal);
	if (shown.omitted.length > 0) told.onLack(`without images that its prompt names: ${shown.omitted.join(", ")}`);
	const prompt = shown.preface + subagent.hear(memory);
	const images = [...run.plan.context.images, ...shown.images];
	const nextMessage =
		own &&
		((given: AbortSignal) => {
			const next = () => own.nextMessage(given);
			return own.mustWait ? run.pausedFor("child", next) : next();
		});
	const end = await session.runTurns(
		{ prompt, images, takeHeldMessages, limits, submission, signal, nextMessage },
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
	run: RunInProgress & StartReports & Pick<SessionRequest, "submission" | "isLimited" | "extensions">,
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
			...(spec.isolation && { isolation: spec.isolation }),
			agentFile: Object.freeze({ ...definition.fileKeys, ...(spec.isolation && { isolation: spec.isolation }) }),
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

function outcomeOf(run: BudgetedRun, end: TurnsEnd, limits: RunLimits): RunOutcome {
	const { lastReply } = end;
	return { ...howItEnded(run, end, limits), ...(lastReply && { lastReply }) };
}

function howItEnded(run: BudgetedRun, end: TurnsEnd, limits: RunLimits): RunOutcome {
	switch (end.kind) {
		case "answered":
			return { status: limits.isWrappingUp ? "steered" : "completed", result: end.text };
		case "swallowed":
			return { status: "completed", result: "An extension handled the prompt itself; no model was asked." };
		case "cut-off":
			return outcomeOfLimit(run.budget.latest(end.hit), end.text, onLimitOf(run));
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
