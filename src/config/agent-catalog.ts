import type { AgentDefinition } from "../domain/agent-definition.ts";
import type { Diagnostic } from "../domain/diagnostic.ts";
import type { ParsedAgentFile } from "./agent-file.ts";
import { unknownTool } from "./agent-file-keys.ts";
import { BUILT_IN_AGENTS } from "./built-in-agents.ts";

/** What a name somebody asked for came to. */
export type AgentLookup =
	| { readonly kind: "found"; readonly definition: AgentDefinition }
	| { readonly kind: "unknown" | "disabled" }
	/** Several files of one folder have it, in different letter case. */
	| { readonly kind: "ambiguous"; readonly names: readonly string[] };

type Entry = Omit<ParsedAgentFile, "diagnostics">;

/** The agent types that can be asked for at one moment: the project's over the person's over the built-in ones, by name in any letter case. */
export class AgentCatalog {
	private readonly byKey = new Map<string, readonly Entry[]>();

	/** @param layers files of each folder, the one that wins last; what could not be read leaves the layer below in force */
	constructor(
		layers: readonly (readonly ParsedAgentFile[])[] = [],
		readonly diagnostics: readonly Diagnostic[] = [],
	) {
		const builtIn = BUILT_IN_AGENTS.map((definition) => ({ name: definition.name, definition, isDisabled: false }));
		for (const layer of [builtIn, ...layers.map((files) => files.filter((file) => file.definition))]) {
			for (const [key, entries] of grouped(layer)) this.byKey.set(key, entries);
		}
	}

	find(type: string): AgentLookup {
		const wanted = type.trim();
		const entries = this.byKey.get(wanted.toLowerCase()) ?? [];
		const entry = entries.length === 1 ? entries[0] : entries.find(({ name }) => name === wanted);
		if (!entry)
			return entries.length > 1 ? { kind: "ambiguous", names: entries.map(({ name }) => name) } : { kind: "unknown" };
		if (entry.isDisabled || !entry.definition) return { kind: "disabled" };
		return { kind: "found", definition: entry.definition };
	}

	/** Names in the agents' lists of tools that are none of the host's and of nobody here. */
	unknownTools(isKnown: (tool: string) => boolean): readonly Diagnostic[] {
		return [...this.byKey.values()].flat().flatMap(({ definition, toolsLine }) => {
			const unknown = definition?.extensionTools?.filter((tool) => !isKnown(tool)) ?? [];
			const place = { file: definition?.file ?? "", ...(toolsLine !== undefined && { line: toolsLine }) };
			return unknown.map((tool) => ({ severity: "warning" as const, ...place, message: unknownTool(tool) }));
		});
	}

	/** Those that can be run, in the order in which they were found. */
	list(): readonly AgentDefinition[] {
		const entries = [...this.byKey.values()].flat();
		return entries.flatMap(({ definition, isDisabled }) => (definition && !isDisabled ? [definition] : []));
	}
}

function grouped(entries: readonly Entry[]): Map<string, Entry[]> {
	const groups = new Map<string, Entry[]>();
	for (const entry of entries) {
		const key = entry.name.toLowerCase();
		groups.set(key, [...(groups.get(key) ?? []), entry]);
	}
	return groups;
}
