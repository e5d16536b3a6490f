import type { SubagentRecord } from "../domain/subagent-record.ts";
import type { SubagentEvent } from "../events/subagent-events.ts";
import type { MessageBounds } from "../format/notification-text.ts";
import type { CompletionMessage } from "./completion-message.ts";
import { ParentActivity } from "./parent-activity.ts";
import { type DueResult, ResultDelivery } from "./result-delivery.ts";
import { Roster } from "./roster.ts";

/** The one who is notified: the person's session, or a subagent that has started others. */
export interface ParentPort {
	/** The host's own word. Must not throw. */
	isIdle(): boolean;
	/** @throws when the parent cannot be reached now; the results are then kept for the next time */
	sendMessage(message: CompletionMessage, options: { readonly wakeParent: boolean }): void;
}

/** What a mailbox sees of its parent's subagents, and of those alone. */
export interface MailboxSubagents {
	/** The subagent whose children these are; absent for those that the session itself started. */
	readonly parentId: string | undefined;
	/** Results that the parent is to be notified of now, oldest first. */
	due(): readonly DueResult[];
	/** Those that have not ended, or whose result the parent does not have; oldest first. */
	open(): readonly SubagentRecord[];
	/** How many have not ended. */
	liveCount(): number;
}

export interface MailboxParts {
	readonly parent: ParentPort;
	readonly subagents: MailboxSubagents;
	/** Epoch milliseconds. */
	readonly clock: () => number;
	readonly newNonce: () => string;
	/** How much a message may bring into the parent now. */
	readonly bounds: () => MessageBounds;
}

/**
 * Where results, notifications and the roster of one parent go. Each parent has a mailbox of its own: whether it is idle, what it
 * has and what it waits for is nobody else's concern.
 */
export class ParentMailbox {
	/** Fed with what the parent does. */
	readonly activity: ParentActivity;
	private readonly delivery: ResultDelivery;
	private readonly roster: Roster;
	private readonly parentId: string | undefined;

	constructor({ parent, subagents, clock, newNonce, bounds }: MailboxParts) {
		this.parentId = subagents.parentId;
		this.activity = new ParentActivity(
			clock,
			() => this.delivery.consider(),
			() => parent.isIdle(),
		);
		this.delivery = new ResultDelivery({
			due: () => subagents.due(),
			liveCount: () => subagents.liveCount(),
			send: (message, options) => parent.sendMessage(message, options),
			parent: this.activity,
			newNonce,
			bounds,
		});
		this.roster = new Roster(() => subagents.open(), clock);
	}

	/** A fact about any subagent; those of other parents do not matter here. */
	hear(event: SubagentEvent): void {
		const { type, record } = event;
		if (type !== "settled" || record.parentId !== this.parentId) return;
		if (record.delivery.state === "pending") this.delivery.consider();
	}

	/** A result may be due that was not before, such as one whose claim was given up. */
	consider(): void {
		this.delivery.consider();
	}

	/** What can be delivered now is delivered now, not in a moment. */
	deliverNow(): void {
		this.delivery.deliverNow();
	}

	/** The messages of a call of the parent's model with the roster. @returns undefined when there is nothing to add */
	withRoster<M>(messages: readonly M[]) {
		return this.roster.extend(messages);
	}

	/** The parent is out of reach, as in a reload, or ends: nothing is sent until `open`; what is due stays so. */
	close(): void {
		this.delivery.silence();
		this.activity.stop();
	}

	/** The parent can be reached again, and is between two runs. */
	open(): void {
		this.activity.reloaded();
		this.delivery.speak();
	}
}
