import type { AgentCatalog } from "../config/agent-catalog.ts";
import type { AgentDefinition } from "../domain/agent-definition.ts";
import { type Refusal, refuse } from "../domain/refusal.ts";
import type { RunRequest } from "../domain/run-request.ts";
import type { Settings } from "../domain/settings.ts";

export interface ChosenType {
	readonly kind: "chosen";
	readonly definition: AgentDefinition;
	/** The type that was asked for and that nobody knows. */
	readonly insteadOf: string | undefined;
}

interface TypeSources {
	readonly catalog: Pick<AgentCatalog, "find" | "list">;
	readonly settings: Pick<Settings, "fallbackAgent">;
}

const FALLBACK_AGENT = "general-purpose";

/** The definition a request means. A resume goes on with the one it had, where its file is gone or disabled by now. */
export function chooseDefinition(request: RunRequest, { catalog, settings }: TypeSources): ChosenType | Refusal {
	const lookup = catalog.find(request.type);
	if (lookup.kind === "found") return chosen(lookup.definition);
	if (request.previous?.definition) return chosen(request.previous.definition);
	const names = catalog.list().map((definition) => definition.name);
	const types = `Known types: ${names.join(", ")}.`;
	switch (lookup.kind) {
		case "disabled":
			return refuse("disabled-type", `Agent type "${request.type}" is disabled by its file. ${types}`);
		case "ambiguous": {
			const candidates = lookup.names.join(" and ");
			return refuse(
				"ambiguous-type",
				`Agent type "${request.type}" could be ${candidates}; name one exactly. ${types}`,
			);
		}
		case "unknown": {
			const maySubstitute = request.policy.unknownType === "substitute" && !request.previous;
			const mayFallBack = maySubstitute && settings.fallbackAgent !== "none";
			const fallback = mayFallBack ? catalog.find(FALLBACK_AGENT) : lookup;
			if (fallback.kind === "found") return chosen(fallback.definition, request.type);
			return refuse("unknown-type", `Unknown agent type "${request.type}". ${types}`);
		}
		default:
			return lookup satisfies never;
	}
}

function chosen(definition: AgentDefinition, insteadOf?: string): ChosenType {
	return { kind: "chosen", definition, insteadOf };
}
