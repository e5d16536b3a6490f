import type { AgentMessage } from "@mariozechner/pi-agent-core";
import type { SessionEntry } from "@mariozechner/pi-coding-agent";
import { plainLine } from "../../platform/plain-text.ts";
import type { Answer, SubagentSnapshot } from "../subagent-commands.ts";

/** What the viewer shows and does, by the subagent's id. */
export interface ViewerPort {
	snapshot(id: string): SubagentSnapshot | undefined;
	/** Its conversation at this moment; called often. */
	conversation(id: string): ViewedConversation | undefined;
	/** The person has hidden thinking. */
	hidesThinking(): boolean;
	steer(id: string, message: string): Promise<Answer>;
	/** @param message blank: it continues its task */
	resume(id: string, message: string): Answer;
	stop(id: string): Answer;
	detach(id: string): Answer;
	/** @param file where the page goes; a relative path counts from the session's directory. Nothing is overwritten. */
	exportHtml(id: string, file: string): Promise<Answer>;
}

export interface ViewedConversation {
	/** Another one when anything has changed since. */
	readonly revision: string;
	readonly cwd: string;
	/** The reply that is being written. */
	readonly streaming: AgentMessage | undefined;
	/** The output so far of running tools, by the id of their call. */
	readonly toolUpdates: ReadonlyMap<string, unknown>;
	/** The entries, oldest first: those after the known one if it is among them, else all. */
	read(after?: string): {
		readonly entries: readonly SessionEntry[];
		readonly continues: boolean;
		/** A remark about them; empty when there is none. */
		readonly notice: string;
	};
}

/** Why a subagent cannot be steered, and what to do instead; nothing for one that can. */
export function cannotBeSteered(snapshot: SubagentSnapshot | undefined): string | undefined {
	if (!snapshot) return "This subagent no longer exists.";
	const { condition } = snapshot;
	switch (condition.kind) {
		case "queued":
		case "running":
			return undefined;
		case "owned-elsewhere":
			return "It belongs to another session or another running pi, and can only be steered there.";
		case "suspended":
			return "It has been suspended since pi ended. Press r to start it.";
		case "settled":
			return `It has ended (${condition.status}), so it reads no messages. Press r to resume it with a message.`;
		default:
			return condition satisfies never;
	}
}

/** Why it cannot be resumed. Nothing for one that has ended or was suspended. */
export function cannotBeResumed(snapshot: SubagentSnapshot | undefined): string | undefined {
	if (!snapshot) return "This subagent is not known any more.";
	const { condition } = snapshot;
	switch (condition.kind) {
		case "queued":
		case "running":
			return `It is ${condition.kind}. Press s to send it a message.`;
		case "owned-elsewhere":
			return "It belongs to another session or another running pi, and can only be resumed there.";
		case "suspended":
		case "settled":
			return undefined;
		default:
			return condition satisfies never;
	}
}

/** A name for the page a conversation is exported to. */
export function pageName(snapshot: SubagentSnapshot | undefined, id: string): string {
	const type = plainLine(snapshot?.record.type ?? "")
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, "-")
		.replace(/^-+|-+$/g, "");
	return `${type || "subagent"}-${id.slice(0, 8)}.html`;
}
