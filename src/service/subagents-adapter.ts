import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import { isRefused, type Refused, type SubagentsError, subagentsError } from "../domain/refusal.ts";
import type { LimitValues } from "../domain/run-limits.ts";
import { type RunRequest, servicePolicy } from "../domain/run-request.ts";
import type { SubagentRecord } from "../domain/subagent-record.ts";
import type { WorkspaceProvider } from "../domain/workspace.ts";
import type { SessionSubagents } from "../engine/launcher.ts";
import type { Subagent } from "../engine/subagent.ts";
import type { SubagentSupervisor } from "../engine/subagent-supervisor.ts";
import type { EventRouter, Router } from "../events/router.ts";
import { projectOf } from "../planning/parent-snapshot.ts";
import type { PlanningParts } from "../planning/run-plan.ts";
import { untilAborted } from "../platform/cancellation.ts";
import { outsideChildren } from "../platform/child-scope.ts";
import type { WorkspaceProviderRegistry } from "../workspace/provider-registry.ts";
import type { AgentsPages } from "./agents-pages.ts";
import type { AgentType, ResumeOptions, SpawnOptions, SubagentsService, WaitOptions } from "./service-api.ts";
import {
	checkId,
	checkLimits,
	checkMessage,
	checkProvider,
	checkResume,
	checkSpawn,
	checkWait,
} from "./service-arguments.ts";

export interface ServiceParts {
	readonly catalog: PlanningParts["catalog"];
	readonly session: ServedSession;
}

/** The parent session that the service is for. */
export interface ServedSession {
	/** Absent before the first session has started; what has ended can still be read. */
	readonly subagents: SessionSubagents | undefined;
	/** Absent before the first session has started. */
	readonly events: Router | undefined;
	/** Absent outside a session: from its shutdown on nothing can be started. */
	readonly ctx: ExtensionContext | undefined;
	/** The setting `limits` as it is now. */
	readonly limitsOfEachRun: (ctx: ExtensionContext) => LimitValues;
	/** There from the start, so that an extension can register its provider while it loads. */
	readonly workspaces: WorkspaceProviderRegistry;
	readonly pages: AgentsPages;
}

/** The service for other extensions: the same planning and the same manager as the tools, under other names. */
export function createSubagentsService({ session, catalog }: ServiceParts): SubagentsService {
	const find = (id: unknown): Subagent | undefined => {
		const found = typeof id === "string" ? session.subagents?.manager.lookUp(id) : undefined;
		return found?.kind === "subagent" ? found : undefined;
	};
	const spawn = (type: string, prompt: string, options?: SpawnOptions) => {
		const checked = checkSpawn(type, prompt, options);
		const request = spawnRequest(type, prompt, checked);
		const { ctx, launcher, manager } = startedIn(session);
		const launch = () => outsideChildren(() => launcher.launch(request, ctx));
		const { events } = session;
		const launched = checked.cause === undefined || !events ? launch() : events.causedBy(checked.cause, launch);
		return { manager, subagent: orThrow(launched).subagent };
	};
	return Object.freeze<SubagentsService>({
		events: routerOf(session),
		spawn: (type, prompt, options) => spawn(type, prompt, options).subagent.id,
		run: async (type, prompt, options) => settled(spawn(type, prompt, options), {}),
		resume: async (id, prompt, options) => {
			const choices = checkResume(id, prompt, options);
			const { ctx, launcher, manager } = startedIn(session);
			const { outputSchema } = choices;
			const request = { prompt, limits: limitsOf(choices), outputSchema, ...placement(choices) };
			const { subagent } = orThrow(outsideChildren(() => launcher.resume(id, request, ctx)));
			return settled({ manager, subagent }, {});
		},
		getRecord: (id) => find(id)?.record(),
		listTypes: () => listTypes(catalog(projectOf(startedIn(session).ctx))),
		listAgents: () => session.subagents?.manager.list().map(recordOf) ?? [],
		abort: (id) => {
			const found = find(id)?.id ?? "";
			return outsideChildren(() => session.subagents?.manager.stop(found, "extension") ?? false);
		},
		steer: async (id, message) => {
			checkMessage(message);
			const subagent = find(id);
			if (!subagent) return false;
			const outcome = await outsideChildren(() => session.subagents?.manager.steer(subagent, message));
			return outcome?.kind !== "refused";
		},
		waitFor: async (id, options) => {
			checkId(id);
			const limits = checkWait(options);
			const manager = session.subagents?.manager;
			if (!manager) throw noSession();
			return settled({ manager, subagent: orThrow(manager.lookUp(id)) }, limits);
		},
		waitForAll: async () => session.subagents?.manager.whenAllSettled(),
		hasRunning: () => (session.subagents?.manager.liveCount ?? 0) > 0,
		setLimits: (id, limits) => {
			checkId(id);
			const granted = checkLimits(limits);
			const { ctx, manager } = startedIn(session);
			const subagent = orThrow(manager.lookUp(id));
			if (subagent.isElsewhere)
				throw subagentsError("elsewhere", `Subagent ${id} belongs to another session or another running pi.`);
			outsideChildren(() => manager.grant(subagent, granted, session.limitsOfEachRun(ctx)));
		},
		setSessionLimits: (limits) => startedIn(session).manager.ledger.grantSession(checkLimits(limits)),
		sessionBudget: () => {
			const { values: limits, spent } = startedIn(session).manager.ledger.session;
			return Object.freeze({ limits: Object.freeze({ ...limits }), spent: Object.freeze({ ...spent }) });
		},
		registerWorkspaceProvider: (provider) => register(provider, session.workspaces),
		registerAgentsPage: (page) => session.pages.register(page),
	});
}

