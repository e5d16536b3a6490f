import { isDeepStrictEqual } from "node:util";
import type { Settings, SettingsEvent } from "../domain/settings.ts";
import type { ProjectPlace } from "./project-place.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";
import type { ChangeOutcome, LoadedSettings, SettingsFiles } from "./settings-files.ts";
import type { SettingChange } from "./settings-writer.ts";

/** The settings of one session: whoever asks gets what is in force at this moment, and every change is told. */
export class SettingsInForce {
	private told: Settings = DEFAULT_SETTINGS;
	private changing = 0;

	/** @param tell must not throw */
	constructor(
		private readonly files: SettingsFiles,
		private readonly tell: (event: SettingsEvent) => void,
	) {}

	/** A session starts, or an extension was loaded anew that has not heard of them. */
	begin(place: ProjectPlace): void {
		const { settings } = this.files.load(place);
		this.told = settings;
		this.tell({ type: "loaded", settings });
	}

	/** Without a look at the disk: what was in force when somebody last asked. */
	get latest(): Settings {
		return this.told;
	}

	now(place: ProjectPlace): LoadedSettings {
		const loaded = this.files.load(place);
		// A change of our own is in its file a moment before it is told, and is told once.
		if (this.changing === 0 && !isDeepStrictEqual(loaded.settings, this.told))
			this.changed({ settings: loaded.settings, persisted: true });
		return loaded;
	}

	/** When it resolves, the change is in force and told. Always resolves. */
	async change(place: ProjectPlace, change: SettingChange): Promise<ChangeOutcome> {
		this.changing++;
		const outcome = await this.files.change(place, change);
		this.changing--;
		if (outcome.kind !== "refused") this.changed({ settings: outcome.settings, persisted: outcome.kind === "saved" });
		return outcome;
	}

	private changed(change: { readonly settings: Settings; readonly persisted: boolean }): void {
		this.told = change.settings;
		this.tell({ type: "changed", ...change });
	}
}
