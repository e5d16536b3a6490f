import type { AgentMessage } from "@mariozechner/pi-agent-core";
import { type AssistantMessage, fauxAssistantMessage, fauxText, fauxThinking, fauxToolCall } from "@mariozechner/pi-ai";

import type { SessionEntry } from "@mariozechner/pi-coding-agent";
import type { ViewedConversation } from "../../../src/ui/viewer/viewer-port.ts";

/** A conversation that a test writes, entry by entry, as the host would. */
export class CraftedConversation {
	readonly entries: SessionEntry[] = [];
	streaming: AgentMessage | undefined;
	readonly toolUpdates = new Map<string, unknown>();
	notice = "";
	/** How often the entries were read. */
	reads = 0;
	private changes = 0;

	/** Something is different from now on. */
	change(): void {
		this.changes++;
	}

	add(...entries: readonly object[]): this {
		for (const entry of entries) {
			const id = `e${this.entries.length}`;
			const parentId = this.entries.at(-1)?.id ?? null;
			const timestamp = "2026-01-02T03:04:05.006Z";
			this.entries.push({ ...entry, id, parentId, timestamp } as SessionEntry);
		}
		this.change();
		return this;
	}

	say(...messages: readonly object[]): this {
		return this.add(...messages.map((message) => ({ type: "message", message })));
	}

	now(): ViewedConversation {
		return {
			revision: `${this.changes}`,
			cwd: "/project",
			streaming: this.streaming,
			toolUpdates: this.toolUpdates,
			read: (after) => {
				this.reads++;
				const known = this.entries.findIndex((entry) => entry.id === after);
				return { entries: this.entries.slice(known + 1), continues: known >= 0, notice: this.notice };
			},
		};
	}
}

export const user = (text: string) => ({ role: "user", content: [{ type: "text", text }], timestamp: 1 });

export const reply = (text: string): AssistantMessage => fauxAssistantMessage(text);

export const thought = (thinking: string, text: string): AssistantMessage =>
	fauxAssistantMessage([fauxThinking(thinking), fauxText(text)]);

/** A reply that calls one tool, with this id. */
export function calls(id: string, name: string, args: object, words = ""): AssistantMessage {
	const call = { ...fauxToolCall(name, args as Parameters<typeof fauxToolCall>[1]), id };
	return fauxAssistantMessage(words === "" ? [call] : [fauxText(words), call], { stopReason: "toolUse" });
}

export const result = (toolCallId: string, toolName: string, text: string, isError = false) => ({
	role: "toolResult",
	toolCallId,
	toolName,
	content: [{ type: "text", text }],
	isError,
	timestamp: 1,
});
