import type { AgentDefinition, ThinkingLevel } from "./agent-definition.ts";
import type { LimitValues } from "./run-limits.ts";

/** What somebody who starts a run asks for, in their own words; nothing here is checked yet. */
export interface RunRequest {
	readonly policy: RunPolicy;
	readonly prompt: string;
	readonly description: string;
	readonly type: string;
	readonly model?: string;
	readonly thinking?: string;
	/** What the call says of the run's limits; agent file and settings say the rest. */
	readonly limits?: LimitValues;
	/** A JSON Schema that the result is to be valid for; checked when the run is planned. */
	readonly outputSchema?: unknown;
	readonly inheritContext?: boolean;
	readonly contextTurns?: number;
	readonly background?: boolean;
	readonly toolCallId?: string;
	/** Present for a resume: the subagent stays what it is, only limit and background are the request's. */
	readonly previous?: {
		/** In force where the type cannot be found any more; absent when it ran in a process before this one. */
		readonly definition: AgentDefinition | undefined;
		readonly model: string;
		readonly thinkingLevel: ThinkingLevel;
		readonly limits: LimitValues;
		readonly outputSchema?: unknown;
		/** Where it worked the last time. */
		readonly cwd: string | undefined;
	};
}

/** How a run is admitted and reported. Whoever starts runs says it here, and nothing later asks who that was. */
export interface RunPolicy {
	/**
	 * - `requested-background`: request or agent file decide whether it runs in the background, where it waits for a slot. It
	 *   also waits for one where a background run has to become a foreground run.
	 * - `queue`: always in the background, whatever the agent file says, and it waits for a slot.
	 * - `immediate`: request or agent file decide, and it waits for no slot.
	 */
	readonly admission: "requested-background" | "queue" | "immediate";
	/**
	 * - `return`: the caller is the parent, and gets the result with the return of a foreground run. A background run notifies
	 *   it, and becomes a foreground run where nobody would be there to be notified.
	 * - `notification`: the caller is somebody else, and the parent is notified.
	 * - `none`: the result is the caller's alone.
	 */
	readonly report: "return" | "notification" | "none";
	/** What an agent type that nobody knows leads to: `general-purpose` in its place where the settings allow it, or a refusal. */
	readonly unknownType: "substitute" | "refuse";
}

/** The parent's model, through the tool. */
export const TOOL_POLICY: RunPolicy = Object.freeze({
	admission: "requested-background",
	report: "return",
	unknownType: "substitute",
});

/** A person, or a recovery that a person has allowed: no call waits for the result. */
export const PERSON_POLICY: RunPolicy = Object.freeze({
	admission: "queue",
	report: "notification",
	unknownType: "refuse",
});

/** Another extension, through the service. */
export function servicePolicy(options: { bypassQueue?: boolean; notifyParent?: boolean }): RunPolicy {
	return {
		admission: options.bypassQueue ? "immediate" : "requested-background",
		report: options.notifyParent ? "notification" : "none",
		unknownType: "refuse",
	};
}
