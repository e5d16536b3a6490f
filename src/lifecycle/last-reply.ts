import type { AgentEvent, AgentMessage } from "@mariozechner/pi-agent-core";
import type { AssistantMessage } from "@mariozechner/pi-ai";
import { messageText } from "../domain/message-text.ts";

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

	/** Read when the run is over: until then an extension's handler may replace a message's content in place. */
	text(): string {
		return this.lastInWords ? textOf(this.lastInWords) : "";
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
