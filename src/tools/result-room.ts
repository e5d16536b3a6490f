import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import { leastRoom, MOST_CHARACTERS, roomInContext } from "../format/bounded-text.ts";

type ParentContext = Pick<ExtensionContext, "sessionManager" | "getContextUsage">;

interface Batch {
	/** The entry of the message whose calls these are. */
	readonly entry: string;
	/** Characters that are not used yet. */
	left: number;
	/** What each call has in any case. */
	readonly least: number;
	/** Calls without a result so far. */
	readonly open: Set<string>;
}

/**
 * How many characters one of our tool results may have. Calls of one message share a common room; what one leaves,
 * the others may use.
 */
export class ResultRoom {
	private batch: Batch | undefined;

	/** @param make the text in at most so many characters, for the call with this id */
	fit(toolCallId: string, ctx: Partial<ParentContext>, make: (room: number) => string): string {
		const batch = tried(() => this.batchOf(toolCallId, ctx));
		if (!batch) return make(tried(() => roomInContext(1, ctx.getContextUsage?.())) ?? MOST_CHARACTERS);
		const share = Math.floor(batch.left / Math.max(1, batch.open.size));
		const text = make(Math.min(MOST_CHARACTERS, Math.max(batch.least, share)));
		batch.open.delete(toolCallId);
		batch.left = Math.max(0, batch.left - text.length);
		return text;
	}

	/** @returns nothing for a call that is alone in its message, or is not in one: a script of the model made it */
	private batchOf(toolCallId: string, ctx: Partial<ParentContext>): Batch | undefined {
		const message = messageWith(toolCallId, ctx);
		if (!message || message.calls.length < 2) return undefined;
		const { entry, calls } = message;
		if (this.batch?.entry === entry) return this.batch;
		const left = roomInContext(calls.length, ctx.getContextUsage?.());
		this.batch = { entry, left, least: leastRoom(calls.length), open: new Set(calls) };
		return this.batch;
	}
}

const TOOLS_WITH_RESULTS = new Set(["subagent", "get_subagent_result"]);

interface CallingMessage {
	readonly entry: string;
	/** Ids of its calls that bring results of subagents. */
	readonly calls: readonly string[];
}

/** Searched from the session's end: it is among the last few entries. */
function messageWith(toolCallId: string, { sessionManager }: Partial<ParentContext>): CallingMessage | undefined {
	let entry = sessionManager?.getLeafEntry();
	while (sessionManager && entry) {
		if (entry.type === "message" && entry.message.role === "assistant") {
			const calls = entry.message.content.filter((part) => part.type === "toolCall");
			if (!calls.some(({ id }) => id === toolCallId)) return undefined;
			const ids = calls.filter(({ name }) => TOOLS_WITH_RESULTS.has(name)).map(({ id }) => id);
			return { entry: entry.id, calls: ids };
		}
		entry = entry.parentId === null ? undefined : sessionManager.getEntry(entry.parentId);
	}
	return undefined;
}

/** The host's contexts throw when their session is over; the result has the usual room then. */
function tried<T>(look: () => T): T | undefined {
	try {
		return look();
	} catch {
		return undefined;
	}
}
