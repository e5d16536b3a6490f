import type { AgentMessage } from "@mariozechner/pi-agent-core";
import { messageText } from "../domain/message-text.ts";
import { endOfText } from "../platform/shorten.ts";
import { neutralizeAgentTags } from "./system-prompt.ts";

/** About sixteen thousand tokens: background for a task, not the task. */
const MOST_CHARACTERS = 64_000;

/**
 * The parent's conversation as text for a subagent: what was said by person and model, which tools were used, and what the
 * summaries of earlier compactions kept. Results of tools and system entries are left out. Where it is too long the newest
 * turns are kept, and the text says how many were not.
 *
 * @param turns how many of the last turns at most; a turn begins with what the person said
 * @returns `""` when nothing was said yet
 */
export function conversationText(messages: readonly AgentMessage[], turns = Number.POSITIVE_INFINITY): string {
	const all = turnsOf(messages);
	const kept = newestThatFit(all.slice(-Math.min(turns, all.length)));
	const left = all.length - kept.length;
	const note = left > 0 ? [`(${left} earlier ${left === 1 ? "turn is" : "turns are"} left out.)`] : [];
	// What was said may quote the fence it is going to stand in.
	const text = [...note, ...kept].join("\n\n").replace(/<(?=\s*\/?\s*parent_conversation)/gi, "&lt;");
	return neutralizeAgentTags(text);
}

/** The subagent's first message: the conversation, fenced, before the task. */
export function promptWithConversation(prompt: string, conversation: string): string {
	if (conversation === "") return prompt;
	return `<parent_conversation>\n${conversation}\n</parent_conversation>\n\nThat was the conversation of the session you work for, as background. Your task:\n\n${prompt}`;
}

function turnsOf(messages: readonly AgentMessage[]): string[] {
	const turns: string[][] = [];
	for (const message of messages) {
		const line = spoken(message);
		if (line === undefined) continue;
		if (message.role === "user" || turns.length === 0) turns.push([]);
		turns.at(-1)?.push(line);
	}
	return turns.map((lines) => lines.join("\n\n"));
}

/** The newest turn is kept in any case, if need be only its end. */
function newestThatFit(turns: readonly string[]): string[] {
	const kept: string[] = [];
	let room = MOST_CHARACTERS;
	for (const turn of [...turns].reverse()) {
		if (turn.length > room && kept.length > 0) break;
		kept.unshift(turn.length > room ? `(The beginning is left out.) …${endOfText(turn, room)}` : turn);
		room -= turn.length;
	}
	return kept;
}

function spoken(message: AgentMessage): string | undefined {
	switch (message.role) {
		case "user":
			return labelled("User", messageText(message.content));
		case "assistant":
			return labelled("Assistant", [messageText(message.content).trim(), toolsUsed(message.content)].join(" "));
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

/** `[used read 3 times, bash]`. */
function toolsUsed(content: readonly { type: string; name?: string }[]): string {
	const counts = new Map<string, number>();
	for (const { type, name } of content) {
		if (type === "toolCall" && name) counts.set(name, (counts.get(name) ?? 0) + 1);
	}
	const uses = [...counts].map(([name, count]) => (count > 1 ? `${name} ${count} times` : name));
	return uses.length > 0 ? `[used ${uses.join(", ")}]` : "";
}