function spawnRequest(type: string, prompt: string, options: SpawnOptions): RunRequest {
	return {
		prompt,
		type,
		description: options.description ?? "",
		model: options.model,
		thinking: options.thinkingLevel,
		limits: limitsOf(options),
		outputSchema: options.outputSchema,
		isolation: options.isolation,
		inheritContext: options.inheritContext,
		...placement(options),
	};
}

function limitsOf({ maxTurns, limits = {} }: ResumeOptions): LimitValues {
	// A number that is no limit stays as it is: planning refuses it.
	const isTighter = maxTurns !== undefined && !(limits.turns !== undefined && limits.turns < maxTurns);
	return { ...limits, ...(isTighter && { turns: maxTurns }) };
}

function placement(options: ResumeOptions) {
	return { background: !options.foreground, policy: servicePolicy(options) };
}

/** @throws SubagentsError with the refusal's code */
function orThrow<T extends { readonly kind: string }>(outcome: T | Refused): T {
	if (isRefused(outcome)) throw subagentsError(outcome.code, outcome.reason);
	return outcome;
}

function listTypes(catalog: ReturnType<PlanningParts["catalog"]>): readonly AgentType[] {
	return catalog
		.list()
		.map(({ name, description, origin, file, fileKeys }) =>
			Object.freeze({ name, description, origin, ...(file !== undefined && { file }), keys: fileKeys ?? {} }),
		);
}

/** The router of the session it serves at the moment of each call. */
function routerOf(session: ServedSession): EventRouter {
	const router = () => {
		if (!session.events) throw noSession();
		return session.events;
	};
	return Object.freeze<EventRouter>({
		emit: (name, data, options) => outsideChildren(() => router().emit(name, data, options)),
		subscribe: (options) => router().subscribe(options),
		waitFor: async (options) => router().waitFor(options),
		history: (options) => router().history(options),
	});
}

/** @throws SubagentsError `no-session`: without one no subagent can be found either, which would be the wrong thing to say */
function startedIn({ subagents, ctx }: ServedSession) {
	if (!subagents || !ctx) throw noSession();
	return { ctx, manager: subagents.manager, launcher: subagents.launcher };
}

function noSession(): SubagentsError {
	return subagentsError("no-session", "The session has not started or has ended. Wait for `session_start`.");
}

/** A longer timer would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

interface Awaited {
	readonly manager: SubagentSupervisor;
	readonly subagent: Subagent;
}

/** @throws SubagentsError `aborted` or `timeout` when the wait was given up; the subagent keeps running */
async function settled({ manager, subagent }: Awaited, options: WaitOptions): Promise<SubagentRecord> {
	const { signal, timeoutMs = Number.POSITIVE_INFINITY } = options;
	const late = new AbortController();
	const timer = timeoutMs > LONGEST_TIMER_MS ? undefined : setTimeout(() => late.abort(), timeoutMs);
	try {
		const givenUp = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
		return await untilAborted(manager.whenSettled(subagent), givenUp);
	} catch {
		throw givenUpError(subagent.id, options); // a run settles, it does not reject
	} finally {
		clearTimeout(timer);
	}
}

function givenUpError(id: string, { signal, timeoutMs }: WaitOptions): SubagentsError {
	return signal?.aborted
		? subagentsError("aborted", `Waiting for subagent ${id} was aborted; it is still running.`)
		: subagentsError("timeout", `Subagent ${id} had not ended after ${timeoutMs} ms; it is still running.`);
}

function register(provider: WorkspaceProvider, slot: WorkspaceProviderRegistry): () => void {
	const unregister = slot.register(checkProvider(provider));
	if (unregister) return unregister;
	throw subagentsError("provider-registered", "There is a workspace provider already; there can be one at a time.");
}

function recordOf(subagent: Subagent): SubagentRecord {
	return subagent.record();
}
