import type { SubagentStatus } from "./subagent-state.ts";

/** What a call can ask for, beside what agent files and settings say. */
export type Isolation = "worktree";

/** What a provider knows of the run that needs a directory. */
export interface WorkspaceRequest {
	/** The subagent's id; the same when it is resumed. */
	readonly agentId: string;
	/** The agent definition's own spelling. */
	readonly agentType: string;
	/** The parent's working directory, an absolute path. */
	readonly baseCwd: string;
	readonly invocation: WorkspaceInvocation;
}

/** How the run was decided. */
export interface WorkspaceInvocation {
	/** `provider/id`. */
	readonly modelName: string;
	readonly thinking: string;
	/** Absent when unlimited. */
	readonly maxTurns?: number;
	readonly inheritContext: boolean;
	readonly runInBackground: boolean;
	/** The subagent has run before; its conversation continues in the new workspace. */
	readonly isResume: boolean;
	/** Where it worked the last time. */
	readonly previousCwd?: string;
	/** What the call asks for, over what the agent's file says; a run that gets no directory of its own then fails. */
	readonly isolation?: Isolation;
	/** All keys of the agent's file as they were read, `{}` for a built-in agent: a provider finds its own there. */
	readonly agentFile: Readonly<Record<string, unknown>>;
}

/** A directory for one run. */
export interface Workspace {
	/** An existing directory, as an absolute path; the child's tools, prompt and session live there. */
	readonly cwd: string;
	/**
	 * Called exactly once when the run is over, however it ended. A text it returns is appended to the result word for word;
	 * what it throws is reported with the result.
	 */
	dispose(end: WorkspaceEnd): WorkspaceDisposal | undefined | Promise<WorkspaceDisposal | undefined>;
}

export interface WorkspaceEnd {
	readonly status: Exclude<SubagentStatus, "queued" | "running">;
	readonly description: string;
}

export interface WorkspaceDisposal {
	readonly resultAddendum?: string;
}

/** Gives runs directories of their own. There is one at most. */
export interface WorkspaceProvider {
	/** @returns `undefined` for a run that stays in the parent's directory; a rejection settles the run as `error` */
	prepare(request: WorkspaceRequest): Promise<Workspace | undefined>;
}
