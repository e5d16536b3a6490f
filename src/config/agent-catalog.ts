import type { AgentDefinition, AgentOrigin } from "../domain/agent-definition.ts";
import type { Diagnostic } from "../domain/diagnostic.ts";
import type { ParsedAgentFile } from "./agent-file.ts";
import { unknownTool } from "./agent-file-values.ts";
import { BUILT_IN_AGENTS } from "./built-in-agents.ts";

/** What a name somebody asked for came to. */
export type AgentLookup =
	| { readonly kind: "found"; readonly definition: AgentDefinition }
	| { readonly kind: "unknown" | "disabled" }
	/** Several files of one folder have it, in different letter case. */
	| { readonly kind: "ambiguous"; readonly names: readonly string[] };

/** What has become of one agent: another one of its name goes before it, or its file says so, or cannot be read. */
export type AgentState =
	| { readonly kind: "in use" | "disabled" | "broken" }
	| { readonly kind: "overridden"; readonly by: AgentOrigin };

/** One agent as a person manages it, whether it can be run or not. */
export interface AgentStanding {
	readonly name: string;
	readonly origin: AgentOrigin;
	/** Absent for a built-in one. */
	readonly file: string | undefined;
	readonly state: AgentState;
	/** Its file says `enabled: false`, whatever else it is. */
	readonly isDisabled: boolean;
	/** Absent for a broken one. */
	readonly definition: AgentDefinition | undefined;
	readonly diagnostics: readonly Diagnostic[];
}

type Entry = Pick<ParsedAgentFile, "name" | "definition" | "isDisabled" | "toolsLine"> & {
	readonly origin: AgentOrigin;
	readonly file?: string;
};

const BUILT_IN: readonly Entry[] = BUILT_IN_AGENTS.map((definition) => ({
	name: definition.name,
	origin: "built-in",
	definition,
	isDisabled: false,
}));

/** The agent types that can be asked for at one moment: the project's over the person's over the built-in ones, by name in any letter case. */
export class AgentCatalog {
	private readonly byKey = new Map<string, readonly Entry[]>();

	/** @param layers files of each folder, the one that wins last; what could not be read leaves the layer below in force */
	constructor(
		private readonly layers: readonly (readonly ParsedAgentFile[])[] = [],
		readonly diagnostics: readonly Diagnostic[] = [],
	) {
		for (const layer of [BUILT_IN, ...layers.map((files) => files.filter((file) => file.definition))]) {
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

	/** Every agent there is, also those that cannot be run: the ones of a name together, the one that counts first. */
	overview(isKnownTool: (tool: string) => boolean): readonly AgentStanding[] {
		const unknownTools = this.unknownTools(isKnownTool);
		const byName = grouped<Entry>([...[...this.layers].reverse().flat(), ...BUILT_IN]);
		return [...grouped<Entry>([...BUILT_IN, ...this.layers.flat()]).keys()].flatMap((key) => {
			const standings = (byName.get(key) ?? []).map((entry) => this.standing(entry, unknownTools));
			const counts = ({ state }: AgentStanding) => state.kind === "in use" || state.kind === "disabled";
			return [...standings.filter(counts), ...standings.filter((standing) => !counts(standing))];
		});
	}

	/** Those that can be run, in the order in which they were found. */
	list(): readonly AgentDefinition[] {
		const entries = [...this.byKey.values()].flat();
		return entries.flatMap(({ definition, isDisabled }) => (definition && !isDisabled ? [definition] : []));
	}

	private standing(entry: Entry, unknownTools: readonly Diagnostic[]): AgentStanding {
		const { name, origin, file, isDisabled, definition } = entry;
		const own = [...this.diagnostics, ...unknownTools].filter((diagnostic) => diagnostic.file === file);
		return { name, origin, file, isDisabled, definition, state: this.stateOf(entry), diagnostics: own };
	}

	private stateOf(entry: Entry): AgentState {
		if (!entry.definition) return { kind: "broken" };
		const counting = this.byKey.get(entry.name.toLowerCase()) ?? [];
		const first = counting.find(({ name }) => name === entry.name) ?? counting[0];
		if (first !== entry) return { kind: "overridden", by: first?.origin ?? entry.origin };
		return { kind: entry.isDisabled ? "disabled" : "in use" };
	}
}

function grouped<T extends Entry>(entries: readonly T[]): Map<string, T[]> {
	const groups = new Map<string, T[]>();
	for (const entry of entries) {
		const key = entry.name.toLowerCase();
		groups.set(key, [...(groups.get(key) ?? []), entry]);
	}
	return groups;
}
