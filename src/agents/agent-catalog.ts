import { type AgentDefinition, type AgentOrigin, REMEMBER_TOOL, skillKey } from "../domain/agent-definition.ts";
import type { Diagnostic } from "../domain/diagnostic.ts";
import { shorten } from "../platform/shorten.ts";
import type { ParsedAgentFile } from "./agent-file.ts";
import { unknownTool } from "./agent-file-values.ts";
import { editDistance, isNearName } from "./agent-name.ts";
import { BUILT_IN_AGENTS } from "./built-in-agents.ts";
import { permissionProblem, permissionRemark } from "./permission-key.ts";

/** The result of looking up a name. */
export type AgentLookup =
	| { readonly kind: "found"; readonly definition: AgentDefinition }
	| { readonly kind: "unknown" }
	| { readonly kind: "disabled"; readonly file: string | undefined }
	/** Its file defines it, but it cannot be used; `problem` is the first thing that is wrong. */
	| { readonly kind: "broken"; readonly name: string; readonly problem: Diagnostic | undefined }
	/** Nobody has this name, but these have one that may have been meant. */
	| { readonly kind: "near"; readonly names: readonly string[] }
	/** Several files of one folder have it, in different letter case. */
	| { readonly kind: "ambiguous"; readonly names: readonly string[] };

/** What has become of one agent: another one of its name goes before it, or its file says so, or cannot be read. */
export type AgentState =
	| { readonly kind: "in use" | "disabled" | "broken" }
	| { readonly kind: "overridden"; readonly by: AgentOrigin };

/** One agent as a person manages it, whether it can be run or not. */
export interface AgentOverview {
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

type Entry = Pick<
	ParsedAgentFile,
	"name" | "definition" | "isDisabled" | "toolsLine" | "skillsLine" | "alias" | "shownAs"
> & {
	readonly origin: AgentOrigin;
	readonly file?: string;
	readonly diagnostics?: readonly Diagnostic[];
};

const BUILT_IN: readonly Entry[] = BUILT_IN_AGENTS.map((definition) => ({
	name: definition.name,
	origin: "built-in",
	definition,
	isDisabled: false,
}));

const ISOLATED_SKILLS = "`skills` has no effect: with `isolated: true` it loads no skills";

function unknownSkill(name: string, known: readonly string[]): string {
	const there = known.length > 0 ? `known are ${shorten(known.join(", "), 300)}` : "there are none";
	return `unknown skill "${shorten(name, 80)}"; ${there}`;
}

/**
 * The agent types that can be asked for at one moment: the project's over the person's over the built-in ones. The base name of
 * a file is the type's name; it is found in any letter case and Unicode form, with `@` before or `.md` or a plugin around it,
 * and by the key `name` of its file where no other type has that name.
 */
export class AgentCatalog {
	private readonly byKey = new Map<string, readonly Entry[]>();
	private readonly byAlias: ReadonlyMap<string, readonly Entry[]>;
	private readonly byDisplayName: ReadonlyMap<string, readonly Entry[]>;

	/** @param layers files of each folder, the one that wins last; a file that cannot be used hides those of its name below it, too */
	constructor(
		private readonly layers: readonly (readonly ParsedAgentFile[])[] = [],
		readonly diagnostics: readonly Diagnostic[] = [],
	) {
		const all: readonly (readonly Entry[])[] = [BUILT_IN, ...layers];
		for (const layer of all) for (const [key, entries] of grouped(layer)) this.byKey.set(key, entries);
		this.byAlias = grouped([...this.byKey.values()].flat(), ({ alias }) => alias?.name);
		this.byDisplayName = grouped([...this.byKey.values()].flat(), shownName);
	}

	find(type: string): AgentLookup {
		const forms = writtenForms(type);
		for (const names of [this.byKey, this.byAlias]) {
			for (const form of forms) {
				const entries = names.get(nameKey(form)) ?? [];
				if (entries.length > 0) return this.lookup(entries, form);
			}
		}
		const [shown, ...others] = forms.flatMap((form) => this.byDisplayName.get(nameKey(form)) ?? []);
		if (shown && others.every((other) => other === shown)) return this.lookup([shown], shown.name);
		const names = this.near(forms);
		return names.length > 0 ? { kind: "near", names } : { kind: "unknown" };
	}

