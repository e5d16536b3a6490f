import type { Condition } from "../domain/condition.ts";
import type { RefusedForPerson } from "../domain/refusal.ts";
import type { SubagentRecord } from "../domain/subagent-record.ts";

/** One subagent at one moment, as a person sees it: its record, and what the record does not hold. */
export interface SubagentSnapshot {
	readonly record: SubagentRecord;
	/** What it is doing right now, in a few words. */
	readonly activity: string;
	/** How full its context is; unknown before the first reply and after a compaction. */
	readonly contextPercent: number | undefined;
	readonly condition: Condition;
	/** 1 for the next to get a slot; 0 for one that waits for none. */
	readonly queuePosition: number;
	/** A call of the parent's model waits for it; it can continue in the background. */
	readonly isAwaited: boolean;
}

/** The outcome of a person's command, in words to show. */
export type Answer = { readonly kind: "done"; readonly text: string } | RefusedForPerson;

/** A person's view of this session's subagents, and commands on them by id. */
export interface SubagentCommands {
	/** In the order in which they were started, without those that were dismissed. */
	list(): readonly SubagentSnapshot[];
	/** Finds dismissed ones, too. */
	find(id: string): SubagentSnapshot | undefined;
	/** Starts one in the background, as a call of the parent's model does. The parent is notified of its result. */
	start(type: string, task: string): Answer;
	/** Ends one that lives, or drops a suspended one. Its result is withheld from the parent. */
	stop(id: string): Answer;
	/** Stops all that run or are queued in the background. */
	stopAll(): Answer;
	/** A foreground subagent continues in the background, and the call that waits for it returns. */
	detach(id: string): Answer;
	/** The same with all foreground subagents. */
	detachAll(): Answer;
	steer(id: string, message: string): Promise<Answer>;
	/** Continues a settled or suspended one in the background with this prompt, or with its task where the prompt is blank. */
	resume(id: string, prompt: string): Answer;
	/** Gives up an interrupted or suspended one: it does not wake the parent any more, and it leaves the list. */
	discard(id: string): Answer;
	/** Removes a settled one from the list; its result and transcript stay. */
	dismiss(id: string): Answer;
}
