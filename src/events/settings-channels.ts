import type { Settings, SettingsEvent } from "../domain/settings.ts";

/** The channels on the parent's `pi.events` on which the settings are told. */
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

/** @returns the channel and frozen payload by which other extensions are told */
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
