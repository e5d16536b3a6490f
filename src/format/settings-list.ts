import type { SettingKey, SettingSource } from "../domain/settings.ts";
import { plainLine } from "./plain-text.ts";

export interface SettingRow {
	readonly key: SettingKey;
	readonly value: unknown;
	readonly source: SettingSource;
	readonly accepted: string;
	readonly meaning: string;
}

const SOURCES: Record<SettingSource, string> = {
	default: "default",
	yours: "yours",
	project: "project",
	session: "this session only",
};

/** One line for each setting: its value, whose it is, what it accepts and means. */
export function settingsList(rows: readonly SettingRow[]): string {
	return rows.map((row) => `${settingText(row)}; ${row.accepted}; ${row.meaning}`).join("\n");
}

/** `maxConcurrent is 8 (project)` */
export function settingText({ key, value, source }: Pick<SettingRow, "key" | "value" | "source">): string {
	return `${key} is ${plainLine(JSON.stringify(value))} (${SOURCES[source]})`;
}
