import { COLOR_EXAMPLES, colorNamed } from "../domain/agent-color.ts";
import {
	BUILTIN_TOOLS,
	type BuiltinTool,
	COMMON_THINKING_LEVELS,
	MEMORY_SCOPES,
	type MemoryScope,
	type ThinkingLevel,
} from "../domain/agent-definition.ts";
import { meansParentsModel, readModelQuery, thinkingLevelNamed } from "../domain/model-query.ts";
import { JsonSchema } from "../platform/json-schema.ts";
import { editDistance } from "./agent-name.ts";

/** What became of a key's value: usable, or not usable and what would have been accepted. */
export type KeyReading<T> =
	| { readonly kind: "value"; readonly value: T }
	| { readonly kind: "bad"; readonly accepted: string };

const bad = (accepted: string): KeyReading<never> => ({ kind: "bad", accepted });
const value = <T>(read: T): KeyReading<T> => ({ kind: "value", value: read });

/** The tools of an agent; `extensionTools` are names that are none of the host's built-in tools. */
export interface ToolChoice {
	readonly tools: readonly BuiltinTool[];
	readonly extensionTools: readonly string[];
	/** It has no other extension tools than these; where it names some, that is so in any case. */
	readonly isExact?: true;
	/** Those it switches off by name. */
	readonly deniedTools?: readonly string[];
}

/** What other tools call things we have under another name, in lower case. */
const TOOL_ALIASES: ReadonlyMap<string, BuiltinTool> = new Map([
	["glob", "find"],
	["multiedit", "edit"],
]);

/** Names that would be too bold to give a tool for, but are enough to take it away. */
const DENIED_ALIASES: ReadonlyMap<string, BuiltinTool> = new Map([
	...TOOL_ALIASES,
	["list", "ls"],
	["patch", "edit"],
	["apply_patch", "edit"],
	["shell", "bash"],
	["terminal", "bash"],
	["run_terminal_cmd", "bash"],
]);

export function readText(raw: unknown): KeyReading<string> {
	if (typeof raw === "string" && raw.trim() !== "") return value(raw.trim());
	if (typeof raw === "number" || typeof raw === "boolean") return value(String(raw));
	return bad("a text");
}

export function readFlag(raw: unknown): KeyReading<boolean> {
	if (typeof raw === "boolean") return value(raw);
	const word = typeof raw === "string" ? raw.trim().toLowerCase() : "";
	if (["true", "yes", "on"].includes(word)) return value(true); // older YAML has these words for it
	return ["false", "no", "off"].includes(word) ? value(false) : bad("true or false");
}

export function readTurns(raw: unknown): KeyReading<number> {
	const turns = typeof raw === "string" && /^\d+$/.test(raw.trim()) ? Number(raw) : raw;
	return Number.isSafeInteger(turns) && (turns as number) >= 0
		? value(turns as number)
		: bad("an integer >= 0; 0 is unlimited");
}

export function readContextTurns(raw: unknown): KeyReading<number> {
	const reading = readTurns(raw);
	return reading.kind === "value" && reading.value >= 1 ? reading : bad("an integer >= 1");
}

export function readThinking(raw: unknown): KeyReading<ThinkingLevel> {
	// YAML reads a bare `off` as it stands, but some editors write it as a truth value.
	const wanted = raw === false ? "off" : raw;
	const level = typeof wanted === "string" ? thinkingLevelNamed(wanted) : undefined;
	return level ? value(level) : bad([...COMMON_THINKING_LEVELS, "max"].join(", "));
}

export function readMemoryScope(raw: unknown): KeyReading<MemoryScope> {
	const word = typeof raw === "string" ? raw.trim().toLowerCase() : "";
	const scope = MEMORY_SCOPES.find((candidate) => candidate === word);
	return scope ? value(scope) : bad(MEMORY_SCOPES.join(", "));
}

/** @returns an empty list for no skills at all, `all` for what an absent key means */
export function readSkills(raw: unknown): KeyReading<readonly string[] | "all"> {
	const word = typeof raw === "string" ? raw.trim().toLowerCase() : raw;
	if (word === false || word === "none" || word === "false") return value([]);
	if (word === true || word === "all" || word === "*" || word === "true") return value("all");
	const names = listOf(raw)?.map((name) => name.replace(/^\/?(?:skill:)?/i, ""));
	if (!names || (names.length === 0 && !Array.isArray(raw))) return bad("a list of names of skills, or none");
	return value([...new Set(names.filter((name) => name !== ""))]);
}

