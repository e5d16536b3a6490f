import { inspect } from "node:util";
import type { Diagnostic } from "../domain/diagnostic.ts";
import { nearestWord } from "../platform/describe.ts";
import type { FrontMatter } from "../platform/front-matter.ts";
import { cutText, shorten } from "../platform/shorten.ts";
import {
	type KeyReading,
	readColor,
	readContextTurns,
	readDeniedTools,
	readExtensions,
	readFlag,
	readLimitsKey,
	readMemoryScope,
	readModels,
	readOnLimit,
	readOutputSchema,
	readPermissionMode,
	readPromptMode,
	readSkills,
	readSubagents,
	readText,
	readThinking,
	readTools,
	readTurns,
} from "./agent-file-values.ts";
import { editDistance } from "./agent-name.ts";
import { readPermissions } from "./permission-key.ts";

/**
 * The keys of an agent file, each with what it accepts and what it means. A key that `restricts` takes something away: one that
 * cannot be read refuses the type, for to ignore it would give the agent more than was written.
 */
const KEYS = {
	description: { read: readText, means: "what others read to choose this agent; when it is to be used" },
	display_name: { read: readText, means: "the name a person sees" },
	tools: { read: readTools, means: "the built-in tools it has; without the key it has all of them", restricts: true },
	disallowed_tools: {
		read: readDeniedTools,
		means: "tools it does not have, built in or not, * matches anything",
		restricts: true,
	},
	allowed_subagents: {
		read: readSubagents,
		means: "the agent types that its own subagents may be of; without the key the setting `maxDepth` decides",
		restricts: true,
	},
	readonly: { read: readFlag, means: "whether it has no edit and no write", restricts: true },
	model: { read: readModels, means: "the model it runs on; without the key the parent's" },
	thinking: {
		read: readThinking,
		means: "how hard its model thinks; without the key as the parent's does",
		also: ["effort", "thinking_level", "reasoning_effort"],
	},
	max_turns: { read: readTurns, means: "the number of turns after which it must answer" },
	limits: {
		read: readLimitsKey,
		means: "what it may use: usd, tokens, minutes, turns, tool_calls, spawns; nobody can grant it more",
		restricts: true,
	},
	on_limit: {
		read: readOnLimit,
		means: "whether it is stopped with a last answer at a limit, or paused as it is",
	},
	prompt_mode: {
		read: readPromptMode,
		means:
			"whether the instructions stand below an introduction to being a subagent (append, the default) or bare (replace)",
	},
	initial_prompt: { read: readText, means: "what goes before the task of its first run" },
	inherit_context: { read: readFlag, means: "whether it gets the parent's conversation" },
	context_turns: { read: readContextTurns, means: "how many of the last turns of that conversation" },
	run_in_background: {
		read: readFlag,
		means: "whether its parent continues meanwhile",
		also: ["background", "is_background"],
	},
	extensions: { read: readExtensions, means: "false takes all tools of extensions away", restricts: true },
	skills: {
		read: readSkills,
		means:
			"skills whose whole text it has read when it starts; without the key it can read those of its parent; none: it has none",
	},
	output_schema: {
		read: readOutputSchema,
		means: "a JSON Schema that its results have to be valid for",
		restricts: true,
	},
	memory: { read: readMemoryScope, means: "where the notes lie that it keeps from run to run" },
	isolated: { read: readFlag, means: "whether it loads no extensions and no skills", restricts: true },
	enabled: { read: readFlag, means: "false takes the agent away", restricts: true },
	disabled: { read: readFlag, means: "true takes the agent away", restricts: true, also: ["disable"] },
	name: { read: readText, means: "another name it can be called by" },
	color: { read: readColor, means: "the color its name is shown in" },
	prompt: { read: readText, means: "its instructions, where there are none below the keys" },
	permission_mode: {
		read: readPermissionMode,
		means: "plan takes edit and write away; nothing else has an effect",
		restricts: true,
	},
	permissions: {
		read: readPermissions,
		means: "lists `deny` and `ask` of tools it does not have",
		restricts: true,
	},
} satisfies Record<
	string,
	{
		read: (raw: unknown) => KeyReading<unknown>;
		means: string;
		restricts?: true;
		/** Other names of it; how words are joined in a name and letter case do not matter. */
		also?: readonly string[];
	}
>;

type Key = keyof typeof KEYS;
type Value<K extends Key> = Extract<ReturnType<(typeof KEYS)[K]["read"]>, { kind: "value" }>["value"];

