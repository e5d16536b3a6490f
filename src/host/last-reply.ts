import type { AgentEvent, AgentMessage } from "@mariozechner/pi-agent-core";
import type { AssistantMessage } from "@mariozechner/pi-ai";
import { messageText } from "../domain/message-text.ts";
import type { LastReplyEnd } from "../domain/subagent-state.ts";
import { cutText } from "../platform/shorten.ts";

/** It is kept in the record, which is stored with each change. */
const MOST_EARLIER_TEXT = 4000;

/** The last thing the model said in a run, and the last thing it said in words. */
export class LastReply {
	private last: AssistantMessage | undefined;
	private lastInWords: AssistantMessage | undefined;

	forget(): void {
		this.last = undefined;
		this.lastInWords = undefined;
	}

	remember(event: AgentEvent): void {
		if (event.type !== "message_end" && event.type !== "agent_end") return;
		const reply = event.type === "message_end" ? assistantIn(event.message) : event.messages.map(assistantIn).at(-1);
		if (!reply) return;
		this.last = reply;
		if (textOf(reply) !== "") this.lastInWords = reply;
	}

	/**
	 * The last text there is, whichever reply brought it. Read when the run is over: until then an extension's handler may replace
	 * a message's content in place.
	 */
	lastText(): string {
		return this.lastInWords ? textOf(this.lastInWords) : "";
	}

	/** The text of the last reply itself: what came before it is no answer. */
	answer(): string {
		return this.last ? textOf(this.last) : "";
	}

	/** The model ended its turns, not an error or an abort, and the last thing it said has no text. */
	get isWithoutText(): boolean {
		const reason = this.stopReason();
		return reason !== undefined && reason !== "error" && reason !== "aborted" && this.answer() === "";
	}

	/** @returns nothing where the model never replied */
	end(): LastReplyEnd | undefined {
		if (!this.last) return undefined;
		const finishReason = this.last.stopReason;
		if (this.answer() !== "") return { finishReason };
		const earlierText = cutText(this.lastText(), MOST_EARLIER_TEXT).text;
		return { finishReason, heldOnly: heldBy(this.last), ...(earlierText !== "" && { earlierText }) };
	}

	stopReason(): AssistantMessage["stopReason"] | undefined {
		return this.last?.stopReason;
	}

	errorMessage(): string | undefined {
		return this.last?.errorMessage;
	}
}

export function assistantIn(message: AgentMessage): AssistantMessage | undefined {
	return message.role === "assistant" ? message : undefined;
}

function textOf({ content }: AssistantMessage): string {
	return messageText(content).trim();
}

function heldBy({ content }: AssistantMessage): NonNullable<LastReplyEnd["heldOnly"]> {
	const thinks = content.some(({ type }) => type === "thinking");
	const calls = content.some(({ type }) => type === "toolCall");
	if (thinks && calls) return "thinking and tool calls";
	if (thinks) return "thinking";
	return calls ? "tool calls" : "nothing";
}