export function readOutputSchema(raw: unknown): KeyReading<Readonly<Record<string, unknown>>> {
	const schema = JsonSchema.read(raw);
	return schema instanceof JsonSchema ? value(schema.json) : bad(`a JSON Schema of an object (${schema.reason})`);
}

export function readPromptMode(raw: unknown): KeyReading<"append" | "replace"> {
	return raw === "append" || raw === "replace" ? value(raw) : bad("append or replace");
}

/** The models of an agent; none: the parent's. */
export interface ModelChoice {
	/** In order of preference. */
	readonly queries: readonly string[];
	/** Written behind `inherit`, where that is all there is. */
	readonly level: ThinkingLevel | undefined;
}

/** One model or several in order of preference; `inherit` is what an absent key means. */
export function readModels(raw: unknown): KeyReading<ModelChoice> {
	const names = isBracketed(raw) ? [raw] : listOf(raw);
	if (!names || names.length === 0) return bad('"provider/id", a part of a model\'s name, or a list of these');
	const queries = names.filter((name) => !meansParentsModel(readModelQuery(name).name));
	return value({ queries, level: queries.length === 0 ? readModelQuery(names[0] ?? "").level : undefined });
}

/** Not a list in YAML, but a name with a size behind it. */
function isBracketed(raw: unknown): raw is string {
	return typeof raw === "string" && readModelQuery(raw).context !== undefined && !raw.includes(",");
}

/** @returns the colour as it is written */
export function readColor(raw: unknown): KeyReading<string> {
	const text = typeof raw === "string" ? raw.trim() : "";
	if (colorNamed(text)) return value(text);
	const unquoted = raw === null ? "; YAML takes what follows an unquoted # for a remark" : "";
	return bad(`a color such as ${COLOR_EXAMPLES}, or "#8b5cf6" in quotes${unquoted}`);
}

/** A list with commas or blanks or a YAML list; `none` is none, `all` and `*` are all seven. Some tools write `name: true` or `name: false`. */
export function readTools(raw: unknown): KeyReading<ToolChoice> {
	const isBlank = raw === null || (typeof raw === "string" && raw.trim() === "");
	const accepted = `none, or a list of ${BUILTIN_TOOLS.join(", ")}`;
	if (isBlank) return bad(accepted);
	const names = listOf(inOneWord(raw), TOOL_IN_LIST);
	if (names) return value(chosenByName(names));
	const switches = switchesOf(raw);
	return switches ? value(chosenBySwitch(switches)) : bad(accepted);
}

/** Whoever names a tool that is not built in keeps just the named ones of those, there or not: a list is never wider than written. */
function chosenByName(names: readonly string[]): ToolChoice {
	const tools = new Set<BuiltinTool>();
	const extensionTools: string[] = [];
	for (const name of names.map(withoutArguments).filter((name) => !/^(none)?$/i.test(name))) {
		const builtin = builtinNamed(name);
		if (isEverything(name)) for (const tool of BUILTIN_TOOLS) tools.add(tool);
		else if (builtin) tools.add(builtin);
		else extensionTools.push(...serverPatterns(name));
	}
	const chosen = BUILTIN_TOOLS.filter((tool) => tools.has(tool));
	return { tools: chosen, extensionTools };
}

/** Tools that an agent must not have: a list as for `tools`, `*` matches anything. An empty one denies nothing. */
export function readDeniedTools(raw: unknown): KeyReading<readonly string[]> {
	const items = listOf(inOneWord(raw), TOOL_IN_LIST);
	const names = items?.flatMap((item) => item.match(TOOL_IN_LIST) ?? []).map(withoutArguments);
	const accepted = "a list of tools such as `edit, write, mcp__github__*`";
	if (!names) return bad(accepted);
	const denied: string[] = [];
	for (const name of names.filter((name) => !/^(none)?$/i.test(name))) {
		const meant = misspelledTool(name);
		if (meant) return bad(`${accepted}; "${name}" is no tool, did you mean "${meant}"?`);
		denied.push(...deniedPatterns(name));
	}
	return value([...new Set(denied)]);
}

/** Every name a tool may go by here, for one that is to be taken away. */
export function deniedPatterns(name: string): readonly string[] {
	if (isEverything(name)) return ["*"];
	const builtin = builtinNamed(name) ?? DENIED_ALIASES.get(name.toLowerCase());
	if (builtin) return builtin === name.toLowerCase() ? [builtin] : [builtin, name];
	return serverPatterns(name);
}

