import type { AgentsPage } from "../domain/agents-page.ts";
import type { LimitValues, Spent } from "../domain/run-limits.ts";
import type { SubagentRecord } from "../domain/subagent-record.ts";
import type { WorkspaceProvider } from "../domain/workspace.ts";
import type { EventRouter } from "../events/router.ts";

/** Options of a run. The agent's file and the settings decide what is left out. */
export interface SpawnOptions {
	/** A few words for display; the type's name when left out. */
	readonly description?: string;
	/** `provider/id` or a part of a model's name. */
	readonly model?: string;
	/** The same as `limits.turns`; where both are there, the lower one counts. */
	readonly maxTurns?: number;
	/**
	 * What it may use in its whole life, turns in this run. Numbers above 0. The agent's file and the settings can only be tighter.
	 * With a resume the values that are named take the place of what was granted before.
	 */
	readonly limits?: LimitValues;
	readonly thinkingLevel?: string;
	/**
	 * A JSON Schema whose root is an object: the result is then JSON that is valid for it, and `structured.value` of the record is
	 * the value. A run that submits no valid one ends as `error`.
	 */
	readonly outputSchema?: object;
	/** A directory of its own: an extension that offers it, such as the one for worktrees, has to be loaded. */
	readonly isolation?: "worktree";
	/** Puts the parent's conversation before the prompt. */
	readonly inheritContext?: boolean;
	/** Counts as a foreground run: starts at once, whatever else runs. */
	readonly foreground?: boolean;
	/** A background run that does not wait for a free slot. */
	readonly bypassQueue?: boolean;
	/** Notify the parent's model of the result, as for its own background runs. Otherwise the result is the caller's. */
	readonly notifyParent?: boolean;
	/** The `seq` of the router's event that the run is started for: what it leads to has that event among its causes. */
	readonly cause?: number;
}

/** Options of a resume; the subagent keeps everything else. */
export type ResumeOptions = Pick<
	SpawnOptions,
	"maxTurns" | "limits" | "outputSchema" | "foreground" | "bypassQueue" | "notifyParent"
>;

export interface WaitOptions {
	/** Ends the waiting, not the subagent. */
	readonly signal?: AbortSignal;
	readonly timeoutMs?: number;
}

/** An agent type that can be used now. */
export interface AgentType {
	readonly name: string;
	readonly description: string;
	readonly origin: "built-in" | "personal" | "project";
	/** The file it was read from. */
	readonly file?: string;
	/** All keys of that file as they were read, `{}` for a built-in agent: an extension finds its own there. */
	readonly keys: Readonly<Record<string, unknown>>;
}

/**
 * Subagents of the session this service belongs to. A failed call throws, or rejects with, an error that has a `code`
 * (see `SubagentsErrorCode`); compare the code, because every extension has its own copies of classes.
 *
 * @example
 * const service = getSubagentsService();
 * const record = await service?.run("Explore", "Where are the tests?");
 */
export interface SubagentsService {
	/** Events of all subagents of this session and of whoever emits some. @throws SubagentsError `no-session` before it starts */
	readonly events: EventRouter;
	/** Starts a subagent, in the background unless `foreground`. Checks everything first. @returns its id */
	spawn(type: string, prompt: string, options?: SpawnOptions): string;
	/** As `spawn`. @returns its record once it has settled, however it ended */
	run(type: string, prompt: string, options?: SpawnOptions): Promise<SubagentRecord>;
	/** Continues the conversation of a settled subagent. @returns its record once it has settled again */
	resume(id: string, prompt: string, options?: ResumeOptions): Promise<SubagentRecord>;
	getRecord(id: string): SubagentRecord | undefined;
	/** The agent types that exist now. */
	listTypes(): readonly AgentType[];
	/** All subagents of this session, the newest first. */
	listAgents(): readonly SubagentRecord[];
	/** Stops a queued or running subagent. @returns whether there was something to stop */
	abort(id: string): boolean;
	/** Sends a message to a queued or running subagent. @returns false when it has settled by then */
	steer(id: string, message: string): Promise<boolean>;
	waitFor(id: string, options?: WaitOptions): Promise<SubagentRecord>;
	/** Resolves when nothing is queued or running any more. */
	waitForAll(): Promise<void>;
	hasRunning(): boolean;
	/**
	 * Grants a subagent other limits than it was started with, more or less: at once while it runs, else for its next run. The
	 * agent's file and the settings stay in force. @throws SubagentsError `not-found`, `elsewhere`, `bad-argument`
	 */
	setLimits(id: string, limits: LimitValues): void;
	/** The same for all subagents of the session together, in the place of the setting `sessionLimits`, until pi ends. */
	setSessionLimits(limits: LimitValues): void;
	/** What is in force for all subagents of the session together, and what they have used, earlier processes included. */
	sessionBudget(): { readonly limits: LimitValues; readonly spent: Spent };
	/** @returns a function that removes the provider. Throws when one is registered already. */
	registerWorkspaceProvider(provider: WorkspaceProvider): () => void;
	/**
	 * Adds a word to `/agents` and a line to its menu. One that is registered again under the same word replaces the first.
	 *
	 * @returns a function that removes it
	 * @throws SubagentsError `bad-argument`, also for a word that `/agents` has itself
	 */
	registerAgentsPage(page: AgentsPage): () => void;
}
