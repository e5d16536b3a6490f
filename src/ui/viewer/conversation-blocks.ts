import type { ToolResultMessage } from "@mariozechner/pi-ai";
import { messageText } from "../../domain/message-text.ts";
import type { Block, ToolOutcome } from "./block.ts";
import { additionOf, replyBlocks } from "./entry-blocks.ts";
import type { ViewedConversation } from "./viewer-port.ts";

type ToolBlock = Block & { kind: "tool" };

/** A conversation as blocks. It grows with the conversation: what was understood once is not looked at again. */
export class ConversationBlocks {
	/** Of the entries. */
	private written: Block[] = [];
	/** Of the reply that is being written. */
	private streamed: readonly Block[] = [];
	/** Where the blocks of calls are that have no result yet. */
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

	/** What is to be said about the conversation as a whole; empty when all is well. */
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

	/** What a tool that still runs has told. */
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
	// Read anew each time: the host goes on writing into the same message.
	return streaming?.role === "assistant" ? replyBlocks({ ...streaming, content: [...streaming.content] }) : [];
}
