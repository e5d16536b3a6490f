import type { AutocompleteItem } from "@mariozechner/pi-tui";
import { isSettingKey, SETTING_KEYS, settingChoices, settingMeaning } from "../../config/settings.ts";
import type { SettingKey } from "../../domain/settings.ts";
import { AGENTS_WORDS } from "./agents-words.ts";

/**
 * What can follow `/agents`, as far as it is typed. The host puts the value in the place of all that is typed.
 *
 * @returns `null` when nothing fits, as the host has it
 */
export function completeAgentsWords(typed: string): AutocompleteItem[] | null {
	const [, before = "", last = ""] = /^(.*?)(\S*)$/s.exec(typed) ?? [];
	const said = before.trim().split(/\s+/);
	const items = followers(said).filter(({ label }) => label.toLowerCase().startsWith(last.toLowerCase()));
	const prefix = said[0] === "" ? "" : `${said.join(" ")} `;
	return items.length > 0 ? items.map((item) => ({ ...item, value: prefix + item.value })) : null;
}

function followers([word = "", key, ...more]: readonly string[]): AutocompleteItem[] {
	if (more.length > 0) return [];
	if (word === "") {
		return Object.entries(AGENTS_WORDS).map(([name, description]) => ({
			value: name === "set" || name === "unset" ? `${name} ` : name,
			label: name,
			description,
		}));
	}
	if (word !== "set" && word !== "unset") return [];
	if (key === undefined) return SETTING_KEYS.map((name) => keyItem(name, word));
	const choices = word === "set" && isSettingKey(key) ? settingChoices(key) : [];
	return choices.map((choice) => ({ value: choice, label: choice }));
}

function keyItem(key: SettingKey, word: "set" | "unset"): AutocompleteItem {
	return { value: word === "set" ? `${key} ` : key, label: key, description: settingMeaning(key) };
}
