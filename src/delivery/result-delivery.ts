import { debuglog } from "node:util";
import type { SubagentRecord } from "../domain/subagent-record.ts";
import { type Completion, countThatFit } from "../format/notification-text.ts";
import { type CompletionMessage, completionMessage } from "./completion-message.ts";

/** A subagent as delivery sees it. */
export interface DeliverySubject {
	readonly awaitsDelivery: boolean;
	record(): SubagentRecord;
	deliveredVia(via: "notification"): void;
	readonly contextPercent: number | undefined;
	readonly run: {
		readonly toolCallId: string | undefined;
		/** Its result may start the parent's model. */
		readonly wakesParent: boolean;
		/** Counts the subagent's runs. */
		readonly attempt: number;
	};
	/** Results of earlier runs that the parent was not told before somebody else resumed it. */
	readonly owed: readonly Completion[];
	owedWasTold(): void;
}

export interface DeliveryParts {
	/** All subagents, oldest first. */
	readonly subjects: () => Iterable<DeliverySubject>;
	/** How many runs wait or work. */
	readonly liveCount: () => number;
	/** @throws when the parent cannot be reached now; the results are then kept for the next time */
	readonly send: (message: CompletionMessage, options: { wakeParent: boolean }) => void;
	readonly parent: { isAtRest(): boolean; readonly interrupted: boolean };
	readonly newNonce: () => string;
}

const debug = debuglog("pi-crew");

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
		const subjects = [...this.parts.subjects()];
		const all = [...subjects.flatMap(owedNews), ...subjects.flatMap(dueNews)];
		if (all.length === 0) return;
		const news = firstThatFit(all);
		const completions = news.flatMap((one) => one.completions);
		const message = completionMessage(completions, this.parts.liveCount(), this.parts.newNonce());
		try {
			const wakeParent = !this.parts.parent.interrupted && news.some(({ wakesParent }) => wakesParent);
			this.parts.send(message, { wakeParent });
		} catch (error) {
			debug("the parent could not be told: %O", error); // the results stay pending, for its next rest or a reload
			return;
		}
		for (const { wasTold } of news) wasTold();
		if (news.length < all.length) this.consider(); // the rest has a message of its own
	}

	private clearTimers(): void {
		clearTimeout(this.quiet);
		clearTimeout(this.latest);
		this.latest = undefined;
	}
}

/** What there is to tell of a subagent. */
interface News {
	readonly completions: readonly Completion[];
	readonly wakesParent: boolean;
	readonly wasTold: () => void;
}

function owedNews(subject: DeliverySubject): News[] {
	if (subject.owed.length === 0) return [];
	const { wakesParent } = subject.run;
	return [{ completions: subject.owed, wakesParent, wasTold: () => subject.owedWasTold() }];
}

function dueNews(subject: DeliverySubject): News[] {
	if (!subject.awaitsDelivery) return [];
	const { wakesParent } = subject.run;
	const wasTold = () => subject.deliveredVia("notification");
	return [{ completions: [completion(subject)], wakesParent, wasTold }];
}

/** As many as one message has room for. */
function firstThatFit(news: readonly News[]): readonly News[] {
	const fit = countThatFit(news.flatMap(({ completions }) => completions));
	let count = 0;
	return news.filter(({ completions }, index) => {
		count += completions.length;
		return index === 0 || count <= fit;
	});
}

function completion(subject: DeliverySubject): Completion {
	const { toolCallId, attempt } = subject.run;
	return { record: subject.record(), toolCallId, contextPercent: subject.contextPercent, attempt };
}
