import type { AgentMessage } from "@mariozechner/pi-agent-core";
import type { AssistantMessage, ToolResultMessage } from "@mariozechner/pi-ai";
import type { SessionEntry } from "@mariozechner/pi-coding-agent";
import { messageText } from "../../domain/message-text.ts";
import type { BashMessage, Block, ToolOutcome } from "./block.ts";
import type { ViewedConversation } from "./viewer-port.ts";

type ToolBlock = Block & { kind: "tool" };

/** A conversation as blocks. It grows with the conversation: what was understood once is not looked at again. */
export class ConversationBlocks {
	/** Blocks of the entries. */
	private written: Block[] = [];
	/** Blocks of the reply that is being written. */
	private streamed: readonly Block[] = [];
	/** Indexes of the blocks of calls that have no result yet. */
	private readonly open = new Map<string, number>();
	private turns: number[] = [];
	private known: string | undefined;
	private revision: string | undefined;
	private said = "";

	get count(): number {
		return this.written.length + this.streamed.length;
	}

	at(index: number): Block | undefined {
		return this.written[index] ?? this.streamed[index - this.written.length];
	}

	/** A remark about the conversation as a whole; empty when there is none. */
	get notice(): string {
		return this.said;
	}

	/** The indexes of the blocks that begin a turn, in order. */
	get turnStarts(): readonly number[] {
		const streamed = this.streamed.findIndex((block) => block.beginsTurn);
		return streamed < 0 ? this.turns : [...this.turns, this.written.length + streamed];
	}

	/** @returns whether anything has changed since the last time */
	take(conversation: ViewedConversation): boolean {
		if (conversation.revision === this.revision) return false;
		this.revision = conversation.revision;
		const { entries, continues, notice } = conversation.read(this.known);
		this.said = notice;
		if (!continues) this.forget();
		for (const entry of entries) this.add(additionOf(entry));
		this.known = entries.at(-1)?.id ?? this.known;
		for (const [id, update] of conversation.toolUpdates) this.update(id, update);
		this.streamed = streamedBlocks(conversation.streaming);
		return true;
	}

	private forget(): void {
		this.written = [];
		this.turns = [];
		this.open.clear();
		this.known = undefined;
	}

	private add(addition: ReturnType<typeof additionOf>): void {
		if (addition.kind === "result") this.answer(addition.result);
		else for (const block of addition.blocks) this.append(block);
	}

	private append(block: Block): void {
		if (block.kind === "tool" && !block.outcome) this.open.set(block.call.id, this.written.length);
		if (block.beginsTurn) this.turns.push(this.written.length);
		this.written.push(block);
	}

	private answer(result: ToolResultMessage): void {
		const { content, details, isError, toolCallId, toolName } = result;
		const index = this.open.get(toolCallId);
		this.open.delete(toolCallId);
		if (index !== undefined) this.resolve(index, { content, details, isError, isPartial: false });
		else this.append({ kind: "plain", title: `result of ${toolName}`, text: messageText(content), beginsTurn: false });
	}

	/** The output so far of a running tool. */
	private update(id: string, update: unknown): void {
		const index = this.open.get(id);
		const { content, details } = (update ?? {}) as Partial<ToolOutcome>;
		if (index === undefined || !Array.isArray(content)) return;
		const { outcome } = this.written[index] as ToolBlock;
		if (outcome?.content === content && outcome.details === details) return;
		this.resolve(index, { content, details, isError: false, isPartial: true });
	}

	private resolve(index: number, outcome: ToolOutcome): void {
		this.written[index] = { ...(this.written[index] as ToolBlock), outcome };
	}
}

function streamedBlocks(streaming: ViewedConversation["streaming"]): readonly Block[] {
	// Read anew each time: the host keeps writing into the same message.
	return streaming?.role === "assistant" ? replyBlocks({ ...streaming, content: [...streaming.content] }) : [];
}

/** What an entry adds to the conversation: blocks, or the result of a call that has its block already. */
type Addition =
	| { readonly kind: "blocks"; readonly blocks: readonly Block[] }
	| { readonly kind: "result"; readonly result: ToolResultMessage };

const NOTHING: Addition = { kind: "blocks", blocks: [] };

