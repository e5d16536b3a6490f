import type { AgentDefinition, BuiltinTool, ThinkingLevel } from "./agent-definition.ts";
import type { LimitValues } from "./run-limits.ts";
import type { Lineage } from "./subagent-record.ts";

/**
 * Everything that was decided about a run, as data: it can be written as JSON and read back without a loss. A new run, a resumed
 * one and one that an earlier process stored are all described by it. What is live in a run is its `RunContext`.
 */
export interface RunSpec {
	/** As the agent file was when the run was asked for. */
	readonly definition: AgentDefinition;
	readonly description: string;
	/** What the child is prompted with: the task, after the parent's conversation where that is inherited. */
	readonly prompt: string;
	readonly inheritsContext: boolean;
	/** `provider/id`. */
	readonly modelId: string;
	/** Of the model, in tokens. */
	readonly contextWindow: number;
	/** Patterns that the models it runs on must match, which counts where the model stands for several; none: all are allowed. */
	readonly allowedModels: readonly string[];
	readonly thinkingLevel: ThinkingLevel;
	readonly tools: readonly BuiltinTool[];
	/** Tools that extensions loaded in the child may bring at most, as names and patterns; absent: all. */
	readonly extensionTools?: readonly string[];
	/** The same for tools of the host's built-in extensions, which the child calls in its parent. */
	readonly hostTools?: readonly string[];
	/** Patterns of tools it does not have, whatever the above say; letter case does not matter. */
	readonly withheldTools: readonly string[];
	readonly limits: LimitValues;
	/** The JSON Schema that its result has to be valid for; absent: the result is text. */
	readonly outputSchema?: Readonly<Record<string, unknown>>;
	/** Turns it gets to wrap up after a limit, before it is stopped. */
	readonly graceTurns: number;
	/** The parent's directory. A workspace provider may prepare another one for the run. */
	readonly cwd: string;
	readonly parentSessionId: string;
	readonly lineage: Lineage;
	/** It has run before; where it worked the last time is said where it is known. */
	readonly resumed?: { readonly cwd?: string };
	/** The caller continues meanwhile and is notified of the result. */
	readonly isBackground: boolean;
	/** How the parent gets the result; `none`: it belongs to the extension that asked for it. */
	readonly report: "return" | "notification" | "none";
	/** Background work waits for a slot, also where it had to become foreground; a foreground run blocks its caller anyway. */
	readonly admission: "at-once" | "queued";
	readonly toolCallId?: string;
}

/** What is needed of a run's spec when the run is over, or when its process has ended. */
export type RunEssentials = Pick<
	RunSpec,
	"thinkingLevel" | "contextWindow" | "limits" | "graceTurns" | "cwd" | "isBackground" | "report" | "toolCallId"
>;

/** The spec of a run that an earlier process may have stored: the rest of it is known where that process wrote it. */
export type KnownSpec = RunEssentials & Partial<RunSpec>;

/** The part of a spec that is stored with each change of a run; the whole is stored once. */
export function essentialsOf(spec: RunEssentials): RunEssentials {
	const { thinkingLevel, contextWindow, limits, graceTurns, cwd, isBackground, report, toolCallId } = spec;
	return {
		...{ thinkingLevel, contextWindow, limits, graceTurns, cwd, isBackground, report },
		...(toolCallId !== undefined && { toolCallId }),
	};
}
