import type { AgentMessage } from "@mariozechner/pi-agent-core";
import { neutralizeAgentTags } from "./active-agent-tag.ts";

/**
 * The parent's conversation as text for a subagent: what was said by person and model, and what the summaries of earlier
 * compactions kept. Tool calls, their results and system entries are noise here and left out.
 *
 * @returns `""` when nothing was said yet
 */
export function conversationText(messages: readonly AgentMessage[]): string {
	const lines = messages.map(spoken).filter((line) => line !== undefined);
	// What was said may quote the fence it is going to stand in.
	return neutralizeAgentTags(lines.join("\n\n")).replace(/<(?=\s*\/?\s*parent_conversation)/gi, "&lt;");
}

/** The subagent's first message: the conversation, fenced, before the task. */
export function promptWithConversation(prompt: string, conversation: string): string {
	if (conversation === "") return prompt;
	return `<parent_conversation>\n${conversation}\n</parent_conversation>\n\nThat was the conversation of the session you work for, as background. Your task:\n\n${prompt}`;
}

function spoken(message: AgentMessage): string | undefined {
	switch (message.role) {
		case "user":
			return labelled("User", textOf(message.content));
		case "assistant":
			return labelled("Assistant", textOf(message.content));
		case "compactionSummary":
		case "branchSummary":
			return labelled("Summary of earlier conversation", message.summary);
		default:
			return undefined; // tool results, custom entries and, on the newer host, system messages
	}
}

function labelled(speaker: string, text: string): string | undefined {
	return text.trim() === "" ? undefined : `${speaker}: ${text.trim()}`;
}

function textOf(content: string | readonly { type: string; text?: string }[]): string {
	if (typeof content === "string") return content;
	return content.map((part) => (part.type === "text" ? (part.text ?? "") : "")).join("");
}