/** Every key with what it accepts and what it means, in words. */
export function agentFileKeys(): readonly { readonly key: string; readonly accepts: string; readonly means: string }[] {
	return Object.entries(KEYS).map(([key, { read, means }]) => {
		const nothing: KeyReading<unknown> = read(undefined);
		return { key, accepts: nothing.kind === "bad" ? nothing.accepted : "anything", means };
	});
}

/** Keys of other extensions: left alone here and passed on to them. `permission` is read for those who have none that does. */
const NEIGHBOURS_KEYS: readonly string[] = ["permission", "isolation"];

/** Keys that are known elsewhere and have no effect here, each with what that means. */
const WITHOUT_EFFECT: ReadonlyMap<string, string> = new Map([
	[
		"hooks",
		"no hook is run: what one would have blocked is not blocked. Take tools away with `disallowed_tools`, or use a permission extension",
	],
	[
		"mcpservers",
		"no server is started: the agent has the MCP tools of its parent, unless `tools` or `disallowed_tools` say otherwise",
	],
]);

/** What a key may give or take. */
const POWERS =
	"tool|command|path|file|folder|dir|bash|shell|edit|write|network|internet|domain|url|host|mcp|permission|access";

/** Names that say of a key that it takes something away, without `_` and `-`. */
const RESTRICTING = new RegExp(
	[
		`^(?:deny|denied|disallow|forbid|prohibit|exclude|block|restrict|disabled?)(?!$).*(?:${POWERS})`,
		`^(?:no|non|never|without|ban|banned|omit|omitted|removed?|revoked?|drop|strip)(?:${POWERS})`,
		"^(?:deny|denied|denylist|disallow|disallowed|forbid|forbidden|prohibited|blacklist|blocklist)$",
		"^(?:restricts?|restrictions?|restricted|restrictto|allow|allowed|allowlist|allowonly|permit|permitted)$",
		`^(?:allow|permit|only|available)(?:ed|ted|list)?(?:${POWERS})`,
		"^(?:can|may|allow)(?:edit|write|run|execute|use|modify|delete|access)",
		`(?:${POWERS})s?access$`,
		"tools?(?:deny|denied|denylist|blacklist|blocklist|allow|allowed|allowlist|whitelist|policy|filter|restrictions?)$",
		"tools?(?:only|exclude|excluded|disabled)$",
		"readonly|^readaccess|^ro$|^whitelist|^sandbox|^approval|permission|^guardrails?$|^offline$",
	].join("|"),
);
/** Reads the keys of one file and collects what is wrong with them. */
export class KeyReader {
	private readonly found: Diagnostic[] = [];
	/** By key, with the name it goes by in the file. */
	private readonly values = new Map<
		string,
		{ readonly value: unknown; readonly name: string; readonly line: number }
	>();

	constructor(
		private readonly file: string,
		{ keys }: FrontMatter,
	) {
		for (const [key, { value, line }] of keys) this.take(key, value, line);
		const mode = this.values.get("permission_mode");
		if (mode && mode.value !== "plan") this.warn(mode.line, `\`${mode.name}\` has no effect: ${NOBODY_ASKS}`);
	}

	read<K extends Key>(key: K): Value<K> | undefined {
		return this.values.get(key)?.value as Value<K> | undefined;
	}

	/** Where a key stands that has a value. */
	lineOf(key: Key): number | undefined {
		return this.values.get(key)?.line;
	}

	get diagnostics(): readonly Diagnostic[] {
		return this.found;
	}

	private take(name: string, raw: unknown, line: number): void {
		const key = KEY_NAMES.get(folded(name));
		if (key === undefined) {
			this.takeUnknown(name, raw, line);
			return;
		}
		const before = this.values.get(key);
		if (before) {
			const message = `\`${name}\` is the same key as \`${before.name}\` in line ${before.line}`;
			if (restricts(key)) this.refuse(line, message);
			else this.warn(line, `${message}, which counts`);
			return;
		}
		const reading: KeyReading<unknown> = KEYS[key].read(raw);
		if (reading.kind === "value") {
			this.values.set(key, { value: reading.value, name, line });
			return;
		}
		const message = `\`${name}\` is ${shown(raw)}; expected ${reading.accepted}`;
		if (key === "tools" && isBlank(raw)) {
			this.values.set(key, { value: NO_TOOLS, name, line });
			this.warn(line, `${message}. It gets no built-in tools`);
		} else if (restricts(key)) this.refuse(line, message);
		else this.warn(line, `${message}. The key was ignored`);
	}

