import type { AgentDefinition } from "../domain/agent-definition.ts";
import { type Diagnostic, diagnosticText } from "../domain/diagnostic.ts";
import type { SettingKey, SettingSource } from "../domain/settings.ts";
import { plainLine } from "../platform/plain-text.ts";
import { cutText } from "../platform/shorten.ts";
import { formatCount } from "./figures.ts";

const SHOWN_AT_START = 8;

/** One line for each type: name, where it comes from, what it is for. */
export function catalogText(definitions: readonly AgentDefinition[]): string {
	return definitions
		.map(({ name, origin, description }) => plainLine(`${name} (${origin}): ${description}`))
		.join("\n");
}

/** It is in every prompt of the parent, however many types there are. */
const LONGEST_TYPE_LIST = 4000;
/** Some collections put whole dialogues into a description. */
const LONGEST_DESCRIPTION = 400;
/** A shorter one says nothing. */
const SHORTEST_DESCRIPTION = 12;

/**
 * The types a model can choose from, one in each line, in at most 4,000 characters: all descriptions are shortened to the same
 * length, and with very many types the names stand alone. Only names that do not even fit so are left out, and counted.
 */
export function typeList(definitions: readonly Pick<AgentDefinition, "name" | "description">[]): string {
	const types = definitions.map(({ name, description }) => ({
		name: plainLine(name),
		description: plainLine(description),
	}));
	const lines = (longest: number) =>
		types.map(({ name, description }) => `- ${name}: ${shortened(description, longest)}`).join("\n");
	if (lines(SHORTEST_DESCRIPTION).length > LONGEST_TYPE_LIST) return namesOnly(types.map(({ name }) => name));
	let [fits, tooLong] = [SHORTEST_DESCRIPTION, LONGEST_DESCRIPTION + 1];
	while (tooLong - fits > 1) {
		const middle = Math.floor((fits + tooLong) / 2);
		if (lines(middle).length <= LONGEST_TYPE_LIST) fits = middle;
		else tooLong = middle;
	}
	return lines(fits);
}

function shortened(description: string, longest: number): string {
	const { text, isCut } = cutText(description, longest);
	return isCut ? `${text}…` : text;
}

function namesOnly(names: readonly string[]): string {
	const all = names.join(", ");
	if (all.length <= LONGEST_TYPE_LIST) return all;
	const more = (left: number) => ` and ${formatCount(left, "more type")}, which can be used too`;
	let length = more(names.length).length;
	const shown: string[] = [];
	for (const name of names) {
		length += name.length + 2;
		if (length > LONGEST_TYPE_LIST) break;
		shown.push(name);
	}
	return shown.join(", ") + more(names.length - shown.length);
}

/** All of it, for who asked. */
export function diagnosticsText(diagnostics: readonly Diagnostic[]): string {
	return diagnostics.map((diagnostic) => plainLine(diagnosticText(diagnostic))).join("\n");
}

/** The report at start: errors before warnings, the first few, and where the rest is. `""` when there is nothing. */
export function startText(diagnostics: readonly Diagnostic[]): string {
	const sorted = [...diagnostics].sort((a, b) => a.severity.localeCompare(b.severity));
	const shown = diagnosticsText(sorted.slice(0, SHOWN_AT_START));
	const more = sorted.length - SHOWN_AT_START;
	return more > 0 ? `${shown}\nand ${formatCount(more, "more problem")}: /agents lists them` : shown;
}

/** A transcript that is no longer needed. */
export interface TranscriptRemoval {
	readonly transcript: { readonly file: string; readonly bytes: number };
	readonly because: "age" | "size";
}

const REASONS = { age: "too old", size: "too much in all" };

/** What would go, a line each. */
export function removalsText(removals: readonly TranscriptRemoval[]): string {
	if (removals.length === 0) return "No transcript would be removed at the next start.";
	const kibibytes = removals.reduce((sum, { transcript }) => sum + transcript.bytes, 0) / 1024;
	const head = `${formatCount(removals.length, "transcript")} would be removed at the next start, ${Math.ceil(kibibytes)} KiB:`;
	return [head, ...removals.map(({ transcript, because }) => `${transcript.file} (${REASONS[because]})`)].join("\n");
}

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