	private lookup(entries: readonly Entry[], form: string): AgentLookup {
		const wanted = form.normalize("NFC");
		const [only] = entries;
		const isOneName = entries.every(({ name }) => name.normalize("NFC") === only?.name.normalize("NFC"));
		const entry = isOneName ? only : entries.find(({ name }) => name.normalize("NFC") === wanted);
		if (!entry) return { kind: "ambiguous", names: [...new Set(entries.map(({ name }) => name))] };
		const { name, file, definition, isDisabled } = entry;
		if (isDisabled) return { kind: "disabled", file };
		if (definition) return { kind: "found", definition };
		const own = [...this.diagnostics.filter((diagnostic) => diagnostic.file === file), ...(entry.diagnostics ?? [])];
		return { kind: "broken", name, problem: own.find(({ severity }) => severity === "error") };
	}

	/** The names of those that somebody may have meant, the nearest first. */
	private near(forms: readonly string[]): readonly string[] {
		const found = [...this.byKey.values()].flat().filter((entry) => {
			const names = [entry.name, entry.alias?.name, shownName(entry)].filter((known) => known !== undefined);
			return forms.some((form) => names.some((known) => isNearName(form, known)));
		});
		const plain = (name: string) => nameKey(name.normalize("NFKC"));
		const distance = ({ name }: Entry) => Math.min(...forms.map((form) => editDistance(plain(form), plain(name))));
		const sorted = found.map((entry) => ({ entry, far: distance(entry) })).sort((a, b) => a.far - b.far);
		return [...new Set(sorted.map(({ entry }) => entry.name))].slice(0, MOST_NEAR);
	}

	/** What is wrong with the keys `permission` of those that can be run, and what they do where no extension reads them. */
	permissionTroubles(folders: readonly string[]): readonly Diagnostic[] {
		return this.list().flatMap((definition) => {
			const said = permissionProblem(definition, folders) ?? permissionRemark(definition, folders);
			return said ? [said] : [];
		});
	}

	/** Names in the agents' lists of tools that are none of the host's and of nobody here. */
	unknownTools(isKnown: (tool: string) => boolean): readonly Diagnostic[] {
		return [...this.byKey.values()].flat().flatMap(({ definition, toolsLine }) => {
			const isOurs = (tool: string) => tool === REMEMBER_TOOL && definition?.memory !== undefined;
			const named = definition?.extensionTools ?? [];
			const unknown = named.filter((tool) => !tool.includes("*") && !isKnown(tool) && !isOurs(tool));
			const place = { file: definition?.file ?? "", ...(toolsLine !== undefined && { line: toolsLine }) };
			const isAll = definition?.tools.length === 0 && unknown.length === definition.extensionTools?.length;
			const effect = isAll ? ". The agent has no tools" : "";
			return unknown.map((tool) => ({ severity: "warning" as const, ...place, message: unknownTool(tool) + effect }));
		});
	}

	/** Names in the agents' lists of skills that nobody here has, and lists that have no effect. */
	unknownSkills(known: readonly string[]): readonly Diagnostic[] {
		const keys = new Set(known.map(skillKey));
		return [...this.byKey.values()].flat().flatMap(({ definition, skillsLine }) => {
			const place = { file: definition?.file ?? "", ...(skillsLine !== undefined && { line: skillsLine }) };
			const warning = (message: string) => ({ severity: "warning" as const, ...place, message });
			const named = definition?.skills ?? [];
			if (definition?.isolated) return named.length > 0 ? [warning(ISOLATED_SKILLS)] : [];
			return named.filter((name) => !keys.has(skillKey(name))).map((name) => warning(unknownSkill(name, known)));
		});
	}

	/** Every agent there is, also those that cannot be run: the ones of a name together, the one that counts first. */
	overview(isKnownTool: (tool: string) => boolean): readonly AgentOverview[] {
		const unknownTools = this.unknownTools(isKnownTool);
		const byName = grouped<Entry>([...[...this.layers].reverse().flat(), ...BUILT_IN]);
		return [...grouped<Entry>([...BUILT_IN, ...this.layers.flat()]).keys()].flatMap((key) => {
			const overviews = (byName.get(key) ?? []).map((entry) => this.overviewOf(entry, unknownTools));
			const counts = ({ state }: AgentOverview) => state.kind !== "overridden";
			return [...overviews.filter(counts), ...overviews.filter((overview) => !counts(overview))];
		});
	}

	/** Those that can be run, in the order in which they were found. */
	list(): readonly AgentDefinition[] {
		const entries = [...this.byKey.values()].flatMap((same) =>
			same.filter((entry) => entry === same.find(({ name }) => name.normalize("NFC") === entry.name.normalize("NFC"))),
		);
		return entries.flatMap(({ definition, isDisabled }) => (definition && !isDisabled ? [definition] : []));
	}

