import { isUtf8 } from "node:buffer";
import { type Stats, statSync } from "node:fs";
import type { Diagnostic } from "../domain/diagnostic.ts";
import { type SettingSource, type Settings, UNUSABLE_LIMITS } from "../domain/settings.ts";
import { reasonOf } from "../platform/reason-of.ts";
import { readRegularFile } from "../platform/regular-file.ts";
import { placeOfSetting, readSettingsText, type TextPlace } from "./json-edit.ts";
import { isMapSetting, isSettingKey, problemWithSetting, SETTING_KEYS, unknownSetting } from "./settings-schema.ts";

const BIGGEST_FILE = 1024 * 1024;

/** The result of reading a settings file. */
export type SettingsFile =
	| { readonly kind: "missing" }
	| { readonly kind: "read"; readonly text: string; readonly values: object }
	| {
			readonly kind: "unusable";
			readonly message: string;
			readonly place: TextPlace | undefined;
			/** `disk`: it may be gone the next time although the file has not changed. */
			readonly fault: "disk" | "file";
	  };

/** Never throws, never waits, and reads no more than a person would have written. */
export function readSettingsFile(file: string): SettingsFile {
	try {
		const stat = statSync(file, { throwIfNoEntry: false });
		if (!stat) return { kind: "missing" };
		const message = reasonNotToRead(stat);
		if (message) return { kind: "unusable", message, place: undefined, fault: "file" };
		const bytes = readRegularFile(file, { maxBytes: BIGGEST_FILE });
		if (!isUtf8(bytes)) {
			return { kind: "unusable", message: "cannot be read: it is no UTF-8 text", place: undefined, fault: "file" };
		}
		const text = bytes.toString();
		const said = readSettingsText(text);
		return said.kind === "object" ? { kind: "read", text, values: said.values } : { ...said, fault: "file" };
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return { kind: "missing" };
		return { kind: "unusable", message: `cannot be read: ${reasonOf(error)}`, place: undefined, fault: "disk" };
	}
}

/** Changes whenever the file may say something else. */
export function stampOf(file: string): string {
	try {
		const stat = statSync(file, { throwIfNoEntry: false });
		return `${file} ${stat?.mtimeMs} ${stat?.ctimeMs} ${stat?.size} ${stat?.ino}`;
	} catch (error) {
		return `${file} ${reasonOf(error)}`; // a loop of links, say: reading it will tell
	}
}

/** Reading a pipe would wait for whoever writes into it. */
function reasonNotToRead(stat: Stats): string | undefined {
	if (!stat.isFile()) return `cannot be read: it is ${stat.isDirectory() ? "a folder" : "no regular file"}`;
	if (stat.size > BIGGEST_FILE) return `the file has ${stat.size} bytes; expected at most ${BIGGEST_FILE}`;
	return undefined;
}

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
	const unusable = present.filter((key) => problems.get(key) && isMapSetting(key)).map((key) => [key, UNUSABLE_LIMITS]);
	const usable = present.filter((key) => !problems.get(key)).map((key) => [key, frozen(written(key))]);
	return {
		source,
		values: Object.fromEntries([...usable, ...unusable]),
		diagnostics: [
			...[...problems].flatMap(([key, problem]) => (problem ? [diagnose("error", key, problem)] : [])),
			...unknown.map((key) => diagnose("warning", key, unknownSetting(key))),
		],
		isLasting: true,
	};
}

function frozen(value: unknown): unknown {
	return Object.freeze(value);
}
