import type { AgentEvent } from "@mariozechner/pi-agent-core";
import { type AssistantMessage, fauxAssistantMessage } from "@mariozechner/pi-ai";

type EventOf<Type extends AgentEvent["type"]> = AgentEvent & { type: Type };

/** A reply whose tokens are 1, 20, 300 and 4000, and whose cost is half a dollar. */
export function reply(stopReason: AssistantMessage["stopReason"] = "stop"): AssistantMessage {
	const message = fauxAssistantMessage("text", { stopReason });
	const cost = { ...message.usage.cost, total: 0.5 };
	return { ...message, usage: { ...message.usage, input: 1, output: 20, cacheWrite: 300, cacheRead: 4000, cost } };
}

export const turnStart: AgentEvent = { type: "turn_start" };
export const agentEnd: AgentEvent = { type: "agent_end", messages: [] };

export const messageEnd = (message: EventOf<"message_end">["message"]): AgentEvent => ({
	type: "message_end",
	message,
});

export function streaming(
	part: "start" | "thinking_start" | "text_start" | "text_delta" | "toolcall_start",
): AgentEvent {
	const assistantMessageEvent = { type: part } as EventOf<"message_update">["assistantMessageEvent"];
	return { type: "message_update", message: reply(), assistantMessageEvent };
}

export const toolStart = (toolCallId: string, toolName: string, args: unknown): AgentEvent => ({
	type: "tool_execution_start",
	toolCallId,
	toolName,
	args,
});

export const toolEnd = (toolCallId: string): AgentEvent => ({
	type: "tool_execution_end",
	toolCallId,
	toolName: "any",
	result: undefined,
	isError: false,
});
