import { nearestWord } from "../../config/nearest-word.ts";
import { acceptedValues, isListSetting, isSettingKey, SETTING_KEYS, unknownSetting } from "../../config/settings.ts";
import type { SettingChange } from "../../config/settings-writer.ts";
import { shownValue } from "../../config/shown-value.ts";

/** What a person asked `/agents` for. */
export type AgentsRequest =
	| { readonly kind: "overview" }
	| { readonly kind: "diagnostics" }
	| { readonly kind: "settings" }
	| { readonly kind: "transcripts" }
	| { readonly kind: "change"; readonly change: SettingChange }
	/** `message` says what would have been understood. */
	| { readonly kind: "misunderstood"; readonly message: string };

/** The words after `/agents`, with what each is for. */
export const AGENTS_WORDS = {
	settings: "every setting with its value, whose it is, and what it accepts",
	set: "change a setting of this project: set <key> <value>",
	unset: "take a setting out of this project's file: unset <key>",
	diagnostics: "what is wrong with agent files and settings",
	transcripts: "the transcripts that the next start removes, and why",
} as const;

/** Says nothing of the value of a setting: whether it can be used is known where it is changed. */
export function readAgentsWords(words: string): AgentsRequest {
	const [word = "", ...rest] = words.trim().split(/\s+/);
	if (word === "") return { kind: "overview" };
	if (!Object.hasOwn(AGENTS_WORDS, word)) return misunderstood(unknownWord(word));
	const [key] = rest;
	switch (word as keyof typeof AGENTS_WORDS) {
		case "settings":
		case "diagnostics":
		case "transcripts":
			if (key !== undefined) return misunderstood(`/agents ${word} takes no more words`);
			return { kind: word as "settings" | "diagnostics" | "transcripts" };
		case "set":
			return readSet(words.trim().slice(word.length).trim());
		case "unset":
			if (key === undefined || rest.length > 1)
				return misunderstood(`/agents unset takes a key: ${SETTING_KEYS.join(", ")}`);
			return isSettingKey(key)
				? { kind: "change", change: { key, value: undefined } }
				: misunderstood(unknownSetting(key));
	}
}

function readSet(words: string): AgentsRequest {
	const [, key = "", text = ""] = /^(\S*)\s*(.*)$/s.exec(words) ?? [];
	if (key === "") return misunderstood(`/agents set takes a key and a value; keys are ${SETTING_KEYS.join(", ")}`);
	if (!isSettingKey(key)) return misunderstood(unknownSetting(key));
	if (text === "") return misunderstood(`/agents set ${key} takes a value; accepted is ${acceptedValues(key)}`);
	return { kind: "change", change: { key, value: isListSetting(key) ? listIn(text) : valueIn(text) } };
}

/** JSON, or a bare word. */
function valueIn(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text; // a word of an enumeration needs no quotes here
	}
}

/** JSON, or the parts between commas. */
function listIn(text: string): unknown {
	const value = valueIn(text);
	if (typeof value !== "string") return value;
	return value.split(",").map((part) => part.trim());
}

function unknownWord(word: string): string {
	const words = Object.keys(AGENTS_WORDS);
	const nearest = nearestWord(word, words);
	const hint = nearest ? `; did you mean ${nearest}? It takes` : "; it takes";
	return `/agents does not know ${shownValue(word)}${hint} ${words.join(", ")}, or nothing for the agent types`;
}

function misunderstood(message: string): AgentsRequest {
	return { kind: "misunderstood", message };
}
