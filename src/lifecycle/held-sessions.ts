import type { SubagentSession } from "./subagent-session.ts";

const MOST_HELD = 8;
const HELD_FOR_MS = 10 * 60_000;

interface Held {
	readonly session: SubagentSession;
	readonly timer: NodeJS.Timeout;
}

/**
 * Sessions of settled subagents that are kept for a quick resume: few, not for long, oldest out first. What is not held is
 * disposed; a resume then opens the transcript again.
 */
export class HeldSessions {
	private readonly held = new Map<string, Held>(); // in order of age
	private readonly disposals = new Set<Promise<void>>();

	keep(id: string, session: SubagentSession): void {
		const timer = setTimeout(() => this.evict(id), HELD_FOR_MS).unref();
		this.held.set(id, { session, timer });
		const [oldest] = this.held.keys();
		if (this.held.size > MOST_HELD && oldest !== undefined) this.evict(oldest);
	}

	/** @returns the session if it is still held; from now on it is the caller's */
	take(id: string): SubagentSession | undefined {
		const held = this.held.get(id);
		if (!held) return undefined;
		clearTimeout(held.timer);
		this.held.delete(id);
		return held.session;
	}

	/** The session if it is held, to look at; it stays held. */
	find(id: string): SubagentSession | undefined {
		return this.held.get(id)?.session;
	}

	/** Disposes the session of one subagent, if it is held. */
	async drop(id: string): Promise<void> {
		await this.take(id)?.dispose();
	}

	/** Disposes all that is held and waits for what is being disposed already; each disposal is bounded in time. */
	async disposeAll(): Promise<void> {
		for (const id of [...this.held.keys()]) this.evict(id);
		await Promise.all(this.disposals);
	}

	private evict(id: string): void {
		const disposal = this.take(id)?.dispose();
		if (!disposal) return;
		this.disposals.add(disposal);
		void disposal.finally(() => this.disposals.delete(disposal));
	}
}
