import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Diagnostic } from "../domain/diagnostic.ts";
import type { ProjectPlace } from "../domain/project.ts";
import type { SettingKey, SettingSource, Settings, SettingsEvent } from "../domain/settings.ts";
import { type LayerFile, readLayer, type SettingsLayer, stampOf } from "./settings-file.ts";
import { DEFAULT_SETTINGS, problemWithSetting } from "./settings-schema.ts";
import { type SettingChange, writeSetting } from "./settings-writer.ts";

/** What is in force, whose value each is, and what of the files could not be used. */
export interface LoadedSettings {
	readonly settings: Settings;
	readonly sources: Readonly<Record<SettingKey, SettingSource>>;
	readonly diagnostics: readonly Diagnostic[];
}

/** What came of a change. `not-persisted`: it holds until the session ends, for the disk would not have it. */
export type ChangeOutcome =
	| { readonly kind: "saved"; readonly settings: Settings; readonly file: string }
	| { readonly kind: "not-persisted"; readonly settings: Settings; readonly reason: string }
	| { readonly kind: "refused"; readonly reason: string };

const FILE = "subagents.json";

/**
 * The settings in force, key by key: what could not be written over the project's file over the person's over the defaults.
 * Files are read again when they changed. Only the project's file is ever written.
 */
export class SettingsStore {
	private loaded: (LoadedSettings & Stamped) | undefined;
	/** Changes that the disk would not have; `undefined` where a key was to be taken out of the project's file. */
	private readonly unwritten = new Map<SettingKey, unknown>();
	private lastChange: Promise<unknown> = Promise.resolve();

	constructor(private readonly agentDir: string) {}

	/** Never throws: a file or value that cannot be used is a diagnostic, and the next layer's value holds. */
	load(place: ProjectPlace): LoadedSettings {
		const layers: LayerFile[] = [{ source: "yours", file: join(this.agentDir, FILE) }];
		if (place.isTrusted) layers.push({ source: "project", file: projectFile(place) });
		const stamp = layers.map(({ file }) => stampOf(file)).join();
		if (!this.loaded || this.loaded.stamp !== stamp) this.loaded = this.loadFiles(layers, stamp);
		return this.loaded;
	}

	/** One change after the other. Always resolves. */
	change(place: ProjectPlace, change: SettingChange): Promise<ChangeOutcome> {
		const outcome = this.lastChange.then(() => this.changeNow(place, change));
		this.lastChange = outcome;
		return outcome;
	}

	private async changeNow(place: ProjectPlace, change: SettingChange): Promise<ChangeOutcome> {
		const { key, value } = change;
		const problem = value === undefined ? undefined : problemWithSetting(key, value);
		if (problem) return { kind: "refused", reason: problem };
		if (!place.isTrusted)
			return { kind: "refused", reason: `${place.cwd} is not trusted, so nothing is written there` };
		const file = projectFile(place);
		const outcome = await writeSetting(file, change);
		if (outcome.kind === "refused") return outcome;
		if (outcome.kind === "written") this.unwritten.delete(key);
		else this.unwritten.set(key, value);
		this.loaded = undefined;
		const { settings } = this.load(place);
		return outcome.kind === "written"
			? { kind: "saved", settings, file }
			: { kind: "not-persisted", settings, reason: outcome.reason };
	}

	private loadFiles(files: readonly LayerFile[], stamp: string): LoadedSettings & Stamped {
		const read = files.map(readLayer);
		const layers: readonly Layer[] = [
			{ source: "default", values: DEFAULT_SETTINGS },
			...read.map((layer) => (layer.source === "project" ? this.withoutUnwritten(layer) : layer)),
			{ source: "session", values: definedIn(this.unwritten) },
		];
		return {
			settings: Object.freeze(Object.assign({}, ...layers.map(({ values }) => values))),
			sources: Object.assign({}, ...layers.map(sourcesOf)),
			diagnostics: read.flatMap(({ diagnostics }) => diagnostics),
			stamp: read.every(({ isLasting }) => isLasting) ? stamp : undefined,
		};
	}

	private withoutUnwritten({ source, values }: Layer): Layer {
		const kept = Object.entries(values).filter(([key]) => !this.unwritten.has(key as SettingKey));
		return { source, values: Object.fromEntries(kept) };
	}
}

interface Stamped {
	/** Absent when it has to be read again although nothing has changed. */
	readonly stamp: string | undefined;
}

type Layer = Pick<SettingsLayer, "source" | "values">;

function sourcesOf({ source, values }: Layer): Partial<LoadedSettings["sources"]> {
	return Object.fromEntries(Object.keys(values).map((key) => [key, source]));
}

function definedIn(changes: ReadonlyMap<SettingKey, unknown>): Partial<Settings> {
	return Object.fromEntries([...changes].filter(([, value]) => value !== undefined));
}

function projectFile({ cwd }: ProjectPlace): string {
	return join(cwd, ".pi", FILE);
}

/** The settings of one session: whoever asks gets what is in force at this moment, and every change is announced. */
export class EffectiveSettings {
	private told: Settings = DEFAULT_SETTINGS;
	private changing = 0;
	/** The session's; absent until it begins. */
	private place: ProjectPlace | undefined;

	/** @param tell must not throw */
	constructor(
		private readonly files: SettingsStore,
		private readonly tell: (event: SettingsEvent) => void,
	) {}

	/** A session starts, or an extension was loaded anew that has not heard of them. */
	begin(place: ProjectPlace): void {
		this.place = place;
		const { settings } = this.files.load(place);
		this.told = settings;
		this.tell({ type: "loaded", settings });
	}

	/** Without a look at the disk: what was in force when somebody last asked. */
	get latest(): Settings {
		return this.told;
	}

	/** What is in force in the session's own place; a file that changed is read again. */
	get current(): Settings {
		return this.place ? this.now(this.place).settings : this.told;
	}

	now(place: ProjectPlace): LoadedSettings {
		const loaded = this.files.load(place);
		// Our own change is in its file a moment before it is announced; it must be announced once.
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
