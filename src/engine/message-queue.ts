import type { StoredPrompts } from "../domain/stored-run.ts";
import type { SubagentStatus } from "../domain/subagent-state.ts";
import type { ChildSession } from "../host/child-session.ts";

/** What became of a message for a subagent. */
export type SteerOutcome =
	| { readonly kind: "delivered" | "held" }
	| { readonly kind: "refused"; readonly status: SubagentStatus };

/** What is said to a subagent while it lives: held until its session exists, then handed over. */
export class MessageQueue {
	private session: Pick<ChildSession, "steer"> | undefined;
	private held: string[] = [];

	/** From now on messages go to the session. */
	open(session: Pick<ChildSession, "steer">): void {
		this.session = session;
	}

	/** The run is over: what nobody has read is dropped with it. */
	close(): void {
		this.session = undefined;
		this.held = [];
	}

	/** What was held, in order, once. */
	take(): readonly string[] {
		return this.held.splice(0);
	}

	/** What is held, for a later process to tell. */
	get waiting(): readonly string[] {
		return this.held;
	}

	/** @returns `too-late` when the session has given its last answer */
	async put(message: string): Promise<"delivered" | "held" | "too-late"> {
		if (this.session) return (await this.session.steer(message)) ? "delivered" : "too-late";
		this.held.push(message);
		return "held";
	}
}

/** Messages that a subagent did not get, or that its transcript does not hold: a resume must not lose them. */
export class PendingPrompts {
	/** No session has heard them: the run waits, was stopped in the queue, or its session could not be created. */
	private unheard: readonly string[];
	/** Heard, but the host writes a conversation down with its first reply only. */
	private unwritten: readonly string[];

	constructor(stored: StoredPrompts = { unheard: [], unwritten: [] }) {
		this.unheard = stored.unheard;
		this.unwritten = stored.unwritten;
	}

	/** A run is asked for. */
	ask(prompt: string): void {
		this.unheard = [...this.unheard, prompt];
	}

	/** A reply was written down, and with it what came before. */
	written(): void {
		this.unwritten = [];
	}

	/** A session begins a run. @returns what to tell it: all that was asked for, after what a blank one should have heard */
	tell(session: "blank" | "remembers"): string {
		const before = session === "blank" ? this.unwritten : [];
		const prompts = [...before, ...this.unheard];
		this.unwritten = [...this.unwritten, ...this.unheard];
		this.unheard = [];
		return prompts.join("\n\n");
	}

	stored(): StoredPrompts {
		return { unheard: this.unheard, unwritten: this.unwritten };
	}
}
