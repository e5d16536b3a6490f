import type { AgentDefinition } from "../domain/agent-definition.ts";
import { type Diagnostic, diagnosticText } from "../domain/diagnostic.ts";
import { formatCount } from "./figures.ts";
import { plainLine } from "./plain-text.ts";

const SHOWN_AT_START = 8;

/** One line for each type: name, where it comes from, what it is for. */
export function catalogText(definitions: readonly AgentDefinition[]): string {
	return definitions
		.map(({ name, origin, description }) => plainLine(`${name} (${origin}): ${description}`))
		.join("\n");
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
