import type { AgentMessage } from "@mariozechner/pi-agent-core";
import { messageText } from "../domain/message-text.ts";
import { plainLabel } from "../platform/plain-text.ts";
import { cutText } from "../platform/shorten.ts";

const ARGUMENTS_CUT = 200;
const TOOL_RESULT_CUT = 1000;

/** A conversation as text: what was said in full, tool calls and their results shortened. */
export function transcriptText(messages: readonly AgentMessage[]): string {
	return messages
		.map(entryText)
		.filter((text) => text !== "")
		.join("\n\n");
}

function entryText(message: AgentMessage): string {
	switch (message.role) {
		case "user":
			return `[user] ${messageText(message.content)}`;
		case "assistant":
			return [`[assistant] ${messageText(message.content)}`.trim(), ...message.content.map(toolCall)]
				.filter((line) => line !== "" && line !== "[assistant]")
				.join("\n");
		case "toolResult":
			return `[${plainLabel(message.toolName)}${message.isError ? " failed" : ""}] ${cut(messageText(message.content), TOOL_RESULT_CUT)}`;
		default:
			return "";
	}
}

function toolCall(part: { type: string; name?: string; arguments?: unknown }): string {
	return part.type === "toolCall"
		? `[calls ${plainLabel(part.name ?? "")}] ${cut(JSON.stringify(part.arguments) ?? "", ARGUMENTS_CUT)}`
		: "";
}

function cut(text: string, length: number): string {
	const { text: beginning, isCut } = cutText(text, length);
	return isCut ? `${beginning}… [${text.length - beginning.length} more characters]` : text;
}
