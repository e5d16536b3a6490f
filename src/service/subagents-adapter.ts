import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import { isRefusal, type Refusal, type SubagentsError, subagentsError } from "../domain/refusal.ts";

import { type RunRequest, servicePolicy } from "../domain/run-request.ts";
import type { SubagentRecord } from "../domain/subagent-record.ts";
import type { WorkspaceProvider } from "../domain/workspace.ts";
import type { Launcher } from "../engine/launcher.ts";
import type { Subagent } from "../engine/subagent.ts";
import type { SubagentSupervisor } from "../engine/subagent-supervisor.ts";
import { projectOf } from "../planning/parent-snapshot.ts";
import type { PlanningParts } from "../planning/run-plan.ts";
import { untilAborted } from "../platform/cancellation.ts";
import { outsideChildren } from "../platform/child-scope.ts";
import type { WorkspaceProviderRegistry } from "../workspace/provider-registry.ts";
import type { AgentType, ResumeOptions, SpawnOptions, SubagentsService, WaitOptions } from "./service-api.ts";
import { checkId, checkMessage, checkProvider, checkResume, checkSpawn, checkWait } from "./service-arguments.ts";

export interface ServiceParts extends PlanningParts {
	/** The one of this session at the moment; a reload hands it on. */
	readonly manager: () => SubagentSupervisor;
	readonly launcher: () => Launcher;
	readonly workspaces: () => WorkspaceProviderRegistry;
	/** The session it serves, from its start to its shutdown. */
	readonly session: () => ExtensionContext | undefined;
}

/** The service for other extensions: the same planning and the same manager as the tools, under other names. */
export function createSubagentsService(parts: ServiceParts): SubagentsService {
	const manager = () => parts.manager();
	const find = (id: unknown): Subagent | undefined => {
		const found = typeof id === "string" ? manager().lookUp(id) : undefined;
		return found?.kind === "subagent" ? found : undefined;
	};
	const spawn = (type: string, prompt: string, options?: SpawnOptions): Subagent => {
		const request = spawnRequest(type, prompt, checkSpawn(type, prompt, options));
		const ctx = sessionOf(parts);
		return orThrow(outsideChildren(() => parts.launcher().launch(request, ctx))).subagent;
	};
	return Object.freeze<SubagentsService>({
		spawn: (type, prompt, options) => spawn(type, prompt, options).id,
		run: async (type, prompt, options) => settled(manager(), spawn(type, prompt, options), {}),
		resume: async (id, prompt, options) => {
			const choices = checkResume(id, prompt, options);
			const ctx = sessionOf(parts); // without one there is nobody to be found, which would be the wrong thing to say
			const request = { prompt, maxTurns: choices.maxTurns, ...placement(choices) };
			const { subagent } = orThrow(outsideChildren(() => parts.launcher().resume(id, request, ctx)));
			return settled(manager(), subagent, {});
		},
		getRecord: (id) => find(id)?.record(),
		listTypes: () => listTypes(parts),
		listAgents: () => manager().list().map(recordOf),
		abort: (id) => {
			const subagent = find(id);
			return subagent !== undefined && outsideChildren(() => manager().stop(subagent.id, "extension"));
		},
		steer: async (id, message) => {
			checkMessage(message);
			const subagent = find(id);
			if (!subagent) return false;
			const outcome = await outsideChildren(() => manager().steer(subagent, message));
			return outcome.kind !== "refused";
		},
		waitFor: async (id, options) => {
			checkId(id);
			const limits = checkWait(options);
			return settled(manager(), orThrow(manager().lookUp(id)), limits);
		},
		waitForAll: () => manager().whenAllSettled(),
		hasRunning: () => manager().liveCount > 0,
		registerWorkspaceProvider: (provider) => register(provider, parts.workspaces()),
	});
}

function spawnRequest(type: string, prompt: string, options: SpawnOptions): RunRequest {
	return {
		prompt,
		type,
		description: options.description ?? "",
		model: options.model,
		thinking: options.thinkingLevel,
		maxTurns: options.maxTurns,
		inheritContext: options.inheritContext,
		...placement(options),
	};
}

function placement(options: ResumeOptions) {
	return { background: !options.foreground, policy: servicePolicy(options) };
}

/** @throws SubagentsError with the refusal's code */
function orThrow<T extends { readonly kind: string }>(outcome: T | Refusal): T {
	if (isRefusal(outcome)) throw subagentsError(outcome.code, outcome.message);
	return outcome;
}

function listTypes(parts: ServiceParts): readonly AgentType[] {
	const definitions = parts.catalog(projectOf(sessionOf(parts))).list();
	return definitions.map(({ name, description, origin, file, fileKeys }) =>
		Object.freeze({ name, description, origin, ...(file !== undefined && { file }), keys: fileKeys ?? {} }),
	);
}

function sessionOf({ session }: ServiceParts): ExtensionContext {
	const ctx = session();
	if (ctx) return ctx;
	throw subagentsError("no-session", "The session has not started or has ended. Wait for `session_start`.");
}

/** A timer that is to take longer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** @throws SubagentsError `aborted` or `timeout` when the waiting was given up; the subagent goes on */
async function settled(manager: SubagentSupervisor, subagent: Subagent, options: WaitOptions): Promise<SubagentRecord> {
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
		? subagentsError("aborted", `Waiting for subagent ${id} was aborted; it goes on.`)
		: subagentsError("timeout", `Subagent ${id} had not ended after ${timeoutMs} ms; it goes on.`);
}

function register(provider: WorkspaceProvider, slot: WorkspaceProviderRegistry): () => void {
	const unregister = slot.register(checkProvider(provider));
	if (unregister) return unregister;
	throw subagentsError("provider-registered", "There is a workspace provider already; there can be one at a time.");
}

function recordOf(subagent: Subagent): SubagentRecord {
	return subagent.record();
}
