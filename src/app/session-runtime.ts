import { randomBytes, randomUUID } from "node:crypto";
import { ParentMailbox } from "../delivery/parent-mailbox.ts";
import type { Diagnostic } from "../domain/diagnostic.ts";
import { ConcurrencyLimiter } from "../engine/concurrency-limiter.ts";
import type { Subagent } from "../engine/subagent.ts";
import { SubagentSupervisor } from "../engine/subagent-supervisor.ts";
import { ChildHooks } from "../events/child-hooks.ts";
import { toChannel, toSettingsChannel } from "../events/fact-channels.ts";
import { routeFact } from "../events/routed-facts.ts";
import { Router } from "../events/router.ts";
import { SubagentEvents } from "../events/subagent-events.ts";
import { Admission } from "../host/admission.ts";
import { ChildResourceLoaders, StartGate } from "../host/child-resource-loader.ts";
import { ChildResourceFinder, readCommandLine } from "../host/child-resources.ts";
import type { ChildCalls } from "../host/create-child-session.ts";
import { LateTools } from "../host/late-tools.ts";
import { type ParentApi, ParentConnection } from "../host/parent-connection.ts";
import { sharedGates } from "../host/provider-gates.ts";
import { outsideChildren } from "../platform/child-scope.ts";
import { debug } from "../platform/debug.ts";
import { identifyProcess } from "../platform/process-identity.ts";
import { reasonOf } from "../platform/reason-of.ts";
import { DEFAULT_SETTINGS } from "../settings/settings-schema.ts";
import { EffectiveSettings, SettingsStore } from "../settings/settings-store.ts";
import { Journal } from "../store/journal.ts";
import { SessionOwnership } from "../store/session-lock.ts";
import type { WorkspaceProviderRegistry } from "../workspace/provider-registry.ts";

const ID_LENGTH = 20; // more than anyone can guess, few enough for a model to repeat
const NONCE_BYTES = 6;

/** Subagents restored from a session of an earlier process. */
export interface Recovery {
	/** Those that ran when their process died. */
	readonly interrupted: readonly Subagent[];
	/** Those that waited in its queue. */
	readonly suspended: readonly Subagent[];
	readonly diagnostics: readonly Diagnostic[];
}

/** What an earlier start has done already: in RPC mode a session starts twice, and a reload starts it again. */
interface AtStart {
	toldProblems: string;
	isRecoveryTold: boolean;
	/** Absent until the session has begun. */
	recovery: Recovery | undefined;
}

function admission({ plan, ...calls }: ChildCalls): Admission {
	const { authStorage } = plan.parent.modelRegistry;
	const child = {
		...calls,
		models: [plan.model, ...(plan.otherModels ?? [])] as const,
		isForeground: !plan.isBackground,
		// The newer host keeps what it stores to itself; a provider has one login there.
		credentialOf: (provider: string) => accountOf(authStorage?.get(provider)),
	};
	return new Admission(sharedGates(), child, Date.now);
}

/** What stays the same when a login is refreshed. */
function accountOf(credential: object | undefined): unknown {
	const { type, key, accountId, email } = (credential ?? {}) as Readonly<Record<string, unknown>>;
	return [type, key ?? accountId ?? email];
}

/** Everything of one parent session that outlives a reload of this extension. */
export type SessionRuntime = ReturnType<typeof buildSessionRuntime>;

interface RuntimePlace {
	readonly agentDir: string;
	readonly ownEntry: string;
	/** Those that extensions have registered while they loaded. */
	readonly workspaces: WorkspaceProviderRegistry;
}

/** @param api of the session, which has started */
export function buildSessionRuntime(api: ParentApi, { agentDir, ownEntry, workspaces }: RuntimePlace) {
	const owner = identifyProcess(process.pid);
	const ownership = new SessionOwnership(owner, Date.now);
	const link = new ParentConnection(api, (error) => debug("the host refused a fact: %O", error));
	const journal = journalIn(link);
	const events = new SubagentEvents((error) => debug("a listener threw: %O", error));
	const router = new Router(Date.now);
	const limiter = new ConcurrencyLimiter(DEFAULT_SETTINGS.maxConcurrent);
	const manager = new SubagentSupervisor({
		factory: {
			resources: new ChildResourceFinder({
				agentDir,
				commandLine: readCommandLine(process.argv.slice(2), process.cwd()),
				ownEntry,
			}),
			loaders: new ChildResourceLoaders(),
			hooks: new ChildHooks((channel, payload) => link.emit(channel, payload)),
			startGate: new StartGate(),
			lateTools: new LateTools(),
			interceptors: (calls) => (settings.latest.admission === "on" ? [admission(calls)] : []),
			parentTools: () => link.tools,
			parentConnected: () => link.connected(),
		},
		workspaces,
		limiter,
		events,
		clock: Date.now,
		store: (stored) => link.whenConnected(() => journal.write(stored)),
		countUsage: (usage, { model, id }) => link.addUsage({ usage, model, id }),
		watch: () => settings.latest,
		owner,
		newId: () => randomUUID().replaceAll("-", "").slice(0, ID_LENGTH), // drawn from a pool, unlike randomBytes
	});
	const mailbox = new ParentMailbox({
		parent: { isIdle: () => link.isHostIdle(), sendMessage: (message, options) => link.send(message, options) },
		subagents: manager.childrenOf(undefined),
		clock: Date.now,
		newNonce: () => randomBytes(NONCE_BYTES).toString("hex"),
		bounds: () => ({ resultCharacters: settings.current.notificationResultChars, context: link.contextUsage() }),
	});
	passOnFacts({ events, link, router, manager, mailbox, ownership });
	const settings: EffectiveSettings = new EffectiveSettings(new SettingsStore(agentDir), (event) => {
		limiter.setLimit(event.settings.maxConcurrent);
		const { channel, payload } = toSettingsChannel(event);
		outsideChildren(() => link.emit(channel, payload));
	});
	const atStart: AtStart = { toldProblems: "", isRecoveryTold: false, recovery: undefined };
	return { link, settings, events, router, ownership, limiter, workspaces, manager, mailbox, atStart };
}

function journalIn(link: ParentConnection): Journal {
	return new Journal(
		(type, data) => link.append(type, data),
		(error) =>
			link.warn(
				`Subagents cannot be saved in the session file, so they would be lost when pi ends: ${reasonOf(error)}`,
			),
	);
}

interface FactReceivers {
	readonly events: SubagentEvents;
	readonly link: ParentConnection;
	readonly router: Router;
	readonly manager: SubagentSupervisor;
	readonly mailbox: ParentMailbox;
	readonly ownership: SessionOwnership;
}

/** Other extensions hear of a fact first, then the router's subscribers, then whoever has to do something about it. */
function passOnFacts({ events, link, router, manager, mailbox, ownership }: FactReceivers): void {
	events.subscribe((event) => {
		const { channel, payload } = toChannel(event);
		link.emit(channel, payload);
		routeFact(router, event, { channel, payload });
	});
	events.subscribe((event) => mailbox.hear(event));
	events.subscribe((event) => {
		if (event.type === "created" || event.type === "resumed") ownership.startHeartbeat();
		else if (event.type === "settled" && manager.liveCount === 0) ownership.stopHeartbeat();
	});
}
