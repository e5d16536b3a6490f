/** What other packages may import from `pi-crew`. An export here is a promise. */

export type { AgentsPage, PageChoice, PageDialogs } from "../domain/agents-page.ts";
export type { DeliveryRecord } from "../domain/delivery-state.ts";
export type { SubagentsError, SubagentsErrorCode } from "../domain/refusal.ts";
export type { Settings } from "../domain/settings.ts";
export type { LifetimeUsage, SubagentRecord } from "../domain/subagent-record.ts";
export type { SubagentStatus } from "../domain/subagent-state.ts";
export type {
	Workspace,
	WorkspaceDisposal,
	WorkspaceEnd,
	WorkspaceInvocation,
	WorkspaceProvider,
	WorkspaceRequest,
} from "../domain/workspace.ts";
export {
	CHILD_HOOKS,
	type ChildCompleted,
	type ChildDisposed,
	type ChildSessionCreated,
	type ChildSpawning,
} from "../events/child-hooks.ts";
export {
	SETTINGS_EVENTS,
	type SettingsChanged,
	type SettingsLoaded,
	SUBAGENT_EVENTS,
	type SubagentCompacted,
	type SubagentCreated,
	type SubagentResumed,
	type SubagentSettled,
	type SubagentStarted,
	type SubagentSteered,
} from "../events/fact-channels.ts";
export { SESSION_END, type SessionEnd } from "../events/routed-facts.ts";
export type {
	EmitOptions,
	EmitOutcome,
	EventFilter,
	EventRouter,
	HistoryOptions,
	RouterEvent,
	SubscribeOptions,
	Subscription,
	SubscriptionStats,
	WaitForOptions,
	WaitForOutcome,
} from "../events/router.ts";
export { getSubagentsService, publishSubagentsService, unpublishSubagentsService } from "./published-services.ts";
export type { AgentType, ResumeOptions, SpawnOptions, SubagentsService, WaitOptions } from "./service-api.ts";
