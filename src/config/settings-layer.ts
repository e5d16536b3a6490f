import type { Diagnostic } from "../domain/diagnostic.ts";
import type { SettingSource, Settings } from "../domain/settings.ts";
import { isSettingKey, problemWithSetting, SETTING_KEYS, unknownSetting } from "./settings.ts";
import { readSettingsFile } from "./settings-file.ts";
import { placeOfSetting } from "./settings-text.ts";

export interface LayerFile {
	readonly source: SettingSource;
	readonly file: string;
}

/** What of one file can be used, and what cannot. */
export interface SettingsLayer {
	readonly source: SettingSource;
	readonly values: Partial<Settings>;
	readonly diagnostics: readonly Diagnostic[];
	/** Whether it stays so as long as the file does not change: a disk may fail once. */
	readonly isLasting: boolean;
}

export function readLayer({ source, file }: LayerFile): SettingsLayer {
	const said = readSettingsFile(file);
	if (said.kind === "missing") return { source, values: {}, diagnostics: [], isLasting: true };
	if (said.kind === "unusable") {
		const { message, place, fault } = said;
		const diagnostics: Diagnostic[] = [{ severity: "error", file, ...place, message }];
		return { source, values: {}, diagnostics, isLasting: fault === "file" };
	}
	const written = (key: string): unknown => Reflect.get(said.values, key);
	const diagnose = (severity: Diagnostic["severity"], key: string, message: string): Diagnostic => ({
		severity,
		file,
		...placeOfSetting(said.text, key),
		message,
	});
	const present = SETTING_KEYS.filter((key) => Object.hasOwn(said.values, key));
	const problems = new Map(present.map((key) => [key, problemWithSetting(key, written(key))]));
	const unknown = Object.keys(said.values).filter((key) => !isSettingKey(key));
	return {
		source,
		values: Object.fromEntries(present.filter((key) => !problems.get(key)).map((key) => [key, frozen(written(key))])),
		diagnostics: [
			...[...problems].flatMap(([key, problem]) => (problem ? [diagnose("error", key, problem)] : [])),
			...unknown.map((key) => diagnose("warning", key, unknownSetting(key))),
		],
		isLasting: true,
	};
}

function frozen(value: unknown): unknown {
	return Array.isArray(value) ? Object.freeze(value) : value;
}
