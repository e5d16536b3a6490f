import { expect, it } from "vitest";
import { SETTINGS_EVENTS, toSettingsChannel } from "../../src/events/fact-channels.ts";
import type { SettingsChanged, SettingsLoaded } from "../../src/service/subagents-service.ts";
import { DEFAULT_SETTINGS } from "../../src/settings/settings-schema.ts";

const settings = DEFAULT_SETTINGS;

it("tells the settings under the names that other extensions listen to", () => {
	const loaded: SettingsLoaded = { settings };
	const changed: SettingsChanged = { settings, persisted: false };
	expect([
		toSettingsChannel({ type: "loaded", settings }),
		toSettingsChannel({ type: "changed", settings, persisted: false }),
	]).toEqual([
		{ channel: "subagents:settings_loaded", payload: loaded },
		{ channel: "subagents:settings_changed", payload: changed },
	]);
	expect(SETTINGS_EVENTS).toEqual({ LOADED: "subagents:settings_loaded", CHANGED: "subagents:settings_changed" });
});

it("tells what nobody can change", () => {
	const { payload } = toSettingsChannel({ type: "changed", settings, persisted: true });
	expect([payload, (payload as SettingsChanged).settings].map(Object.isFrozen)).toEqual([true, true]);
});
