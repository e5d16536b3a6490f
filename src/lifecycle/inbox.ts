import type { SubagentStatus } from "../domain/subagent-state.ts";
import type { SubagentSession } from "./subagent-session.ts";

/** What became of a message for a subagent. */
export type SteerOutcome =
	| { readonly kind: "delivered" | "held" }
	| { readonly kind: "refused"; readonly status: SubagentStatus };

/** What is said to a subagent while it lives: held until its session exists, then handed over. */
export class Inbox {
	private session: Pick<SubagentSession, "steer"> | undefined;
	private held: string[] = [];

	/** From now on messages go to the session. */
	open(session: Pick<SubagentSession, "steer">): void {
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
