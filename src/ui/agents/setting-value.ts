import { isListSetting } from "../../config/settings.ts";
import type { SettingKey } from "../../domain/settings.ts";

/** What a person means by a text typed for a setting; whether it can be used is another question. */
export function settingValueIn(key: SettingKey, text: string): unknown {
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

/** JSON, or the parts between commas. */
function listIn(text: string): unknown {
	const value = valueIn(text);
	if (typeof value !== "string" || value.trimStart().startsWith("[")) return value; // a broken list is no pattern
	return value.trim() === "" ? [] : value.split(",").map((part) => part.trim());
}
