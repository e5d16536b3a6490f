import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Value } from "typebox/value";
import type { Diagnostic } from "../domain/diagnostic.ts";
import { acceptedValues, DEFAULT_SETTINGS, type Settings, SettingsSchema } from "./settings.ts";

/** What is in force, and what of the files could not be used: file, key, value and what would be accepted. */
export interface LoadedSettings {
	readonly settings: Settings;
	readonly diagnostics: readonly Diagnostic[];
}

const FILE = "subagents.json";
const SHOWN_VALUE = 80;

/** The settings in force, key by key: the project's file over the person's over the defaults. Files are read again when they changed. */
export class SettingsFiles {
	private loaded: (LoadedSettings & { readonly stamp: string }) | undefined;

	constructor(private readonly agentDir: string) {}

	/** Never throws: a file or value that cannot be used is a diagnostic, and the next layer's value holds. */
	load(cwd: string): LoadedSettings {
		const files = [join(this.agentDir, FILE), join(cwd, ".pi", FILE)];
		const stamp = files.map(stampOf).join();
		if (this.loaded?.stamp !== stamp) this.loaded = { ...layered(files), stamp };
		return this.loaded;
	}
}

function stampOf(file: string): string {
	try {
		const stat = statSync(file, { throwIfNoEntry: false });
		return `${file} ${stat?.mtimeMs} ${stat?.size}`;
	} catch (error) {
		return `${file} ${error}`; // a loop of links, say: reading it will tell
	}
}

function layered(files: readonly string[]): LoadedSettings {
	const diagnostics: Diagnostic[] = [];
	const layers = files.map((file) => validKeys(file, readLayer(file, diagnostics), diagnostics));
	return { settings: Object.freeze(Object.assign({}, DEFAULT_SETTINGS, ...layers)), diagnostics };
}

function readLayer(file: string, diagnostics: Diagnostic[]): object {
	const problem = (message: string) => diagnostics.push({ severity: "error", file, message });
	try {
		const value: unknown = JSON.parse(readFileSync(file, "utf8").replace(/^\uFEFF/, ""));
		if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
		problem(`expected an object of settings, found ${shown(value)}`);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
		problem(`cannot be read: ${error instanceof Error ? error.message : error}`);
	}
	return {};
}

function validKeys(file: string, layer: object, diagnostics: Diagnostic[]): Partial<Settings> {
	const keys = Object.keys(DEFAULT_SETTINGS) as (keyof Settings)[];
	const valid = keys.filter((key) => {
		if (!Object.hasOwn(layer, key)) return false;
		const value: unknown = Reflect.get(layer, key);
		if (Value.Check(SettingsSchema.properties[key], value)) return true;
		const message = `${key} is ${shown(value)}; accepted is ${acceptedValues(key)}`;
		diagnostics.push({ severity: "error", file, message });
		return false;
	});
	for (const key of Object.keys(layer).filter((name) => !Object.hasOwn(DEFAULT_SETTINGS, name))) {
		const message = `unknown setting "${key.slice(0, SHOWN_VALUE)}"; known are ${keys.join(", ")}`;
		diagnostics.push({ severity: "warning", file, message });
	}
	return Object.fromEntries(valid.map((key) => [key, Reflect.get(layer, key)]));
}

function shown(value: unknown): string | undefined {
	return JSON.stringify(value)?.slice(0, SHOWN_VALUE);
}
