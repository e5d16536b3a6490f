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
		readonly figures: { readonly tokens: { readonly compactionCount: number } };
		readonly spec: { readonly toolCallId?: string };
		/** Its result may start the parent's model. */
		readonly wakesParent: boolean;
	};
	/** The parent has been notified. */
	notified(): void;
}

export interface DeliveryParts {
	/** The results that are due now, oldest first. */
	readonly due: () => readonly DueResult[];
	/** The number of queued and running runs. */
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
 * idle. Results that a tool has returned, or waits for, are left out.
 */
export class ResultDelivery {
	private quiet: NodeJS.Timeout | undefined;
	private latest: NodeJS.Timeout | undefined;
	private silent = false;

	constructor(private readonly parts: DeliveryParts) {}

	/** A run has settled or a claim was given up: the parent may have to be notified soon. */
	consider(): void {
		if (this.silent) return;
		clearTimeout(this.quiet);
		this.quiet = setTimeout(() => this.deliverNow(), BATCH_QUIET_MS);
		this.latest ??= setTimeout(() => this.deliverNow(), BATCH_AT_MOST_MS);
	}

	/** Sends nothing until `speak`; results stay pending. */
	silence(): void {
		this.silent = true;
		this.clearTimers();
	}

	speak(): void {
		this.silent = false;
		this.consider();
	}

	/** Delivers at once what can be delivered now. */
	deliverNow(): void {
		this.clearTimers();
		if (this.silent || !this.parts.parent.isAtRest()) return; // we are called again when the parent is idle
		const all = this.parts.due();
		if (all.length === 0) return;
		const due = all.slice(0, Math.max(1, countThatFit(all.map(completion))));
		const { liveCount, newNonce, bounds } = this.parts;
		const frame = { ...bounds(), stillLive: liveCount(), nonce: newNonce() };
		const message = completionMessage(due.map(completion), frame);
		try {
			const wakeParent = !this.parts.parent.interrupted && due.some(({ run }) => run.wakesParent);
			this.parts.send(message, { wakeParent });
		} catch (error) {
			debug("the parent could not be notified: %O", error); // the results stay pending until it is idle again or reloaded
			return;
		}
		for (const result of due) result.notified();
		if (due.length < all.length) this.consider(); // the rest gets its own message
	}

	private clearTimers(): void {
		clearTimeout(this.quiet);
		clearTimeout(this.latest);
		this.latest = undefined;
	}
}

function completion({ run }: DueResult): Completion {
	const { attempt, contextPercent, spec, figures } = run;
	const compactions = figures.tokens.compactionCount;
	return { record: run.record(), toolCallId: spec.toolCallId, contextPercent, compactions, attempt };
}
