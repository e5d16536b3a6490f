import type { AgentCatalog, AgentLookup } from "../agents/agent-catalog.ts";
import type { AgentDefinition } from "../domain/agent-definition.ts";
import { type Diagnostic, diagnosticText } from "../domain/diagnostic.ts";
import { type Refused, refuse } from "../domain/refusal.ts";
import type { RunRequest } from "../domain/run-request.ts";
import type { Settings } from "../domain/settings.ts";

export interface SelectedAgent {
	readonly kind: "chosen";
	readonly definition: AgentDefinition;
	/** The type that was asked for and that nobody knows. */
	readonly insteadOf: string | undefined;
	/** Which types there are, where another one than was asked for runs. */
	readonly remarks: readonly string[];
}

interface TypeSources {
	readonly catalog: Pick<AgentCatalog, "find" | "list">;
	readonly settings: Pick<Settings, "fallbackAgent">;
}

const FALLBACK_AGENT = "general-purpose";

/**
 * The definition a request means. `general-purpose` stands in only where no type has a name that is near: a type that somebody
 * may have meant, or that its file defines badly, is never replaced by one that may do more. A resume keeps the one it
 * had, where its file is gone or disabled by now.
 */
export function selectAgent(request: RunRequest, { catalog, settings }: TypeSources): SelectedAgent | Refused {
	const lookup = catalog.find(request.type);
	if (lookup.kind === "found") return chosen(lookup.definition);
	if (request.previous?.definition) return chosen(request.previous.definition);
	const names = catalog.list().map((definition) => definition.name);
	const mayFallBack =
		lookup.kind === "unknown" &&
		request.policy.unknownType === "substitute" &&
		!request.previous &&
		settings.fallbackAgent !== "none";
	const fallback = mayFallBack ? catalog.find(FALLBACK_AGENT) : undefined;
	if (fallback?.kind === "found") {
		return { ...chosen(fallback.definition, request.type), remarks: [`the agent types are ${listed(names)}`] };
	}
	return refusalOf(request.type, lookup, `Known types: ${listed(names)}.`);
}

/** Why a type that its file defines cannot be run, in the words of what is wrong with the file. */
export function unusableType(type: string, problem: Diagnostic | undefined): string {
	const why = problem ? diagnosticText(problem) : "its file cannot be read";
	return `Agent type "${type}" cannot be used because of its file: ${why}.`;
}

function refusalOf(type: string, lookup: Exclude<AgentLookup, { kind: "found" }>, types: string): Refused {
	const asked = `"${type.slice(0, LONGEST_ASKED)}"`;
	switch (lookup.kind) {
		case "disabled": {
			const where = lookup.file === undefined ? "its file" : `its file ${lookup.file}`;
			return refuse("disabled-type", `Agent type ${asked} is disabled by ${where}. ${types}`);
		}
		case "broken":
			return refuse("unusable-type", `${unusableType(lookup.name, lookup.problem)} ${types}`);
		case "ambiguous": {
			const candidates = lookup.names.join(" and ");
			return refuse("ambiguous-type", `Agent type ${asked} could be ${candidates}; name one exactly. ${types}`);
		}
		case "near":
			return refuse("unknown-type", `Unknown agent type ${asked}; did you mean ${lookup.names.join(" or ")}? ${types}`);
		case "unknown":
			return refuse("unknown-type", `Unknown agent type ${asked}. ${types}`);
		default:
			return lookup satisfies never;
	}
}

function chosen(definition: AgentDefinition, insteadOf?: string): SelectedAgent {
	return { kind: "chosen", definition, insteadOf, remarks: [] };
}

const LONGEST_ASKED = 200;
const LONGEST_LIST = 1500;

/** As many names as a model should have to read. */
function listed(names: readonly string[]): string {
	let length = 0;
	const shown = names.filter((name) => {
		length += name.length + 2;
		return length <= LONGEST_LIST;
	});
	const more = names.length - shown.length;
	return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
}
