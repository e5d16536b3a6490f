import type { AgentMessage } from "@mariozechner/pi-agent-core";
import type { ImageContent } from "@mariozechner/pi-ai";
import { messageText } from "../domain/message-text.ts";
import { endOfText } from "../platform/shorten.ts";
import { neutralizeAgentTags } from "./system-prompt.ts";

/** About sixteen thousand tokens: background for a task, not the task. */
const MOST_CHARACTERS = 64_000;

/**
 * The parent's conversation as text for a subagent: what was said by person and model, which tools were used, and what the
 * summaries of earlier compactions kept. An image is `[image]`. Results of tools and system entries are left out. Where it is too long the newest
 * turns are kept, and the text says how many were not.
 *
 * @param turns how many of the last turns at most; a turn begins with what the person said
 * @returns `""` when nothing was said yet
 */
export function conversationText(messages: readonly AgentMessage[], turns?: number): string {
	const { kept, left } = keptTurns(messages, turns);
	const note = left > 0 ? [`(${left} earlier ${left === 1 ? "turn is" : "turns are"} left out.)`] : [];
	// What was said may quote the fence it is going to stand in.
	const texts = kept.map(({ text }) => text);
	const text = [...note, ...texts].join("\n\n").replace(/<(?=\s*\/?\s*parent_conversation)/gi, "&lt;");
	return neutralizeAgentTags(text);
}

/** More would fill the child's context with pictures, or its request beyond what providers take. */
const MOST_IMAGES = 20;
const MOST_IMAGE_CHARACTERS = 16 * 1024 * 1024;

export interface InheritedImages {
	/** Oldest first. */
	readonly images: readonly ImageContent[];
	/** How many more there are in the kept turns. */
	readonly left: number;
}

/** The images that the person showed in the turns that `conversationText` keeps; of too many the newest. */
export function conversationImages(messages: readonly AgentMessage[], turns?: number): InheritedImages {
	const all = keptTurns(messages, turns).kept.flatMap(({ images }) => images);
	let room = MOST_IMAGE_CHARACTERS;
	const newest = all.slice(-MOST_IMAGES).reverse();
	const tooMuch = newest.findIndex(({ data }) => {
		room -= data.length;
		return room < 0;
	});
	const images = (tooMuch < 0 ? newest : newest.slice(0, tooMuch)).reverse();
	return { images, left: all.length - images.length };
}

/** The subagent's first message: the conversation, fenced, before the task. */
export function promptWithConversation(prompt: string, conversation: string): string {
	if (conversation === "") return prompt;
	return `<parent_conversation>\n${conversation}\n</parent_conversation>\n\nThat was the conversation of the session you work for, as background. Your task:\n\n${prompt}`;
}

/** What was said from one word of the person to the next. */
interface Turn {
	readonly text: string;
	readonly images: readonly ImageContent[];
}

function keptTurns(messages: readonly AgentMessage[], turns = Number.POSITIVE_INFINITY) {
	const all = turnsOf(messages);
	const kept = newestThatFit(all.slice(-Math.min(turns, all.length)));
	return { kept, left: all.length - kept.length };
}

function turnsOf(messages: readonly AgentMessage[]): Turn[] {
	const turns: { lines: string[]; images: ImageContent[] }[] = [];
	for (const message of messages) {
		const line = spoken(message);
		if (line === undefined) continue;
		if (message.role === "user" || turns.length === 0) turns.push({ lines: [], images: [] });
		turns.at(-1)?.lines.push(line);
		turns.at(-1)?.images.push(...imagesIn(message));
	}
	return turns.map(({ lines, images }) => ({ text: lines.join("\n\n"), images }));
}

/** The newest turn is kept in any case, if need be only its end. */
function newestThatFit(turns: readonly Turn[]): Turn[] {
	const kept: Turn[] = [];
	let room = MOST_CHARACTERS;
	for (const turn of [...turns].reverse()) {
		const { text } = turn;
		if (text.length > room && kept.length > 0) break;
		kept.unshift(
			text.length > room ? { ...turn, text: `(The beginning is left out.) …${endOfText(text, room)}` } : turn,
		);
		room -= text.length;
	}
	return kept;
}

function spoken(message: AgentMessage): string | undefined {
	switch (message.role) {
		case "user":
			return labelled("User", [messageText(message.content), ...imagesIn(message).map(() => "[image]")].join(" "));
		case "assistant":
			return labelled("Assistant", [messageText(message.content).trim(), toolsUsed(message.content)].join(" "));
		case "compactionSummary":
		case "branchSummary":
			return labelled("Summary of earlier conversation", message.summary);
		default:
			return undefined; // tool results, custom entries and, on the newer host, system messages
	}
}

function imagesIn(message: AgentMessage): readonly ImageContent[] {
	if (message.role !== "user" || typeof message.content === "string") return [];
	return message.content.filter((part) => part.type === "image");
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