/** A file may hold anything, so an entry that cannot be understood becomes plain text. Never throws. */
function additionOf(entry: SessionEntry): Addition {
	try {
		return understood(entry);
	} catch {
		return blocks({ kind: "plain", title: entry.type, text: asText(entry), beginsTurn: false });
	}
}

/** A reply and its tool calls; one that calls tools without a word is drawn as its calls. */
function replyBlocks(message: AssistantMessage): readonly Block[] {
	const calls = message.content.filter((part) => part.type === "toolCall");
	const says = message.content.some((part) => part.type !== "toolCall" && wordsOf(part).trim() !== "");
	const reply: Block[] = says || calls.length === 0 ? [{ kind: "assistant", message, beginsTurn: true }] : [];
	return [
		...reply,
		...calls.map((call, index): Block => {
			const beginsTurn = reply.length === 0 && index === 0;
			return { kind: "tool", call, outcome: failedWith(message), beginsTurn };
		}),
	];
}

function understood(entry: SessionEntry): Addition {
	switch (entry.type) {
		case "message":
			return said(entry.message);
		case "custom_message": {
			const { customType, content, details, display, timestamp } = entry;
			if (!display) return NOTHING;
			const message = {
				role: "custom" as const,
				customType,
				content,
				details,
				display,
				timestamp: Date.parse(timestamp),
			};
			return blocks({ kind: "custom", message, beginsTurn: false });
		}
		case "compaction": {
			const { summary, tokensBefore, timestamp } = entry;
			const message = { role: "compactionSummary" as const, summary, tokensBefore, timestamp: Date.parse(timestamp) };
			return blocks({ kind: "compaction", message: checked(message, ["summary"]), beginsTurn: false });
		}
		case "branch_summary": {
			const { summary, fromId, timestamp } = entry;
			const message = { role: "branchSummary" as const, summary, fromId, timestamp: Date.parse(timestamp) };
			return blocks({ kind: "branch", message: checked(message, ["summary"]), beginsTurn: false });
		}
		default:
			return NOTHING; // settings of the session, labels, and what extensions keep for themselves
	}
}

function said(message: AgentMessage): Addition {
	switch (message.role) {
		case "user":
			return blocks({ kind: "user", content: withContent(message).content, beginsTurn: true });
		case "assistant":
			return { kind: "blocks", blocks: replyBlocks(withParts(message)) };
		case "toolResult":
			return { kind: "result", result: withParts(message) };
		case "bashExecution":
			return blocks({
				kind: "bash",
				message: checked(message as BashMessage, ["command", "output"]),
				beginsTurn: false,
			});
		case "custom":
			return message.display ? blocks({ kind: "custom", message, beginsTurn: false }) : NOTHING;
		case "compactionSummary":
			return blocks({ kind: "compaction", message, beginsTurn: false });
		case "branchSummary":
			return blocks({ kind: "branch", message, beginsTurn: false });
		default:
			// The newer host's system messages, which it does not show either.
			if ((message as { role?: unknown }).role === "system") return NOTHING;
			throw new Error("a message of an unknown kind");
	}
}

function blocks(block: Block): Addition {
	return { kind: "blocks", blocks: [block] };
}

/** Why the calls of a reply were never answered. */
function failedWith({ stopReason, errorMessage }: AssistantMessage) {
	if (stopReason !== "aborted" && stopReason !== "error") return undefined;
	const text = stopReason === "aborted" ? "Operation aborted" : errorMessage || "Error";
	return { content: [{ type: "text", text }], isError: true, isPartial: false };
}

function wordsOf(part: { type: string; text?: string; thinking?: string }): string {
	return part.text ?? part.thinking ?? "";
}

function withContent<T extends { content: unknown }>(message: T): T {
	return typeof message.content === "string" ? message : withParts(message);
}

function withParts<T extends { content: unknown }>(message: T): T {
	if (!Array.isArray(message.content)) throw new Error("a message without content");
	for (const part of message.content) if (typeof part?.type !== "string") throw new Error("a part of no kind");
	return message;
}

function checked<T extends object>(message: T, texts: readonly (keyof T)[]): T {
	for (const name of texts) if (typeof message[name] !== "string") throw new Error(`${String(name)} is not a text`);
	return message;
}

/** @returns the value as JSON, as far as it can be written so */
export function asText(value: unknown): string {
	try {
		return JSON.stringify(value, undefined, 2) ?? String(value);
	} catch {
		return String(value);
	}
}
