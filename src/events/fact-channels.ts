import type { Settings, SettingsEvent } from "../domain/settings.ts";
import {
	durationMs,
	type LifetimeUsage,
	type Lineage,
	type SubagentRecord,
	totalTokens,
} from "../domain/subagent-record.ts";
import type { Isolation } from "../domain/workspace.ts";
import type { SubagentEvent } from "./subagent-events.ts";

/** The channels on the parent's `pi.events` on which facts about subagents are emitted. */
export const SUBAGENT_EVENTS = {
	CREATED: "subagents:created",
	STARTED: "subagents:started",
	COMPLETED: "subagents:completed",
	FAILED: "subagents:failed",
	STEERED: "subagents:steered",
	COMPACTED: "subagents:compacted",
	RESUMED: "subagents:resumed",
} as const;

/** One that another subagent started also has its place in the tree. */
export interface SubagentStarted extends Partial<Lineage> {
	readonly id: string;
	readonly type: string;
	readonly description: string;
}

export interface SubagentCreated extends SubagentResumed {
	readonly isBackground: boolean;
}

export interface SubagentResumed extends SubagentStarted {
	/** The call asks for a directory of its own; absent where the agent's file alone decides. */
	readonly isolation?: Isolation;
}

export interface SubagentSteered {
	readonly id: string;
	readonly message: string;
}

export interface SubagentCompacted extends SubagentStarted {
	readonly reason: string;
	readonly tokensBefore: number;
	readonly compactionCount: number;
}

/** The payload of `completed` and `failed`: figures of the run that has ended, not of the runs before it. `total` is input + output + cache writes. */
export interface SubagentSettled extends SubagentStarted {
	readonly status: SubagentRecord["status"];
	readonly result: string | undefined;
	readonly error: string | undefined;
	readonly toolUses: number;
	readonly durationMs: number;
	readonly tokens: { readonly input: number; readonly output: number; readonly total: number };
}

/** @returns the channel and frozen payload by which other extensions get a fact */
export function toChannel(event: SubagentEvent): { readonly channel: string; readonly payload: object } {
	const { record } = event;
	const { id } = record;
	const started: SubagentStarted = startedOf(record);
	const isolation = record.isolation && { isolation: record.isolation };
	switch (event.type) {
		case "created":
			return told(SUBAGENT_EVENTS.CREATED, {
				...started,
				...isolation,
				isBackground: record.isBackground,
			} satisfies SubagentCreated);
		case "resumed":
			return told(SUBAGENT_EVENTS.RESUMED, { ...started, ...isolation } satisfies SubagentResumed);
		case "started":
			return told(SUBAGENT_EVENTS.STARTED, started);
		case "steered":
			return told(SUBAGENT_EVENTS.STEERED, { id, message: event.message } satisfies SubagentSteered);
		case "compacted":
			return told(SUBAGENT_EVENTS.COMPACTED, {
				...started,
				...event.compaction,
				compactionCount: record.compactionCount,
			} satisfies SubagentCompacted);
		case "settled":
			return told(
				hasCompleted(record) ? SUBAGENT_EVENTS.COMPLETED : SUBAGENT_EVENTS.FAILED,
				settled(record, event.used),
			);
		default:
			return event satisfies never;
	}
}

function startedOf({ id, type, description, parentId, rootSessionId, depth }: SubagentRecord): SubagentStarted {
	const place = depth > 0 && parentId !== undefined && { parentId, rootSessionId, depth };
	return { id, type, description, ...place };
}

function hasCompleted({ status }: SubagentRecord): boolean {
	switch (status) {
		case "completed":
		case "steered":
			return true;
		case "error":
		case "stopped":
		case "aborted":
		case "budget":
		case "interrupted":
		case "queued":
		case "running":
			return false;
		default:
			return status satisfies never;
	}
}

function settled(record: SubagentRecord, used: LifetimeUsage): SubagentSettled {
	const { input, output } = used;
	return {
		...startedOf(record),
		status: record.status,
		result: record.result,
		error: record.error,
		toolUses: record.run.toolUses,
		durationMs: durationMs(record),
		tokens: Object.freeze({ input, output, total: totalTokens(used) }),
	};
}

function told(channel: string, payload: object): { readonly channel: string; readonly payload: object } {
	return { channel, payload: Object.freeze(payload) };
}

/** The channels on the parent's `pi.events` on which the settings are emitted. */
export const SETTINGS_EVENTS = {
	LOADED: "subagents:settings_loaded",
	CHANGED: "subagents:settings_changed",
} as const;

/** Told when a session starts. */
export interface SettingsLoaded {
	readonly settings: Settings;
}

export interface SettingsChanged {
	/** All that are in force now. */
	readonly settings: Settings;
	/** `false`: the change could not be written and ends with the session. */
	readonly persisted: boolean;
}

/** @returns the channel and frozen payload by which other extensions get them */
export function toSettingsChannel(event: SettingsEvent): { readonly channel: string; readonly payload: object } {
	const { settings } = event;
	switch (event.type) {
		case "loaded":
			return { channel: SETTINGS_EVENTS.LOADED, payload: Object.freeze({ settings } satisfies SettingsLoaded) };
		case "changed": {
			const payload: SettingsChanged = { settings, persisted: event.persisted };
			return { channel: SETTINGS_EVENTS.CHANGED, payload: Object.freeze(payload) };
		}
		default:
			return event satisfies never;
	}
}