	private takeUnknown(name: string, raw: unknown, line: number): void {
		const key = folded(name);
		if (NEIGHBOURS_KEYS.includes(key)) return;
		const effect = WITHOUT_EFFECT.get(key);
		if (effect !== undefined) this.warn(line, `\`${name}\` has no effect: ${effect}`);
		else if (seemsToRestrict(key) || isRestrictingValue(key, raw)) this.refuse(line, unknownKey(name));
		else this.warn(line, unknownKey(name));
	}

	private warn(line: number, message: string): void {
		this.found.push({ severity: "warning", file: this.file, line, message });
	}

	private refuse(line: number, message: string): void {
		const effect = "It may take something away, so the agent cannot be used until the key is corrected or removed";
		this.found.push({ severity: "error", file: this.file, line, message: `${message}. ${effect}` });
	}
}

/** A list that is not there was meant to give less than everything. */
const NO_TOOLS: Value<"tools"> = { tools: [], extensionTools: [] };

const NOBODY_ASKS =
	"pi asks nobody before a tool is used, so the agent uses its tools unasked. Take tools away with `disallowed_tools`, or use a permission extension";

function isBlank(raw: unknown): boolean {
	return raw === null || (typeof raw === "string" && raw.trim() === "");
}

/** `maxTurns`, `max-turns` and `max_turns` are one name. */
function folded(name: string): string {
	return name.toLowerCase().replaceAll(/[-_\s]/g, "");
}

const KEY_NAMES: ReadonlyMap<string, Key> = new Map(
	Object.entries(KEYS).flatMap(([key, entry]) => {
		const also: readonly string[] = "also" in entry ? entry.also : [];
		return [key, ...also].map((name): [string, Key] => [folded(name), key as Key]);
	}),
);

function restricts(key: Key): boolean {
	return "restricts" in KEYS[key];
}

const RESTRICTING_NAMES = [...KEY_NAMES]
	.filter(([, key]) => restricts(key))
	.map(([name]) => name)
	.concat("permission");

/** Its name says so, or is a slip in the name of one that does. */
function seemsToRestrict(key: string): boolean {
	const short = key.slice(0, 40);
	if (RESTRICTING.test(short)) return true;
	return RESTRICTING_NAMES.some((known) => {
		const most = known.length < 9 ? 1 : 2;
		return Math.abs(known.length - short.length) <= most && editDistance(short, known) <= most;
	});
}

const CAPABILITIES =
	/^(?:read|bash|edit|write|grep|find|glob|ls|shell|web|mcp|network|internet|filesystem|execute|tools?)$/;

/** `access: read-only`, and `write: false` or `bash: deny` where no map is around them. */
function isRestrictingValue(key: string, raw: unknown): boolean {
	const word = typeof raw === "string" ? raw.trim().toLowerCase() : raw;
	if (typeof word === "string" && /^read[-_ ]?only$/.test(word)) return true;
	return (
		CAPABILITIES.test(key) &&
		[false, "false", "no", "off", "none", "deny", "denied", "ask", "never"].includes(word as string)
	);
}

/** Nobody who writes `version` or `retention` means extensions. */
const KNOWN_KEYS = [...Object.keys(KEYS), ...NEIGHBOURS_KEYS].filter((key) => key !== "extensions");

/** Collections of agents misspell the same keys over and over, and the matcher is slow beside reading a file. */
const knownMessages = new Map<string, string>();
const MOST_KNOWN_MESSAGES = 500;

function unknownKey(key: string): string {
	const short = cutText(key, 40).text;
	const known = knownMessages.get(short);
	if (known) return known;
	const nearest = nearestWord(short, KNOWN_KEYS);
	const message = `unknown key \`${short}\`${nearest ? `; did you mean \`${nearest}\`?` : ""}`;
	if (knownMessages.size < MOST_KNOWN_MESSAGES) knownMessages.set(short, message);
	return message;
}

function shown(raw: unknown): string {
	if (raw === null) return "empty";
	const text = inspect(raw, {
		breakLength: Number.POSITIVE_INFINITY,
		maxStringLength: 60,
		maxArrayLength: 5,
		depth: 1,
	});
	return shorten(text, 81);
}
