import type { AgentDefinition } from "../domain/agent-definition.ts";
import { type Diagnostic, diagnosticText } from "../domain/diagnostic.ts";
import { cutText } from "../domain/shorten.ts";
import { formatCount } from "./figures.ts";
import { plainLine } from "./plain-text.ts";

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

/** What is told at start: errors before warnings, the first few, and where the rest is. `""` when there is nothing. */
export function startText(diagnostics: readonly Diagnostic[]): string {
	const sorted = [...diagnostics].sort((a, b) => a.severity.localeCompare(b.severity));
	const shown = diagnosticsText(sorted.slice(0, SHOWN_AT_START));
	const more = sorted.length - SHOWN_AT_START;
	return more > 0 ? `${shown}\nand ${formatCount(more, "more problem")}: /agents lists them` : shown;
}
