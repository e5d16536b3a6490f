import { join } from "node:path";
import type { Diagnostic } from "../domain/diagnostic.ts";
import type { SettingKey, SettingSource, Settings } from "../domain/settings.ts";
import type { ProjectPlace } from "./project-place.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";
import { stampOf } from "./settings-file.ts";
import { type LayerFile, readLayer, type SettingsLayer } from "./settings-layer.ts";

/** What is in force, whose value each is, and what of the files could not be used. */
export interface LoadedSettings {
	readonly settings: Settings;
	readonly sources: Readonly<Record<SettingKey, SettingSource>>;
	readonly diagnostics: readonly Diagnostic[];
}

const FILE = "subagents.json";

/**
 * The settings in force, key by key: the project's file over the person's over the defaults.
 * Files are read again when they changed.
 */
export class SettingsFiles {
	private loaded: (LoadedSettings & Stamped) | undefined;

	constructor(private readonly agentDir: string) {}

	/** Never throws: a file or value that cannot be used is a diagnostic, and the next layer's value holds. */
	load(place: ProjectPlace): LoadedSettings {
		const layers: LayerFile[] = [{ source: "yours", file: join(this.agentDir, FILE) }];
		if (place.isTrusted) layers.push({ source: "project", file: projectFile(place) });
		const stamp = layers.map(({ file }) => stampOf(file)).join();
		if (!this.loaded || this.loaded.stamp !== stamp) this.loaded = this.loadFiles(layers, stamp);
		return this.loaded;
	}

	private loadFiles(files: readonly LayerFile[], stamp: string): LoadedSettings & Stamped {
		const read = files.map(readLayer);
		const layers: readonly Layer[] = [{ source: "default", values: DEFAULT_SETTINGS }, ...read];
		return {
			settings: Object.freeze(Object.assign({}, ...layers.map(({ values }) => values))),
			sources: Object.assign({}, ...layers.map(sourcesOf)),
			diagnostics: read.flatMap(({ diagnostics }) => diagnostics),
			stamp: read.every(({ isLasting }) => isLasting) ? stamp : undefined,
		};
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

function projectFile({ cwd }: ProjectPlace): string {
	return join(cwd, ".pi", FILE);
}
