import type { SubagentRecord } from "../domain/subagent-record.ts";
import { rosterText } from "../format/notification-text.ts";

/** A message for one model call; it never enters the stored conversation. */
interface RosterMessage {
	readonly role: "user";
	readonly content: { readonly type: "text"; readonly text: string }[];
	readonly timestamp: number;
}

/**
 * The list of subagents at the end of each model call of the parent, while there are any: those that run, and those that have
 * ended and was not delivered yet. It survives compaction, because it is rebuilt for every call.
 */
export class Roster {
	private readonly toldWithheld = new Set<string>();

	constructor(
		/** The subagents that run or whose result the parent does not have; oldest first. */
		private readonly open: () => readonly SubagentRecord[],
		private readonly clock: () => number,
	) {}

	/** For the host's `context` event. @returns undefined when there is nothing to add */
	extend<M>(messages: readonly M[]): { messages: (M | RosterMessage)[] } | undefined {
		const text = rosterText(this.open().filter((record) => this.isNews(record)));
		if (text === "") return undefined;
		const roster: RosterMessage = { role: "user", content: [{ type: "text", text }], timestamp: this.clock() };
		return { messages: [...messages, roster] };
	}

	/** What the user stopped wakes nobody; the model learns of it here, once. */
	private isNews({ id, completedAt, delivery }: SubagentRecord): boolean {
		if (delivery.state !== "withheld") return true;
		const run = `${id} ${completedAt}`;
		if (this.toldWithheld.has(run)) return false;
		this.toldWithheld.add(run);
		return true;
	}
}
