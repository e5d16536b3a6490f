import { basename } from "node:path";
import { inspect } from "node:util";
import { type AgentDefinition, type AgentOrigin, BUILTIN_TOOLS, isSafeAgentName } from "../domain/agent-definition.ts";
import type { Diagnostic } from "../domain/diagnostic.ts";
import {
	type KeyReading,
	readContextTurns,
	readFlag,
	readModels,
	readPromptMode,
	readText,
	readThinking,
	readTools,
	readTurns,
} from "./agent-file-keys.ts";
import { type FrontMatter, readFrontMatter } from "./front-matter.ts";
import { nearestWord } from "./nearest-word.ts";

/** Whose folder a file lies in. */
export type FileOrigin = Exclude<AgentOrigin, "built-in">;

/** What a file came to. Without `definition` it cannot be used, and an error says why. */
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
	readonly diagnostics: readonly Diagnostic[];
}

/** The keys of an agent file, each with what it accepts and what it means. */
const KEYS = {
	description: { read: readText, means: "what others read to choose this agent; when it is to be used" },
	display_name: { read: readText, means: "the name a person sees" },
	tools: { read: readTools, means: "the built-in tools it has; without the key it has all of them" },
	model: { read: readModels, means: "the model it runs on; without the key the parent's" },
	thinking: { read: readThinking, means: "how hard its model thinks; without the key as the parent's does" },
	max_turns: { read: readTurns, means: "after how many turns it is told to answer" },
	prompt_mode: {
		read: readPromptMode,
		means:
			"whether the instructions stand below an introduction to being a subagent (append, the default) or bare (replace)",
	},
	inherit_context: { read: readFlag, means: "whether it is told the parent's conversation" },
	context_turns: { read: readContextTurns, means: "how many of the last turns of that conversation" },
	run_in_background: { read: readFlag, means: "whether its parent goes on meanwhile" },
	enabled: { read: readFlag, means: "false takes the agent away" },
	name: { read: readText, means: "a name that other tools read; here the file's name counts" },
	color: { read: readText, means: "for display" },
} satisfies Record<string, { read: (raw: unknown) => KeyReading<unknown>; means: string }>;

type Key = keyof typeof KEYS;
type Value<K extends Key> = Extract<ReturnType<(typeof KEYS)[K]["read"]>, { kind: "value" }>["value"];

/** Every key with what it accepts and what it means, in words. */
export function agentFileKeys(): readonly { readonly key: string; readonly accepts: string; readonly means: string }[] {
	return Object.entries(KEYS).map(([key, { read, means }]) => {
		const nothing: KeyReading<unknown> = read(undefined);
		return { key, accepts: nothing.kind === "bad" ? nothing.accepted : "anything", means };
	});
}

/** Keys of other extensions: left alone here and passed on to them. */
const NEIGHBOURS_KEYS: readonly string[] = ["permission", "permissions", "isolation"];

/** @param file its path; the agent's name is the base name. Never throws, whatever the text is. */
export function parseAgentFile(file: string, origin: FileOrigin, text: string): ParsedAgentFile {
	const name = basename(file).replace(/\.md$/i, "");
	const fail = (message: string, place: Place = {}): ParsedAgentFile => ({
		name,
		file,
		origin,
		isDisabled: false,
		diagnostics: [{ severity: "error", file, ...place, message }],
	});
	if (!isSafeAgentName(name))
		return fail(`"${name}" cannot be an agent's name; accepted is one without < > " ' & \\ and control characters`);
	if (text.includes("\0")) return fail("it is no text; accepted is one in UTF-8");
	const matter = readFrontMatter(text);
	if (matter.kind === "unreadable") return fail(matter.message, { line: matter.line, column: matter.column });
	const keys = new KeyReader(file, matter);
	const definition = Object.freeze(define(name, origin, file, matter, keys));
	const toolsLine = matter.keys.get("tools")?.line;
	return {
		name,
		file,
		origin,
		definition,
		isDisabled: keys.read("enabled") === false,
		...(toolsLine !== undefined && { toolsLine }),
		diagnostics: keys.finish(text),
	};
}

function define(
	name: string,
	origin: AgentOrigin,
	file: string,
	matter: FrontMatter,
	keys: KeyReader,
): AgentDefinition {
	const choice = keys.read("tools");
	const models = keys.read("model");
	const displayName = keys.read("display_name") ?? keys.read("name");
	return {
		name,
		description: keys.read("description") ?? name,
		origin,
		file,
		...(displayName !== undefined && displayName !== name && { displayName }),
		tools: choice?.tools ?? BUILTIN_TOOLS,
		...(choice && choice.extensionTools.length > 0 && { extensionTools: choice.extensionTools }),
		...(models && models.length > 0 && { model: { queries: models, strength: "pinned" as const } }),
		thinking: keys.read("thinking"),
		maxTurns: keys.read("max_turns"),
		promptMode: keys.read("prompt_mode") ?? "append",
		inheritContext: keys.read("inherit_context"),
		contextTurns: keys.read("context_turns"),
		runInBackground: keys.read("run_in_background"),
		instructions: matter.body,
		color: keys.read("color"),
		fileKeys: frozen(Object.fromEntries([...matter.keys].map(([key, { value }]) => [key, value]))),
	};
}

