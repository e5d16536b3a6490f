import { isLimit, LIMIT_NAMES, type LimitName, limitNamed } from "../../domain/run-limits.ts";
import type { SettingKey } from "../../domain/settings.ts";
import { nearestWord, shownValue } from "../../platform/describe.ts";
import {
	acceptedValues,
	isListSetting,
	isMapSetting,
	isSettingKey,
	SETTING_KEYS,
	unknownSetting,
} from "../../settings/settings-schema.ts";
import type { SettingChange } from "../../settings/settings-writer.ts";

/** What a person asked `/agents` for. */
export type AgentsRequest =
	| { readonly kind: "menu" | PlainWord | "stop all" | "background all" }
	/** `target` is the id as it was typed; `text` what follows it, `""` for nothing. */
	| { readonly kind: "one"; readonly word: OneWord; readonly target: string; readonly text: string }
	/** Neither is blank. */
	| { readonly kind: "run"; readonly type: string; readonly task: string }
	/** `name` is `""` when it was not said. */
	| { readonly kind: "new"; readonly name: string }
	| { readonly kind: "change"; readonly change: SettingChange }
	/** `target` is the id of a subagent, or `""` for the session; without changes they are shown. */
	| { readonly kind: "limits"; readonly target: string; readonly changes: LimitChanges }
	/** A word that an extension has added, and what follows it. */
	| { readonly kind: "page"; readonly word: string; readonly text: string }
	/** `message` says what would have been understood. */
	| { readonly kind: "misunderstood"; readonly message: string };

/** Those that stand alone. */
type PlainWord = "list" | "running" | "types" | "settings" | "diagnostics" | "transcripts";

/** Those that are about one subagent, which is named by its id. */
export type OneWord = "stop" | "steer" | "background" | "resume" | "discard" | "dismiss" | "result" | "transcript";

/** New values of limits; `none` takes one away. */
export type LimitChanges = { readonly [Name in LimitName]?: number | "none" };

type Word = PlainWord | OneWord | "run" | "new" | "set" | "unset" | "limits";

/** The words after `/agents`, with what each is for. */
export const AGENTS_WORDS: Readonly<Record<Word, string>> = {
	list: "all subagents, all agent types, and the problems found",
	running: "the menu of running and recent subagents",
	run: "start a subagent of this type in the background: run <type> <task>",
	stop: "stop a subagent, or all in the background: stop <id>, stop all",
	steer: "send a running subagent a message: steer <id> <message>",
	background: "move foreground subagents to the background: background, background <id>",
	resume: "continue one that has ended, in the background: resume <id> [prompt]",
	discard: "give up an interrupted or suspended one: discard <id>",
	dismiss: "remove one that has ended from the list: dismiss <id>",
	result: "the result of a subagent: result <id>",
	transcript: "the conversation of a subagent: transcript <id>",
	types: "the menu of agent types",
	new: "create an agent type: new [name]",
	settings: "every setting with its value, its source, and the values it accepts",
	set: "change a setting of this project: set <key> <value>",
	unset: "remove a setting from this project's file: unset <key>",
	limits:
		"what subagents have used of their limits; changes the session's or one's: limits [id] [<limit> <value|none> ...]",
	diagnostics: "problems in agent files and settings",
	transcripts: "the transcripts that the next start removes, and why",
};

/** The shape in which a word about one subagent is typed. */
export const SHAPES: Readonly<Record<OneWord, string>> = {
	stop: "stop <id>, or /agents stop all",
	steer: "steer <id> <message>",
	background: "background [id]",
	resume: "resume <id> [prompt]",
	discard: "discard <id>",
	dismiss: "dismiss <id>",
	result: "result <id>",
	transcript: "transcript <id>",
};

/** Says nothing of the value of a setting, nor of what an id names: that is known where it is acted upon. */
export function readAgentsWords(words: string, pages: readonly string[] = []): AgentsRequest {
	const [, typed = "", rest = ""] = /^(\S*)\s*(.*)$/s.exec(words.trim()) ?? [];
	const word = typed.toLowerCase();
	if (word === "") return { kind: "menu" };
	if (pages.includes(word)) return { kind: "page", word, text: rest };
	if (!Object.hasOwn(AGENTS_WORDS, word)) return misunderstood(unknownWord(typed, pages));
	if (Object.hasOwn(SHAPES, word)) return readOne(word as OneWord, rest);
	switch (word as Exclude<Word, OneWord>) {
		case "run":
			return readRun(rest);
		case "set":
			return readSet(rest);
		case "unset":
			return readUnset(rest);
		case "limits":
			return readLimitWords(rest);
		case "new":
			return { kind: "new", name: rest };
		default:
			if (rest !== "") return misunderstood(`/agents ${word} takes no more words. Usage: /agents ${word}`);
			return { kind: word as PlainWord };
	}
}

