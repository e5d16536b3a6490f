import type { SubagentSession } from "./subagent-session.ts";

const MOST_KEPT = 8;
const KEPT_FOR_MS = 10 * 60_000;

interface Kept {
	readonly session: SubagentSession;
	readonly timer: NodeJS.Timeout;
}

/**
 * The sessions of a parent's subagents, by the subagent's id: those that work, and those of settled ones that are kept for a
 * quick resume: few, not for long, oldest out first. What is not kept is disposed; a resume then opens the transcript again.
 */
export class ChildSessions {
	private readonly atWork = new Map<string, SubagentSession>();
	private readonly kept = new Map<string, Kept>(); // in order of age
	private readonly disposals = new Set<Promise<void>>();

	/** The session of a run whose turns begin. */
	begin(id: string, session: SubagentSession): void {
		this.atWork.set(id, session);
	}

	/** Its turns are over, and it may be wanted again. */
	keep(id: string, session: SubagentSession): void {
		this.atWork.delete(id);
		const timer = setTimeout(() => this.evict(id), KEPT_FOR_MS).unref();
		this.kept.set(id, { session, timer });
		const [oldest] = this.kept.keys();
		if (this.kept.size > MOST_KEPT && oldest !== undefined) this.evict(oldest);
	}

	/** Its turns are over, and it is not to be used again. Until it is gone it can be looked at. */
	async end(id: string): Promise<void> {
		await this.atWork.get(id)?.dispose();
		this.atWork.delete(id);
	}

	/** @returns the session if it is still kept; from now on it is the caller's */
	take(id: string): SubagentSession | undefined {
		const kept = this.kept.get(id);
		if (!kept) return undefined;
		clearTimeout(kept.timer);
		this.kept.delete(id);
		return kept.session;
	}

	/** The session if there is one, to look at. */
	find(id: string): SubagentSession | undefined {
		return this.atWork.get(id) ?? this.kept.get(id)?.session;
	}

	/** Disposes the session of one subagent, if it is kept. */
	async drop(id: string): Promise<void> {
		await this.take(id)?.dispose();
	}

	/** Disposes all that are kept and waits for what is being disposed already; each disposal is bounded in time. */
	async dropAll(): Promise<void> {
		for (const id of [...this.kept.keys()]) this.evict(id);
		await Promise.all(this.disposals);
	}

	private evict(id: string): void {
		const disposal = this.take(id)?.dispose();
		if (!disposal) return;
		this.disposals.add(disposal);
		void disposal.finally(() => this.disposals.delete(disposal));
	}
}
