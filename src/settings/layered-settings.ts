import { realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { isNestedTooDeep, MOST_JSON_DEPTH } from "../platform/json-depth.ts";
import { plainText } from "../platform/plain-text.ts";
import { inspected, reasonOf } from "../platform/reason-of.ts";
import { readRegularFile } from "../platform/regular-file.ts";

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
	/**
	 * Whether the project's file may be read: `ctx.isProjectTrusted?.() ?? true`. Pass it wherever there is a context.
	 *
	 * @default what pi decided for the directory, as far as that can be found out, else `false`: the session's own decision where
	 * pi-crew has begun a session there; else what the agent directory's `trust.json` and `settings.json` say, where a project
	 * that pi would ask the person about is not trusted.
	 */
	readonly projectTrusted?: boolean;
}

/**
 * Reads an extension's own settings: JSON in `<agentDir>/<filename>` under `<cwd>/.pi/<filename>`, the project's value
 * before the person's, key by key. The file of a project that is not trusted is not read. Never throws: a file that cannot be read
 * is warned about and left out; a missing one is silence.
 *
 * @example
 * const { roots } = loadLayeredSettings<{ roots: string[] }>({
 * 	agentDir: getAgentDir(),
 * 	cwd: ctx.cwd,
 * 	filename: "my-extension.json",
 * 	sanitize: (raw) => (isSettings(raw) ? raw : {}),
 * 	warnLabel: "my-extension",
 * 	projectTrusted: ctx.isProjectTrusted?.() ?? true,
 * });
 */
export function loadLayeredSettings<T>(options: LayeredSettings<T>): Partial<T> {
	const given = readOnce(options);
	const { agentDir, cwd, filename } = given;
	const own = readLayer([agentDir, filename], given);
	return mayReadProject(given) ? { ...own, ...readLayer([cwd, ".pi", filename], given) } : own;
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
	const projectTrusted = read("projectTrusted");
	return {
		agentDir: read("agentDir"),
		cwd: read("cwd"),
		filename: read("filename"),
		sanitize: read("sanitize"),
		warnLabel: read("warnLabel"),
		...(projectTrusted !== undefined && { projectTrusted }),
		...(typeof warn === "function" && { warn }),
	};
}

function readLayer<T>(path: readonly string[], options: LayeredSettings<T>): Partial<T> {
	try {
		const file = join(...path);
		if (!isThere(file)) return {}; // the usual case: an exception would cost ten times as much
		const layer = withoutStrays(options.sanitize(readJson(file), file));
		if (layer instanceof Promise) throw new Error("`sanitize` returned a promise; expected an object");
		// A value that is there and undefined would hide the one of the layer below.
		return Object.fromEntries(Object.entries(layer ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>;
	} catch (error) {
		leftOut(path, error, options);
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

function leftOut(
	path: readonly string[],
	error: unknown,
	{ warnLabel, warn = console.error }: Pick<LayeredSettings<unknown>, "warnLabel" | "warn">,
): void {
	const parts = path.map((part) => (typeof part === "string" ? part : inspected(part)));
	const label = typeof warnLabel === "string" ? warnLabel : "settings";
	tried(() => withoutStrays(warn(plainText(`${label}: ${parts.join("/")} was left out: ${reasonOf(error)}`))));
}

function mayReadProject<T>(options: LayeredSettings<T>): boolean {
	const { agentDir, cwd, filename, projectTrusted } = options;
	if (projectTrusted !== undefined) return projectTrusted === true;
	try {
		if (!isThere(join(cwd, ".pi", filename))) return false; // nothing to decide
		return decidedByHost(cwd) ?? decidedByFiles(agentDir, cwd);
	} catch (error) {
		leftOut([cwd, ".pi", filename], error, options);
		return false; // what cannot be found out was not allowed
	}
}

interface TrustNotes {
	readonly hostDecides?: boolean;
	readonly decisions?: ReadonlyMap<string, boolean>;
}

/** The sessions of this process have noted it. */
function decidedByHost(cwd: string): boolean | undefined {
	const shared = globalThis as { [key: symbol]: TrustNotes | undefined };
	const notes = shared[Symbol.for("pi-crew:project-trust/v1")];
	if (notes?.hostDecides === false) return true;
	return notes?.decisions?.get(cwd);
}

/** As pi itself decides where it cannot ask anybody. */
function decidedByFiles(agentDir: string, cwd: string): boolean {
	const saved = savedDecision(join(agentDir, "trust.json"), cwd);
	if (saved !== undefined) return saved;
	if (!ASKED_ABOUT.some((name) => isThere(join(cwd, ".pi", name)))) return true;
	const settings = join(agentDir, "settings.json");
	const { defaultProjectTrust } = (isThere(settings) ? readJson(settings) : {}) as { defaultProjectTrust?: unknown };
	return defaultProjectTrust === "always";
}

/** What in a project's `.pi` makes pi ask whether the project is trusted. */
const ASKED_ABOUT = ["settings.json", "mcp.json", "extensions", "skills", "prompts", "themes"].concat([
	"SYSTEM.md",
	"APPEND_SYSTEM.md",
]);

/** Of the nearest folder that a person has decided about. @throws when the file cannot be read */
function savedDecision(file: string, cwd: string): boolean | undefined {
	if (!isThere(file)) return undefined;
	const decisions = readJson(file) as Record<string, unknown>;
	for (let folder = realpathSync(cwd); ; folder = dirname(folder)) {
		const decision = Object.hasOwn(decisions, folder) ? decisions[folder] : undefined;
		if (typeof decision === "boolean") return decision;
		if (dirname(folder) === folder) return undefined;
	}
}

function isThere(path: string): boolean {
	return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function readJson(file: string): unknown {
	const text = readRegularFile(file, { maxBytes: LONGEST_FILE })
		.toString()
		.replace(/^\uFEFF/, "");
	if (isNestedTooDeep(text)) throw new Error(`it is nested deeper than ${MOST_JSON_DEPTH} levels`);
	return JSON.parse(text);
}
