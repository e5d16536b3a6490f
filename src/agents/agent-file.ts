import { basename } from "node:path";
import {
	type AgentDefinition,
	type AgentOrigin,
	BUILTIN_TOOLS,
	type BuiltinTool,
	isSafeAgentName,
	type PermissionKey,
	REMEMBER_TOOL,
} from "../domain/agent-definition.ts";
import type { Diagnostic } from "../domain/diagnostic.ts";
import { bothAllow } from "../domain/nesting.ts";
import { type FrontMatter, readFrontMatter } from "../platform/front-matter.ts";
import { KeyReader } from "./agent-file-keys.ts";
import type { ToolChoice } from "./agent-file-values.ts";
import { readPermission } from "./permission-key.ts";

/** The owner of the file's folder. */
export type FileOrigin = Exclude<AgentOrigin, "built-in">;

/** The result of reading a file. Without `definition` it cannot be used, and an error says why. */
export interface ParsedAgentFile {
	readonly name: string;
	/** Its path. */
	readonly file: string;
	readonly origin: FileOrigin;
	readonly definition?: AgentDefinition;
	/** `enabled: false`: the name is taken, but cannot be run. */
	readonly isDisabled: boolean;
	/** Where it names tools, from 1. */
	readonly toolsLine?: number;
	/** Where it names skills. */
	readonly skillsLine?: number;
	/** Another name it may be called by, which its key `name` gives, and where. */
	readonly alias?: { readonly name: string; readonly line: number };
	/** The name that its key `display_name` gives, and where. */
	readonly shownAs?: { readonly name: string; readonly line: number };
	readonly diagnostics: readonly Diagnostic[];
}

/** @param file its path; the agent's name is the base name. Never throws, whatever the text is. */
export function parseAgentFile(file: string, origin: FileOrigin, text: string): ParsedAgentFile {
	const name = basename(file).replace(/\.md$/i, "");
	const fail = (message: string, place: Pick<Diagnostic, "line" | "column"> = {}): ParsedAgentFile => ({
		name,
		file,
		origin,
		isDisabled: false,
		diagnostics: [{ severity: "error", file, ...place, message }],
	});
	if (!isSafeAgentName(name))
		return fail(
			`"${name}" cannot be an agent's name; expected one without < > " ' & \\, control characters, and blanks at its ends`,
		);
	if (text.includes("\0")) return fail("it is no text; expected one in UTF-8");
	const matter = readFrontMatter(text);
	if (matter.kind === "unreadable") return fail(matter.message, { line: matter.line, column: matter.column });
	const keys = new KeyReader(file, matter);
	const isRefused = keys.diagnostics.some(({ severity }) => severity === "error");
	const toolsLine = keys.lineOf("tools");
	const skillsLine = keys.lineOf("skills");
	const alias = keys.read("name");
	const shownAs = keys.read("display_name");
	return {
		name,
		file,
		origin,
		...(!isRefused && { definition: Object.freeze(define({ name, origin, file }, matter, keys)) }),
		isDisabled: keys.read("enabled") === false || keys.read("disabled") === true,
		...(toolsLine !== undefined && { toolsLine }),
		...(alias !== undefined && alias !== name && { alias: { name: alias, line: keys.lineOf("name") ?? 1 } }),
		...(shownAs !== undefined &&
			shownAs !== name && { shownAs: { name: shownAs, line: keys.lineOf("display_name") ?? 1 } }),
		...(skillsLine !== undefined && { skillsLine }),
		diagnostics: atMost(file, [
			...keys.diagnostics.filter(({ severity }) => severity === "error"),
			...notYaml(file, matter),
			...keys.diagnostics.filter(({ severity }) => severity !== "error"),
			...textTroubles(file, text, matter),
		]),
	};
}

/** The name that the key `name` of a file gives, as it is written there; nothing without one, or where the keys cannot be read. */
export function nameInFile(text: string): string | undefined {
	const matter = readFrontMatter(text);
	return matter.kind === "unreadable" ? undefined : new KeyReader("", matter).read("name");
}

function define(
	{ name, origin, file }: Pick<ParsedAgentFile, "name" | "origin" | "file">,
	matter: FrontMatter,
	keys: KeyReader,
): AgentDefinition {
	const models = keys.read("model");
	const displayName = keys.read("display_name") ?? keys.read("name");
	const initialPrompt = keys.read("initial_prompt");
	const limits = keys.read("limits");
	const onLimit = keys.read("on_limit");
	return {
		name,
		description: keys.read("description") ?? name,
		origin,
		file,
		...(displayName !== undefined && displayName !== name && { displayName }),
		...toolsOf(matter, keys),
		...resourcesOf(keys),
		...(initialPrompt !== undefined && { initialPrompt }),
		...(models && models.queries.length > 0 && { model: { queries: models.queries, strength: "pinned" as const } }),
		thinking: keys.read("thinking") ?? models?.level,
		maxTurns: keys.read("max_turns"),
		...(limits && { limits }),
		...(onLimit && { onLimit }),
		promptMode: keys.read("prompt_mode") ?? "append",
		inheritContext: keys.read("inherit_context"),
		contextTurns: keys.read("context_turns"),
		runInBackground: keys.read("run_in_background"),
		instructions: matter.body === "" ? (keys.read("prompt") ?? "") : matter.body,
		color: keys.read("color"),
		fileKeys: frozen(Object.fromEntries([...matter.keys].map(([key, { value }]) => [key, value]))),
	};
}

