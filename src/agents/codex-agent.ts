import { basename } from "node:path";
import type { FileOrigin, ParsedAgentFile } from "./agent-file.ts";

/** Whether a path is that of an agent as Codex writes them, as far as its name tells. */
export function isCodexFile(path: string): boolean {
	return /\.toml$/i.test(path);
}

/**
 * An agent file of Codex. It defines a type that cannot be used: its error says how to write the file that can.
 *
 * @returns nothing where the file is no agent
 */
export function parseCodexFile(file: string, origin: FileOrigin, text: string): ParsedAgentFile | undefined {
	const keys = topLevelKeys(text);
	const first = [...keys.values()][0];
	if (!first || !AGENT_KEYS.some((key) => keys.has(key))) return undefined;
	const name = basename(file).replace(/\.toml$/i, "");
	const given = keys.get("name")?.value;
	const message = `agent files of Codex are not read. Write ${name}.md beside it: ${conversion(keys)}`;
	return {
		name,
		file,
		origin,
		isDisabled: false,
		...(given && given !== name && { alias: { name: given, line: keys.get("name")?.line ?? 1 } }),
		diagnostics: [{ severity: "error", file, line: first.line, message }],
	};
}

/** Other files have these names for other things, but not in a folder of agents. */
const AGENT_KEYS = ["developer_instructions", "description", "name"];

interface TomlValue {
	readonly line: number;
	/** Absent where it is more than a text in one line. */
	readonly value: string | undefined;
}

type Keys = ReadonlyMap<string, TomlValue>;

/** Those of the file that mean something here, each with what to write for it. */
function conversion(keys: Keys): string {
	const parts = [...keys].map(([key, { value }]) => {
		switch (key) {
			case "name":
			case "description":
			case "model":
				return `\`${key}\` stays`;
			case "developer_instructions":
				return "`developer_instructions` becomes the text below the keys";
			case "model_reasoning_effort":
				return `\`${key}\` becomes \`thinking${value ? `: ${value}` : ""}\``;
			case "sandbox_mode":
				return sandbox(value);
			default:
				return `\`${key}\` has no counterpart`;
		}
	});
	return `between two lines \`---\` its keys as \`key: value\`. ${parts.join(", ")}`;
}

function sandbox(mode: string | undefined): string {
	if (mode === "read-only")
		return '`sandbox_mode = "read-only"` becomes `readonly: true`, with `disallowed_tools: bash` where no command may write either';
	return "`sandbox_mode` has no counterpart (pi confines no command; take tools away with `disallowed_tools`)";
}

const MOST_KEYS = 12;

/** Reads no more of TOML than it takes to tell keys from what stands in a text or a table. */
function topLevelKeys(text: string): Keys {
	const keys = new Map<string, TomlValue>();
	let open: string | undefined; // the quotes of a text over several lines
	let isInTable = false;
	for (const [index, line] of text
		.replace(/^\uFEFF/, "")
		.split(/\r\n?|\n/)
		.entries()) {
		if (open !== undefined) {
			if (line.includes(open)) open = undefined;
			continue;
		}
		const entry = entryIn(line);
		if (!entry) continue;
		open = entry.opens;
		if (entry.isTable) isInTable = true;
		const counts = entry.isTable || !isInTable;
		if (counts && !keys.has(entry.key) && keys.size < MOST_KEYS) {
			keys.set(entry.key, { line: index + 1, value: entry.value });
		}
	}
	return keys;
}

/** A key with the beginning of its value, or the head of a table. */
function entryIn(line: string) {
	const table = /^\s*\[+\s*"?([\w-]+)/.exec(line)?.[1];
	if (table !== undefined) return { key: table, isTable: true, value: undefined, opens: undefined };
	const [, key, raw = ""] = /^\s*"?([\w-]+)"?\s*=\s*(.*)$/.exec(line) ?? [];
	if (key === undefined) return undefined;
	const quotes = /^("""|''')/.exec(raw)?.[1];
	if (quotes === undefined) return { key, isTable: false, value: /^(["'])(.*?)\1/.exec(raw)?.[2], opens: undefined };
	return { key, isTable: false, value: undefined, opens: raw.slice(3).includes(quotes) ? undefined : quotes };
}
