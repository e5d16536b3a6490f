import type { SubagentRecord } from "../domain/subagent-record.ts";
import { type Completion, countThatFit, type MessageBounds } from "../format/notification-text.ts";
import { debug } from "../platform/debug.ts";
import { type CompletionMessage, completionMessage } from "./completion-message.ts";

/** A run whose result the parent is to be notified of. */
export interface DueResult {
	readonly run: {
		record(): SubagentRecord;
		readonly contextPercent: number | undefined;
		/** Counts the subagent's runs. */
		readonly attempt: number;
		readonly facts: {
			readonly toolCallId: string | undefined;
			/** Its result may start the parent's model. */
			readonly wakesParent: boolean;
		};
	};
	/** The parent has been notified. */
	notified(): void;
}

export interface DeliveryParts {
	/** The results that are due now, oldest first. */
	readonly due: () => readonly DueResult[];
	/** How many runs wait or work. */
	readonly liveCount: () => number;
	/** @throws when the parent cannot be reached now; the results are then kept for the next time */
	readonly send: (message: CompletionMessage, options: { wakeParent: boolean }) => void;
	readonly parent: { isAtRest(): boolean; readonly interrupted: boolean };
	readonly newNonce: () => string;
	/** How much a message may bring now. Must not throw. */
	readonly bounds: () => MessageBounds;
}

/** Completions this close together are one message. The first waits no longer than the second number for the others. */
const BATCH_QUIET_MS = 6;
const BATCH_AT_MOST_MS = 250;

/**
 * Brings the results of background runs to the parent, each once: in one message for all that have ended, when the parent is
 * at rest. What a tool has brought meanwhile, or waits for, is left out.
 */
export class ResultDelivery {
	private quiet: NodeJS.Timeout | undefined;
	private latest: NodeJS.Timeout | undefined;
	private silent = false;

	constructor(private readonly parts: DeliveryParts) {}

	/** A run has settled or a claim was given up: somebody may have to be told, soon. */
	consider(): void {
		if (this.silent) return;
		clearTimeout(this.quiet);
		this.quiet = setTimeout(() => this.deliverNow(), BATCH_QUIET_MS);
		this.latest ??= setTimeout(() => this.deliverNow(), BATCH_AT_MOST_MS);
	}

	/** Nothing is sent any more, until `speak`; what there is to tell stays pending. */
	silence(): void {
		this.silent = true;
		this.clearTimers();
	}

	speak(): void {
		this.silent = false;
		this.consider();
	}

	/** What can be told now is told now, not in a moment. */
	deliverNow(): void {
		this.clearTimers();
		if (this.silent || !this.parts.parent.isAtRest()) return; // the parent's coming to rest brings us back
		const all = this.parts.due();
		if (all.length === 0) return;
		const due = all.slice(0, Math.max(1, countThatFit(all.map(completion))));
		const { liveCount, newNonce, bounds } = this.parts;
		const frame = { ...bounds(), stillLive: liveCount(), nonce: newNonce() };
		const message = completionMessage(due.map(completion), frame);
		try {
			const wakeParent = !this.parts.parent.interrupted && due.some(({ run }) => run.facts.wakesParent);
			this.parts.send(message, { wakeParent });
		} catch (error) {
			debug("the parent could not be told: %O", error); // the results stay pending, for its next rest or a reload
			return;
		}
		for (const result of due) result.notified();
		if (due.length < all.length) this.consider(); // the rest has a message of its own
	}

	private clearTimers(): void {
		clearTimeout(this.quiet);
		clearTimeout(this.latest);
		this.latest = undefined;
	}
}

function completion({ run }: DueResult): Completion {
	const { attempt, contextPercent, facts } = run;
	return { record: run.record(), toolCallId: facts.toolCallId, contextPercent, attempt };
}