/** Other extensions are given the keys, all runs the same. */
function frozen<T extends object>(value: T): T {
	if (Object.isFrozen(value) || ArrayBuffer.isView(value)) return value; // YAML can make circles, and bytes that stay as they are
	Object.freeze(value);
	for (const part of Object.values(value)) if (typeof part === "object" && part !== null) frozen(part);
	return value;
}

/** Reads the keys of one file and collects what was wrong with them. */
class KeyReader {
	private readonly diagnostics: Diagnostic[] = [];
	private readonly values = new Map<string, unknown>();

	constructor(
		private readonly file: string,
		private readonly matter: FrontMatter,
	) {
		if (matter.leniently) {
			const { message, ...place } = matter.leniently;
			this.warn(place, `not valid YAML (${message}); its values were taken as they stand`);
		}
		for (const [key, { value, line }] of matter.keys) this.take(key, value, line);
	}

	read<K extends Key>(key: K): Value<K> | undefined {
		return this.values.get(key) as Value<K> | undefined;
	}

	finish(text: string): readonly Diagnostic[] {
		const { body, keys } = this.matter;
		if (body === "" && keys.size === 0) this.warn({ line: 1 }, "the file is empty: the agent has no instructions");
		if (keys.size === 0 && LATE_FRONT_MATTER.test(body))
			this.warn(
				{ line: 1 },
				"front matter begins in the first line, with `---`; these keys were taken for instructions",
			);
		const replaced = text.indexOf("\uFFFD");
		if (replaced >= 0)
			this.warn({ line: lineAt(text, replaced) }, "not all of the file is UTF-8: a character was lost");
		const left = this.diagnostics.length - MOST_DIAGNOSTICS;
		if (left <= 0) return this.diagnostics;
		return [...this.diagnostics.slice(0, MOST_DIAGNOSTICS), this.warning({}, `and ${left} more warnings`)];
	}

	private take(key: string, raw: unknown, line: number): void {
		if (!Object.hasOwn(KEYS, key)) {
			if (!NEIGHBOURS_KEYS.includes(key)) this.warn({ line }, unknownKey(key));
			return;
		}
		const reading: KeyReading<unknown> = KEYS[key as Key].read(raw);
		if (reading.kind === "bad") {
			const effect = key === "tools" ? "It gets no built-in tools" : "The key was ignored";
			this.warn({ line }, `\`${key}\` is ${shown(raw)}; accepted is ${reading.accepted}. ${effect}`);
			if (key === "tools") this.values.set(key, NO_TOOLS);
			return;
		}
		this.values.set(key, reading.value);
		for (const remark of reading.remarks ?? []) this.warn({ line }, remark);
	}

	private warn(place: Place, message: string): void {
		this.diagnostics.push(this.warning(place, message));
	}

	private warning({ line, column }: Place, message: string): Diagnostic {
		return { severity: "warning", file: this.file, ...(line && { line }), ...(column && { column }), message };
	}
}

type Place = Pick<Diagnostic, "line" | "column">;

/** Whoever has more to mend than that mends the file as a whole. */
const MOST_DIAGNOSTICS = 20;

/** Keys after blank lines or a comment, or between longer fences. */
const LATE_FRONT_MATTER = /^[ \t]*(?:<!--.*?-->\s*)?-{3,}[ \t]*\n\s*[A-Za-z_][\w-]*:/s;

/** A list that cannot be read was meant to give less than everything. */
const NO_TOOLS: Value<"tools"> = { tools: [], extensionTools: [] };

const KNOWN_KEYS = [...Object.keys(KEYS), ...NEIGHBOURS_KEYS];

/** Collections of agents misspell the same keys over and over, and the matcher is slow beside reading a file. */
const knownMessages = new Map<string, string>();
const MOST_KNOWN_MESSAGES = 500;

function unknownKey(key: string): string {
	const short = key.slice(0, 40);
	const known = knownMessages.get(short);
	if (known) return known;
	const nearest = nearestWord(short, KNOWN_KEYS);
	const message = `unknown key \`${short}\`${nearest ? `; did you mean \`${nearest}\`?` : ""}`;
	if (knownMessages.size < MOST_KNOWN_MESSAGES) knownMessages.set(short, message);
	return message;
}

function lineAt(text: string, offset: number): number {
	return text.slice(0, offset).split(/\r\n?|\n/).length;
}

function shown(raw: unknown): string {
	const text = inspect(raw, {
		breakLength: Number.POSITIVE_INFINITY,
		maxStringLength: 60,
		maxArrayLength: 5,
		depth: 1,
	});
	return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