function readOne(word: OneWord, words: string): AgentsRequest {
	const [, target = "", text = ""] = /^(\S*)\s*(.*)$/s.exec(words) ?? [];
	const isAll = words.toLowerCase() === "all";
	if (word === "stop" && isAll) return { kind: "stop all" };
	if (word === "background" && (isAll || words === "")) return { kind: "background all" };
	const isEnough = word === "steer" ? target === "" || text !== "" : word === "resume" || text === "";
	return isEnough ? { kind: "one", word, target, text } : misunderstood(usage(word));
}

/** `Usage: /agents steer <id> <message>` */
export function usage(word: OneWord): string {
	return `Usage: /agents ${SHAPES[word]}`;
}

function readRun(words: string): AgentsRequest {
	const [, type = "", task = ""] = /^(\S*)\s*(.*)$/s.exec(words) ?? [];
	return task === "" ? misunderstood("Usage: /agents run <type> <task>") : { kind: "run", type, task };
}

function readSet(words: string): AgentsRequest {
	const [, key = "", text = ""] = /^(\S*)\s*(.*)$/s.exec(words) ?? [];
	if (key === "") return misunderstood(`/agents set takes a key and a value; keys are ${SETTING_KEYS.join(", ")}`);
	if (!isSettingKey(key)) return misunderstood(unknownSetting(key));
	if (text === "") return misunderstood(`/agents set ${key} takes a value; expected ${acceptedValues(key)}`);
	return { kind: "change", change: { key, value: settingValueIn(key, text) } };
}

function readUnset(words: string): AgentsRequest {
	if (words === "" || /\s/.test(words)) return misunderstood(`/agents unset takes a key: ${SETTING_KEYS.join(", ")}`);
	return isSettingKey(words)
		? { kind: "change", change: { key: words, value: undefined } }
		: misunderstood(unknownSetting(words));
}

const LIMITS_USAGE = `Usage: /agents limits [id] [<limit> <value>|none ...]; limits are ${LIMIT_NAMES.join(", ")}, values numbers above 0`;

function readLimitWords(words: string): AgentsRequest {
	const [first = "", ...others] = words.split(/[\s,=:]+/).filter((word) => word !== "");
	const isTarget = first !== "" && limitNamed(first) === undefined;
	const pairs = isTarget || first === "" ? others : [first, ...others];
	if (isTarget && !/^[\w-]{8,}$/.test(first)) return misunderstood(`There is no limit "${first}". ${LIMITS_USAGE}`);
	const changes: { [Name in LimitName]?: number | "none" } = {};
	for (let at = 0; at < pairs.length; at += 2) {
		const [typed = "", text = ""] = pairs.slice(at, at + 2);
		const name = limitNamed(typed);
		const value = text.toLowerCase() === "none" ? "none" : Number(text.replace(/^\$/, "") || Number.NaN);
		if (name === undefined) return misunderstood(`There is no limit ${shownValue(typed)}. ${LIMITS_USAGE}`);
		if (value !== "none" && !isLimit(name, value))
			return misunderstood(`${name} is ${shownValue(text)}; expected ${expectedOf(name)}, or none. ${LIMITS_USAGE}`);
		changes[name] = value;
	}
	return { kind: "limits", target: isTarget ? first : "", changes };
}

function expectedOf(name: LimitName): string {
	return name === "usd" || name === "minutes" ? "a number above 0" : "a whole number above 0";
}

function unknownWord(word: string, pages: readonly string[]): string {
	const words = [...Object.keys(AGENTS_WORDS), ...pages];
	const nearest = nearestWord(word, words);
	const hint = nearest ? `; did you mean ${nearest}? It takes` : "; it takes";
	return `/agents does not know ${shownValue(word)}${hint} ${words.join(", ")}, or nothing for the menu`;
}

function misunderstood(message: string): AgentsRequest {
	return { kind: "misunderstood", message };
}

/** What a person means by a text typed for a setting; whether it can be used is another question. */
export function settingValueIn(key: SettingKey, text: string): unknown {
	if (isMapSetting(key)) return mapIn(text);
	return isListSetting(key) ? listIn(text) : valueIn(text);
}

/** How a value is typed: a list without its brackets. */
export function typedSetting(value: unknown): string {
	if (Array.isArray(value)) return value.join(", ");
	return typeof value === "string" ? value : JSON.stringify(value);
}

/** JSON, or a bare word. */
function valueIn(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text; // a word of an enumeration needs no quotes here
	}
}

/** JSON, or pairs such as `usd=5 tokens=100000`. */
function mapIn(text: string): unknown {
	const value = valueIn(text);
	if (typeof value !== "string" || value.trimStart().startsWith("{")) return value; // a broken map is no pair
	const words = value.split(/[\s,=:]+/).filter((word) => word !== "");
	const names = words.filter((_, at) => at % 2 === 0);
	return Object.fromEntries(names.map((name, at) => [name, valueIn(words[2 * at + 1] ?? "")]));
}

/** JSON, or the parts between commas. */
function listIn(text: string): unknown {
	const value = valueIn(text);
	if (typeof value !== "string" || value.trimStart().startsWith("[")) return value; // a broken list is no pattern
	return value.trim() === "" ? [] : value.split(",").map((part) => part.trim());
}
