import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

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
	const { agentDir, cwd, filename } = options;
	return { ...readLayer([agentDir, filename], options), ...readLayer([cwd, ".pi", filename], options) };
}

function readLayer<T>(
	path: readonly string[],
	{ sanitize, warnLabel, warn = console.error }: LayeredSettings<T>,
): Partial<T> {
	try {
		const file = join(...path);
		if (!statSync(file, { throwIfNoEntry: false })) return {}; // the usual case: an exception would cost ten times as much
		const layer = sanitize(JSON.parse(readFileSync(file, "utf8").replace(/^\uFEFF/, "")), file);
		// A value that is there and undefined would hide the one of the layer below.
		return Object.fromEntries(Object.entries(layer ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>;
	} catch (error) {
		const reason = error instanceof Error ? error.message : String(error);
		warn(`${warnLabel}: ${path.join("/")} was left out: ${reason}`);
		return {};
	}
}
