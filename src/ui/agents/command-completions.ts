import type { AutocompleteItem } from "@mariozechner/pi-tui";
import type { AgentDefinition } from "../../domain/agent-definition.ts";
import type { AgentsPage } from "../../domain/agents-page.ts";
import { LIMIT_NAMES } from "../../domain/run-limits.ts";
import type { SettingKey } from "../../domain/settings.ts";
import { shortId } from "../../format/figures.ts";
import { plainLine } from "../../platform/plain-text.ts";
import { isSettingKey, SETTING_KEYS, settingChoices, settingMeaning } from "../../settings/settings-schema.ts";
import { subagentName } from "../components/subagent-line.ts";
import type { SubagentSnapshot } from "../subagent-commands.ts";
import { AGENTS_WORDS, type OneWord, SHAPES } from "./command-parser.ts";
import { isFit } from "./subagent-actions.ts";

/** What a person may name after a word. */
export interface Completed {
	/** Oldest first. */
	readonly subagents: readonly SubagentSnapshot[];
	readonly types: readonly Pick<AgentDefinition, "name" | "description">[];
}

/**
 * What can follow `/agents`, as far as it is typed. The host puts the value in the place of all that is typed.
 *
 * @returns `null` when nothing fits, as the host has it
 */
export function completeAgentsWords(
	typed: string,
	known: Completed,
	pages: readonly AgentsPage[] = [],
): AutocompleteItem[] | null {
	const [, before = "", last = ""] = /^(.*?)(\S*)$/s.exec(typed) ?? [];
	const said = before.trim().split(/\s+/);
	const found = [...pageItems(said, pages), ...followers(said, known)];
	const items = found.filter(({ label }) => label.toLowerCase().startsWith(last.toLowerCase()));
	const prefix = said[0] === "" ? "" : `${said.join(" ")} `;
	return items.length > 0 ? items.map((item) => ({ ...item, value: prefix + item.value })) : null;
}

function pageItems([word = "", ...more]: readonly string[], pages: readonly AgentsPage[]): AutocompleteItem[] {
	if (word === "") return pages.map((page) => ({ value: page.word, label: page.word, description: page.description }));
	const page = pages.find((one) => one.word === word);
	if (!page || more.length > 1) return [];
	const typed = more[0] === undefined ? "" : `${more[0]} `;
	const words = (page.completions?.() ?? [])
		.filter((one) => one.startsWith(typed))
		.map((one) => one.slice(typed.length));
	return words.map((one) => ({ value: one, label: one }));
}

function followers([word = "", key, ...more]: readonly string[], { subagents, types }: Completed): AutocompleteItem[] {
	if (more.length > 0) return [];
	if (word === "") return wordItems();
	if (Object.hasOwn(SHAPES, word)) return key === undefined ? idItems(word as OneWord, subagents) : [];
	if (word === "limits" || word === "run") return key === undefined ? namesFor(word, types) : [];
	if (word !== "set" && word !== "unset") return [];
	if (key === undefined) return SETTING_KEYS.map((name) => keyItem(name, word));
	const choices = word === "set" && isSettingKey(key) ? settingChoices(key) : [];
	return choices.map((choice) => ({ value: choice, label: choice }));
}

function wordItems(): AutocompleteItem[] {
	return Object.entries(AGENTS_WORDS).map(([name, description]) => ({
		value: TAKES_MORE.has(name) || Object.hasOwn(SHAPES, name) ? `${name} ` : name,
		label: name,
		description,
	}));
}

const TAKES_MORE: ReadonlySet<string> = new Set(["run", "set", "unset", "limits"]);

function namesFor(word: "limits" | "run", types: Completed["types"]): AutocompleteItem[] {
	return word === "limits" ? limitItems() : types.map(typeItem);
}

function limitItems(): AutocompleteItem[] {
	return LIMIT_NAMES.map((name) => ({ value: `${name} `, label: name }));
}

function typeItem({ name, description }: Completed["types"][number]): AutocompleteItem {
	return { value: `${name} `, label: name, description: plainLine(description) };
}

function idItems(word: OneWord, subagents: readonly SubagentSnapshot[]): AutocompleteItem[] {
	const gap = word === "steer" || word === "resume" ? " " : "";
	const items = subagents
		.filter((snapshot) => isFit(word, snapshot))
		.map((snapshot) => ({
			value: shortId(snapshot.record.id) + gap,
			label: shortId(snapshot.record.id),
			description: `${snapshot.record.status} ${subagentName(snapshot)}`,
		}));
	const all = { value: "all", label: "all", description: "all in the background" };
	return word === "stop" && items.length > 0 ? [...items, all] : items;
}

function keyItem(key: SettingKey, word: "set" | "unset"): AutocompleteItem {
	return { value: word === "set" ? `${key} ` : key, label: key, description: settingMeaning(key) };
}
