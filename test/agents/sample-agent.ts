import type { ParsedAgentFile } from "../../src/agents/agent-file.ts";
import { type AgentDefinition, BUILTIN_TOOLS } from "../../src/domain/agent-definition.ts";

/** An agent that leaves everything open; a test says what it wants different. */
export function sampleAgent(changes: Partial<AgentDefinition> = {}): AgentDefinition {
	return {
		name: "Helper",
		description: "helps",
		origin: "project",
		tools: BUILTIN_TOOLS,
		promptMode: "append",
		instructions: "",
		...changes,
	};
}

/** The agent as its file reaches the catalog. */
export function asFile(definition: AgentDefinition, changes: Partial<ParsedAgentFile> = {}): ParsedAgentFile {
	const origin = definition.origin === "personal" ? "personal" : "project";
	const file = definition.file ?? `/agents/${definition.name}.md`;
	return { name: definition.name, file, origin, definition, isDisabled: false, diagnostics: [], ...changes };
}
