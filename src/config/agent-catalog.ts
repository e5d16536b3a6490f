import type { AgentDefinition } from "../domain/agent-definition.ts";
import { BUILT_IN_AGENTS } from "./built-in-agents.ts";

/** The agent types that can be asked for by name, in any letter case. */
export class AgentCatalog {
	private readonly byKey: ReadonlyMap<string, AgentDefinition>;

	constructor(definitions: readonly AgentDefinition[] = BUILT_IN_AGENTS) {
		this.byKey = new Map(definitions.map((definition) => [definition.name.toLowerCase(), definition]));
	}

	find(type: string): AgentDefinition | undefined {
		return this.byKey.get(type.trim().toLowerCase());
	}

	list(): readonly AgentDefinition[] {
		return [...this.byKey.values()];
	}
}
