import type { AgentEvent, AgentMessage } from "@mariozechner/pi-agent-core";
import type { AgentSession, SessionEntry } from "@mariozechner/pi-coding-agent";
import { type Conversation, entriesAfter } from "./conversation.ts";

/** The conversation of a session that is in memory: what is written, and what is not yet. */
export class LiveConversation {
	private changes = 0;
	private readonly toolUpdates = new Map<string, unknown>();

	constructor(private readonly session: Pick<AgentSession, "sessionManager" | "agent" | "sessionId">) {}

	/** Called for each streamed token among others. */
	observe(event: AgentEvent): void {
		this.changes++;
		if (event.type === "tool_execution_update") this.toolUpdates.set(event.toolCallId, event.partialResult);
		else if (event.type === "tool_execution_end") this.toolUpdates.delete(event.toolCallId);
		else if (event.type === "agent_end") this.toolUpdates.clear();
	}

	now(): Conversation {
		const { sessionManager, sessionId } = this.session;
		return {
			// The older host writes an entry some time after it has told of the message, so the last entry counts, too.
			revision: `${sessionId}:${this.changes}:${sessionManager.getLeafId()}`,
			cwd: sessionManager.getCwd(),
			streaming: this.session.agent.state.streamingMessage ?? this.unwritten(),
			toolUpdates: this.toolUpdates,
			read: (after) => ({
				...entriesAfter(after, sessionManager.getLeafEntry(), (entry) => this.before(entry)),
				notice: "",
			}),
		};
	}

	/** A reply that has ended and has no entry yet. */
	private unwritten(): AgentMessage | undefined {
		const last = this.session.agent.state.messages.at(-1);
		if (last?.role !== "assistant") return undefined;
		let entry = this.session.sessionManager.getLeafEntry();
		while (entry && !(entry.type === "message" && entry.message.role === "assistant")) entry = this.before(entry);
		const isWritten = entry?.type === "message" && entry.message.timestamp >= last.timestamp;
		return isWritten ? undefined : last;
	}

	private before({ parentId }: SessionEntry): SessionEntry | undefined {
		return parentId === null ? undefined : this.session.sessionManager.getEntry(parentId);
	}
}
