import { EventEmitter } from "eventemitter3";
import type { LifetimeUsage, SubagentRecord } from "../domain/subagent-record.ts";

/**
 * What happened to a subagent, told afterwards: the record had changed before. Facts are frozen and have no influence.
 * Each run begins with `created` or `resumed` and ends with exactly one `settled`.
 */
export type SubagentEvent =
	| { readonly type: "created" | "resumed" | "started"; readonly record: SubagentRecord }
	/** `used`: the tokens of the run that has settled. */
	| { readonly type: "settled"; readonly record: SubagentRecord; readonly used: LifetimeUsage }
	| { readonly type: "steered"; readonly record: SubagentRecord; readonly message: string }
	| { readonly type: "compacted"; readonly record: SubagentRecord; readonly compaction: Compaction };

/** A compaction of a subagent's session. `tokensBefore` is the context's size before it. */
export interface Compaction {
	readonly reason: string;
	readonly tokensBefore: number;
}

type Listener = (event: SubagentEvent) => void;

/** The one place that emits facts. A listener that throws harms neither the run nor the other listeners. */
export class SubagentEvents {
	private readonly emitter = new EventEmitter<{ fact: Listener }>();
	private readonly untold: SubagentEvent[] = [];

	/** @param onListenerError gets the error of each listener that threw; must not throw */
	constructor(private readonly onListenerError: (error: unknown) => void) {}

	/** A fact that a listener causes is emitted after the present one, so that everyone hears them in order. */
	emit(event: SubagentEvent): void {
		Object.freeze(event);
		if (event.type === "compacted") Object.freeze(event.compaction);
		if (this.untold.push(event) > 1) return;
		for (let next: SubagentEvent | undefined = event; next; next = this.untold[0]) {
			this.tell(next);
			this.untold.shift();
		}
	}

	/** @returns its unsubscribe */
	subscribe(listener: Listener): () => void {
		const own: Listener = (event) => listener(event); // the same function may subscribe twice
		this.emitter.on("fact", own);
		return () => void this.emitter.off("fact", own);
	}

	private tell(event: SubagentEvent): void {
		for (const listener of this.emitter.listeners("fact")) {
			try {
				listener(event);
			} catch (error) {
				this.onListenerError(error);
			}
		}
	}
}