/** What it may use. */
function toolsOf(matter: FrontMatter, keys: KeyReader) {
	const choice = keys.read("tools");
	const named = keys.read("extensions") === false ? [] : namedIn(choice);
	const extensionTools = keptExtensionTools(named, keys.read("permissions")?.extensionTools);
	const deniedTools = deniedBy(keys);
	const permission = permissionKey(matter);
	return {
		tools: choice?.tools ?? BUILTIN_TOOLS,
		...(extensionTools && { extensionTools }),
		...(deniedTools.length > 0 && { deniedTools }),
		...(permission && { permission }),
		...subagentsOf(choice, keys),
		...(keys.read("isolated") === true && { isolated: true as const }),
	};
}

/** Where two keys say it, what both allow. */
function subagentsOf(choice: ToolChoice | undefined, keys: KeyReader): Pick<AgentDefinition, "allowedSubagents"> {
	const [one = choice?.allowedSubagents, other = one] = [keys.read("allowed_subagents"), choice?.allowedSubagents];
	return one === undefined ? {} : { allowedSubagents: bothAllow(one, other) ?? [] };
}

/** What it knows from the beginning. */
function resourcesOf(keys: KeyReader): Pick<AgentDefinition, "memory" | "skills" | "outputSchema"> {
	const memory = keys.read("memory");
	const skills = keys.read("skills");
	const outputSchema = keys.read("output_schema");
	return {
		...(outputSchema && { outputSchema }),
		...(memory && { memory }),
		...(skills && skills !== "all" && { skills }),
	};
}

const CHANGE_FILES: readonly BuiltinTool[] = ["edit", "write"];

function deniedBy(keys: KeyReader): readonly string[] {
	const isReadOnly = keys.read("readonly") === true || keys.read("permission_mode") === "plan";
	return [
		...new Set([
			...(keys.read("tools")?.deniedTools ?? []),
			...(keys.read("disallowed_tools") ?? []),
			...(keys.read("permissions")?.deniedTools ?? []),
			...(isReadOnly ? CHANGE_FILES : []),
			...(keys.read("memory") && isRememberingDenied(keys) ? [REMEMBER_TOOL] : []),
		]),
	];
}

/** `tools` need not name it beside the key `memory`, but what a list of permissions leaves out is denied. */
function isRememberingDenied(keys: KeyReader): boolean {
	const permitted = keys.read("permissions")?.extensionTools;
	return permitted !== undefined && !permitted.includes(REMEMBER_TOOL);
}

/** A file that names some keeps no others. */
function namedIn(choice: ToolChoice | undefined): readonly string[] | undefined {
	return choice && (choice.isExact || choice.extensionTools.length > 0) ? choice.extensionTools : undefined;
}

/** Each absent: all of them. */
function keptExtensionTools(one: readonly string[] | undefined, other: readonly string[] | undefined) {
	return one && other ? one.filter((tool) => other.includes(tool)) : (one ?? other);
}

function permissionKey({ keys }: FrontMatter): PermissionKey | undefined {
	const [entry, second] = [...keys].filter(([name]) => name.toLowerCase() === "permission");
	if (!entry) return undefined;
	const [name, { value, line, isBlock }] = entry;
	const place = { line, isReadByExtensions: isBlock === true && name === "permission" && !second };
	const reading = readPermission(value);
	if (reading.kind === "value" && !second) return { ...place, ...reading.value };
	const problem = reading.kind === "bad" ? `expected ${reading.accepted}` : "the key is there twice";
	return { ...place, deniedTools: ["*"], firmlyDenied: [], problem };
}

/** Other extensions are given the keys, all runs the same. */
function frozen<T extends object>(value: T): T {
	if (Object.isFrozen(value) || ArrayBuffer.isView(value)) return value; // YAML can make circles, and bytes that stay as they are
	Object.freeze(value);
	for (const part of Object.values(value)) if (typeof part === "object" && part !== null) frozen(part);
	return value;
}

function notYaml(file: string, { leniently }: FrontMatter): Diagnostic[] {
	if (!leniently) return [];
	const { line, column, message } = leniently;
	const said = `${message}; its values were taken as they stand`;
	return [{ severity: "warning", file, line, ...(column && { column }), message: said }];
}

/** What is wrong with the file as a whole. */
function textTroubles(file: string, text: string, { body, keys }: FrontMatter): Diagnostic[] {
	const troubles: { readonly line: number; readonly message: string }[] = [];
	if (body === "" && keys.size === 0)
		troubles.push({ line: 1, message: "the file is empty: the agent has no instructions" });
	if (keys.size === 0 && LATE_FRONT_MATTER.test(body)) {
		const message = "front matter begins in the first line, with `---`; these keys were taken for instructions";
		troubles.push({ line: 1, message });
	}
	const replaced = text.indexOf("\uFFFD");
	if (replaced >= 0)
		troubles.push({ line: lineAt(text, replaced), message: "not all of the file is UTF-8: a character was lost" });
	return troubles.map((trouble) => ({ severity: "warning", file, ...trouble }));
}

/** Keys after blank lines or a comment, or between longer fences. */
const LATE_FRONT_MATTER = /^[ \t]*(?:<!--.*?-->\s*)?-{3,}[ \t]*\n\s*[A-Za-z_][\w-]*:/s;

function lineAt(text: string, offset: number): number {
	return text.slice(0, offset).split(/\r\n?|\n/).length;
}

/** Whoever has more to mend than that mends the file as a whole. */
const MOST_DIAGNOSTICS = 20;

function atMost(file: string, diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
	const left = diagnostics.length - MOST_DIAGNOSTICS;
	if (left <= 0) return diagnostics;
	const rest: Diagnostic = { severity: "warning", file, message: `and ${left} more warnings` };
	return [...diagnostics.slice(0, MOST_DIAGNOSTICS), rest];
}
