import { statSync } from "node:fs";
import { join } from "node:path";
import { inspected, reasonOf } from "./domain/reason-of.ts";
import { isNestedTooDeep, MOST_JSON_DEPTH } from "./platform/json-depth.ts";
import { readRegularFile } from "./platform/regular-file.ts";

export interface LayeredSettings<T> {
	/** pi's agent directory, where a person's own file is. */
	readonly agentDir: string;
	/** The session's directory; the project's file is in its `.pi`. */
	readonly cwd: string;
	/** The file's name in both places. */
	readonly filename: string;
	/** Makes of one layer what of it can be used; what it leaves out, the layer below decides. `file` is for warnings. */
	readonly sanitize: (raw: unknown, file: string) => Partial<T>;
	/** Says in warnings whose settings they are. */
	readonly warnLabel: string;
	/** Takes the warning about a file that cannot be read; it goes to stderr when this is left out. */
	readonly warn?: (message: string) => void;
}

/**
 * Reads an extension's own settings: JSON in `<agentDir>/<filename>` under `<cwd>/.pi/<filename>`, the project's value
 * before the person's, key by key. Never throws: a file that cannot be read is warned about and left out; a missing one is
 * silence.
 *
 * @example
 * const { roots } = loadLayeredSettings<{ roots: string[] }>({
 * 	agentDir: getAgentDir(),
 * 	cwd: ctx.cwd,
 * 	filename: "my-extension.json",
 * 	sanitize: (raw) => (isSettings(raw) ? raw : {}),
 * 	warnLabel: "my-extension",
 * });
 */
export function loadLayeredSettings<T>(options: LayeredSettings<T>): Partial<T> {
	const given = readOnce(options);
	const { agentDir, cwd, filename } = given;
	return { ...readLayer([agentDir, filename], given), ...readLayer([cwd, ".pi", filename], given) };
}

const LONGEST_FILE = 1024 * 1024;

/** The caller's object may have getters that throw; what cannot be read counts as left out. */
function readOnce<T>(options: LayeredSettings<T>): LayeredSettings<T> {
	const read = <K extends keyof LayeredSettings<T>>(key: K): LayeredSettings<T>[K] => {
		try {
			return options[key];
		} catch {
			return undefined as LayeredSettings<T>[K]; // told of by the layer that misses it
		}
	};
	const warn = read("warn");
	return {
		agentDir: read("agentDir"),
		cwd: read("cwd"),
		filename: read("filename"),
		sanitize: read("sanitize"),
		warnLabel: read("warnLabel"),
		...(typeof warn === "function" && { warn }),
	};
}

function readLayer<T>(
	path: readonly string[],
	{ sanitize, warnLabel, warn = console.error }: LayeredSettings<T>,
): Partial<T> {
	try {
		const file = join(...path);
		if (!statSync(file, { throwIfNoEntry: false })) return {}; // the usual case: an exception would cost ten times as much
		const text = readRegularFile(file, { maxBytes: LONGEST_FILE })
			.toString()
			.replace(/^\uFEFF/, "");
		if (isNestedTooDeep(text)) throw new Error(`it is nested deeper than ${MOST_JSON_DEPTH} levels`);
		const layer = withoutStrays(sanitize(JSON.parse(text), file));
		if (layer instanceof Promise) throw new Error("`sanitize` returned a promise; expected an object");
		// A value that is there and undefined would hide the one of the layer below.
		return Object.fromEntries(Object.entries(layer ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>;
	} catch (error) {
		const parts = path.map((part) => (typeof part === "string" ? part : inspected(part)));
		const label = typeof warnLabel === "string" ? warnLabel : "settings";
		tried(() => withoutStrays(warn(`${label}: ${parts.join("/")} was left out: ${reasonOf(error)}`)));
		return {};
	}
}

/** A function of the caller's may be `async`; its rejection would end the process, for nobody waits for it. */
function withoutStrays<V>(value: V): V {
	if (value instanceof Promise) value.catch(() => undefined);
	return value;
}

function tried(work: () => void): void {
	try {
		work();
	} catch {
		// a way of warning that fails: there is no other
	}
}