	private overviewOf(entry: Entry, unknownTools: readonly Diagnostic[]): AgentOverview {
		const { name, origin, file, isDisabled, definition } = entry;
		const own = [...this.diagnostics, ...unknownTools].filter((diagnostic) => diagnostic.file === file);
		return { name, origin, file, isDisabled, definition, state: this.stateOf(entry), diagnostics: own };
	}

	private stateOf(entry: Entry): AgentState {
		if (!entry.definition) return { kind: "broken" };
		const counting = this.byKey.get(nameKey(entry.name)) ?? [];
		const first = counting.find(({ name }) => name === entry.name) ?? counting[0];
		if (first !== entry) return { kind: "overridden", by: first?.origin ?? entry.origin };
		return { kind: entry.isDisabled ? "disabled" : "in use" };
	}
}

/** A file that cannot be used has no definition, but says what it would be called. */
function shownName({ shownAs, definition }: Entry): string | undefined {
	return shownAs?.name ?? definition?.displayName;
}

/** More would not be a hint. */
const MOST_NEAR = 3;

/** What else stands around a name where people and models have seen it: `@reviewer`, `reviewer.md`, `plugin:reviewer`. */
function writtenForms(type: string): readonly string[] {
	const forms = [type.trim()];
	const add = (form: string) => forms.includes(form) || form === "" || forms.push(form);
	add((forms[0] ?? "").replace(/^@/, "").trim());
	for (const form of [...forms]) add(form.replace(/\.md$/i, ""));
	for (const form of [...forms]) add(form.replace(/^.*[:/]/s, "").trim());
	for (const form of [...forms]) add(form.replace(/^agent-/i, "")); // how Claude Code mentions them, after an @
	return forms;
}

/** The same for all spellings of a name. */
export function nameKey(name: string): string {
	return name.normalize("NFC").toLowerCase();
}

/**
 * Where a key `name` or `display_name` of a file finds nothing: another type has that name, or another file gives it to its own.
 *
 * @param layers as a catalog takes them
 */
export function aliasClashes(layers: readonly (readonly ParsedAgentFile[])[]): readonly Diagnostic[] {
	const files = layers.flat();
	const names = new Map<string, Entry>([...BUILT_IN, ...files].map((entry) => [nameKey(entry.name), entry]));
	const aliases = grouped(files, ({ alias }) => alias?.name);
	const shown = grouped(files, shownName);
	return files.flatMap((file) => {
		const key = (name: string) => nameKey(name);
		const ofAlias =
			file.alias && clash(file, "name", { ...file.alias, names, rivals: aliases.get(key(file.alias.name)) });
		const { shownAs, alias } = file;
		const isSaid = shownAs === undefined || (alias !== undefined && key(alias.name) === key(shownAs.name));
		const rivals = isSaid ? [] : [...(aliases.get(key(shownAs.name)) ?? []), ...(shown.get(key(shownAs.name)) ?? [])];
		const ofShown = isSaid ? undefined : clash(file, "display_name", { ...shownAs, names, rivals });
		return [ofAlias, ofShown].filter((diagnostic) => diagnostic !== undefined);
	});
}

function clash(
	{ name, file }: ParsedAgentFile,
	key: "name" | "display_name",
	other: {
		name: string;
		line: number;
		names: ReadonlyMap<string, Entry>;
		rivals: readonly ParsedAgentFile[] | undefined;
	},
): Diagnostic | undefined {
	if (nameKey(other.name) === nameKey(name)) return undefined;
	const owner = other.names.get(nameKey(other.name));
	const rival = other.rivals?.find((candidate) => nameKey(candidate.name) !== nameKey(name));
	const place = { severity: "warning" as const, file, line: other.line };
	if (owner) {
		const message = `\`${key}\` is "${other.name}", which is the type ${owner.name}; this one is called "${name}"`;
		return { ...place, message };
	}
	if (!rival) return undefined;
	const message = `\`${key}\` is "${other.name}", as in ${rival.file}; call each by its own name, this one "${name}"`;
	return { ...place, message };
}

function grouped<T extends Entry>(
	entries: readonly T[],
	nameOf: (entry: T) => string | undefined = ({ name }) => name,
): Map<string, T[]> {
	const groups = new Map<string, T[]>();
	for (const entry of entries) {
		const name = nameOf(entry);
		if (name !== undefined) groups.set(nameKey(name), [...(groups.get(nameKey(name)) ?? []), entry]);
	}
	return groups;
}
