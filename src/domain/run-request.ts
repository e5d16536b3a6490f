import type { AgentDefinition } from "./agent-definition.ts";
import type { ThinkingLevel } from "./thinking-level.ts";

/** What a door (tool, service, menu) asks for, in the caller's own words; nothing here is checked yet. */
export interface RunRequest {
	/**
	 * Where it came in. The tool runs `general-purpose` in place of a type nobody knows, and background work in the foreground
	 * where nobody would be there when it ends; runs of the service belong to their caller; what a person lets go on is in
	 * the background whatever its file says, for no call waits for it.
	 */
	readonly door: "tool" | "service" | "person";
	readonly prompt: string;
	readonly description: string;
	readonly type: string;
	readonly model?: string;
	readonly thinking?: string;
	readonly maxTurns?: number;
	readonly inheritContext?: boolean;
	readonly contextTurns?: number;
	readonly background?: boolean;
	readonly toolCallId?: string;
	/** A resume goes on as what the subagent is; only limit and placement are the call's. */
	readonly previous?: {
		/** In force where the type cannot be found any more; absent when it ran in a process before this one. */
		readonly definition: AgentDefinition | undefined;
		readonly model: string;
		readonly thinkingLevel: ThinkingLevel;
		readonly maxTurns: number | undefined;
		/** Where it worked the last time. */
		readonly cwd: string | undefined;
	};
	/** A background run that does not wait for a slot. */
	readonly bypassQueue?: boolean;
	/** The parent is told of the result of a run of the service, too. */
	readonly notifyParent?: boolean;
}