/** `mcp__github` is all tools of that server. */
function serverPatterns(name: string): readonly string[] {
	return /^mcp__(?:(?!__)[^*])+$/i.test(name) ? [name, `${name}__*`] : [name];
}

/** A slip in the name of a tool to deny would leave the agent the tool. */
function misspelledTool(name: string): string | undefined {
	const key = name.toLowerCase();
	if (builtinNamed(name) || DENIED_ALIASES.has(key) || key.length < 4) return undefined;
	return BUILTIN_TOOLS.find((tool) => tool.length >= 4 && editDistance(key, tool) === 1);
}

function isEverything(name: string): boolean {
	return name === "*" || name.toLowerCase() === "all";
}

/** `All tools` is how Claude Code calls them. */
function inOneWord(raw: unknown): unknown {
	return typeof raw === "string" ? raw.replace(/^\s*all tools\s*$/i, "all") : raw;
}

export function unknownTool(name: string): string {
	return `unknown tool "${name}"; known are ${BUILTIN_TOOLS.join(", ")} and the tools of your extensions`;
}

function builtinNamed(name: string): BuiltinTool | undefined {
	const key = name.toLowerCase();
	return BUILTIN_TOOLS.find((tool) => tool === key) ?? TOOL_ALIASES.get(key);
}

function switchesOf(raw: unknown): ReadonlyMap<string, boolean> | undefined {
	if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return undefined;
	const switches = new Map<string, boolean>();
	for (const [name, flag] of Object.entries(raw)) {
		const reading = readFlag(flag);
		if (reading.kind === "bad") return undefined;
		switches.set(builtinNamed(name) ?? name, reading.value);
	}
	return switches;
}

/** Where nothing is switched on, it is all but what is switched off; `*` is what is said of all that are not named. */
function chosenBySwitch(switches: ReadonlyMap<string, boolean>): ToolChoice {
	const named = [...switches.keys()].filter((name) => name !== "*");
	const on = named.filter((name) => switches.get(name));
	const off = named.filter((name) => !switches.get(name) && !builtinNamed(name));
	const others = switches.get("*") ?? on.length === 0;
	const chosen = chosenByName(others ? [...BUILTIN_TOOLS.filter((tool) => !switches.has(tool)), ...on] : on);
	return {
		...chosen,
		...(switches.get("*") === false && { isExact: true as const }),
		...(off.length > 0 && { deniedTools: off.flatMap(deniedPatterns) }),
	};
}

/** Other programs let one name extensions here; a tool does not tell which it comes from. */
export function readExtensions(raw: unknown): KeyReading<boolean> {
	if (Array.isArray(raw) && raw.length === 0) return value(false);
	const word = typeof raw === "string" ? raw.trim().toLowerCase() : raw;
	if (word === "all" || word === "*") return value(true);
	const reading = word === "none" ? value(false) : readFlag(raw);
	return reading.kind === "value" ? reading : bad("true or false; to keep some of their tools, name those in `tools`");
}

export type PermissionMode = (typeof PERMISSION_MODES)[number];
const PERMISSION_MODES = ["plan", "default", "acceptEdits", "auto", "dontAsk", "bypassPermissions"] as const;

export function readPermissionMode(raw: unknown): KeyReading<PermissionMode> {
	const word = typeof raw === "string" ? raw.trim().toLowerCase() : "";
	const mode = PERMISSION_MODES.find((candidate) => candidate.toLowerCase() === word);
	return mode ? value(mode) : bad(PERMISSION_MODES.join(", "));
}

/** `Bash(git:*)` allows some commands elsewhere; here it is the tool. Quotes are left where a list was misquoted. */
function withoutArguments(name: string): string {
	return name
		.replace(/\(.*$/s, "")
		.replaceAll(/^["'“‘]|["'”’]$/g, "")
		.trim();
}

/** What stands between commas, but for those in parentheses. */
const IN_LIST = /(?:\([^)]*\)?|[^,()])+/g;
/** Names of tools have no blanks; some lists have nothing else between them. */
const TOOL_IN_LIST = /(?:\([^)]*\)?|[^\s,()])+/g;

function listOf(raw: unknown, piece = IN_LIST): string[] | undefined {
	const items = typeof raw === "string" ? (raw.match(piece) ?? []) : raw;
	if (!Array.isArray(items) || !items.every((item) => typeof item === "string" || typeof item === "number"))
		return undefined;
	return items.map((item) => String(item).trim()).filter((item) => item !== "");
}
