import type { AgentMessage } from "@mariozechner/pi-agent-core";
import type { SessionEntry } from "@mariozechner/pi-coding-agent";
import type { Answer, SubagentSnapshot } from "../subagents-desk.ts";

/** What the viewer shows and does, told by the subagent's id. */
export interface ViewerPort {
	snapshot(id: string): SubagentSnapshot | undefined;
	/** What was said in it as it is now; asked for often. */
	conversation(id: string): ViewedConversation | undefined;
	/** The person wants replies without what was thought before them. */
	hidesThinking(): boolean;
	steer(id: string, message: string): Promise<Answer>;
	/** @param file where the page goes; a relative path counts from the session's directory. Nothing is overwritten. */
	exportHtml(id: string, file: string): Promise<Answer>;
}

export interface ViewedConversation {
	/** Another one when anything has changed since. */
	readonly revision: string;
	readonly cwd: string;
	/** The reply that is being written. */
	readonly streaming: AgentMessage | undefined;
	/** What tools that still run have told so far, by the id of their call. */
	readonly toolUpdates: ReadonlyMap<string, unknown>;
	/** The entries, oldest first: those after the known one if it is among them, else all. */
	read(after?: string): {
		readonly entries: readonly SessionEntry[];
		readonly continues: boolean;
		/** What is to be said about them; empty when all is well. */
		readonly notice: string;
	};
}
