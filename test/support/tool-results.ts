import type { PiEvent } from "./cli.ts";
import type { ToolResult } from "./scripted-host.ts";

/** What ended tool calls brought, in the order they ended. */
export function toolResults(events: readonly PiEvent[], tool = "subagent"): ToolResult[] {
	return events.filter((event) => event.type === "tool_execution_end" && event.toolName === tool).map(toolResult);
}

export function toolResult(ended: PiEvent): ToolResult {
	const result = ended.result as { content: { text?: string }[]; details?: Record<string, unknown> };
	return {
		text: result.content.map((part) => part.text ?? "").join(""),
		isError: ended.isError === true,
		details: result.details ?? {},
	};
}
