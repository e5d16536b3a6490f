/** Prompts for the scripted model: each makes it call a tool, ours with what every call needs. */
export function callSubagent(parameters: Record<string, unknown>): string {
	return `call subagent ${JSON.stringify(withDefaults(parameters))}`;
}

/** Several calls in one message. */
export function callSubagents(calls: readonly Record<string, unknown>[]): string {
	return `calls ${JSON.stringify(calls.map((call) => ({ name: "subagent", arguments: withDefaults(call) })))}`;
}

function withDefaults(parameters: Record<string, unknown>): object {
	return { description: "a task for somebody", subagent_type: "general-purpose", ...parameters };
}
