import { COMMON_THINKING_LEVELS, type ThinkingLevel } from "./agent-definition.ts";

/** A model as people write it, taken apart: `anthropic/opus:high`, `sonnet[1m]`. */
export interface ModelQuery {
	/** What is left for the model itself. */
	readonly name: string;
	readonly level?: ThinkingLevel;
	/** Tokens that its context must have room for. */
	readonly context?: number;
}

const LEVELS: readonly ThinkingLevel[] = [...COMMON_THINKING_LEVELS, "max"];

/** @returns nothing where the word, in any letter case, is no thinking level of any host */
export function thinkingLevelNamed(word: string): ThinkingLevel | undefined {
	const key = word.trim().toLowerCase();
	return LEVELS.find((level) => level === key);
}

export function readModelQuery(query: string): ModelQuery {
	const text = query.trim();
	const [, beforeLevel = "", word = ""] = /^(.+):([a-z]+)$/is.exec(text) ?? [];
	const level = thinkingLevelNamed(word);
	if (level) return { ...readModelQuery(beforeLevel), level };
	const [, beforeContext, count, unit = ""] = /^(.+)\[\s*(\d{1,6})([km])\s*\]$/is.exec(text) ?? [];
	if (beforeContext === undefined) return { name: text };
	return { ...readModelQuery(beforeContext), context: Number(count) * (unit.toLowerCase() === "m" ? 1_000_000 : 1000) };
}

/** Whether a name means the model of whoever asks. */
export function meansParentsModel(name: string): boolean {
	return /^(?:inherit|default)$/i.test(name.trim());
}
