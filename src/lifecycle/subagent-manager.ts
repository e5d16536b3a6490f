import type { SubagentRecord } from "../domain/subagent-record.ts";
import { outsideChildren } from "../session/child-scope.ts";
import type { RunPlan } from "../session/run-plan.ts";
import type { SessionFactory } from "./create-subagent-session.ts";
import { runSubagent } from "./run-subagent.ts";
import { type Clock, Subagent } from "./subagent.ts";

export interface ManagerParts {
	readonly factory: SessionFactory;
	readonly clock: Clock;
	readonly newId: () => string;
}

/** A caller that waits for the run: its signal ends the run, and it is told when there is something new to look at. */
export interface ForegroundCaller {
	readonly signal: AbortSignal | undefined;
	/** Called often; whoever draws pulls what it needs, when it needs it. */
	readonly onProgress: (running: Pick<Subagent, "record" | "currentActivity">) => void;
}

/** The subagents of one parent that are running: started here, and stopped here when the parent ends. */
export class SubagentManager {
	private readonly running = new Map<Subagent, Promise<void>>();

	constructor(private readonly parts: ManagerParts) {}

	/** Runs a subagent while its caller waits. Resolves with the settled record, whatever became of the run. */
	async runInForeground(plan: RunPlan, caller: ForegroundCaller): Promise<SubagentRecord> {
		const { newId, clock } = this.parts;
		const subagent: Subagent = new Subagent(newId(), plan, clock, () => {
			outsideChildren(() => caller.onProgress(subagent));
		});
		const interrupt = () => subagent.stop("parent");
		caller.signal?.addEventListener("abort", interrupt, { once: true });
		if (caller.signal?.aborted) interrupt();
		try {
			await this.run(subagent);
		} finally {
			caller.signal?.removeEventListener("abort", interrupt);
		}
		subagent.deliveredInForeground();
		return subagent.record();
	}

	/** Stops all that runs and waits until it has come to rest; each run's own limits bound the wait. */
	async shutdown(): Promise<void> {
		for (const subagent of this.running.keys()) subagent.stop("shutdown");
		await Promise.all(this.running.values());
	}

	private async run(subagent: Subagent): Promise<void> {
		subagent.start();
		const settled = runSubagent(subagent, this.parts.factory).then((outcome) => subagent.settle(outcome));
		this.running.set(subagent, settled);
		await settled;
		this.running.delete(subagent);
	}
}
