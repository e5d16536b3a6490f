import type { ThinkingLevel } from "./thinking-level.ts";

/** The host's built-in tools an agent may be given. Extension tools are not chosen here; they stay as the parent has them. */
export const BUILTIN_TOOLS = ["read", "bash", "edit", "write", "grep", "find", "ls"] as const;
export type BuiltinTool = (typeof BUILTIN_TOOLS)[number];

/** A model an agent asks for. A built-in's wish is only a preference: a call's `model` wins over it. */
export interface ModelWish {
	readonly query: string;
	readonly strength: "preferred" | "pinned";
}

/** One kind of subagent: what it is told, what it may use, how far it may go. Absent means: the call, then the settings decide. */
export interface AgentDefinition {
	readonly name: string;
	readonly description: string;
	readonly tools: readonly BuiltinTool[];
	readonly model?: ModelWish;
	readonly thinking?: ThinkingLevel;
	/** 0 means unlimited. */
	readonly maxTurns?: number;
	/** `append` puts the body into a bridge after the parent's prompt; `replace` puts it there bare. */
	readonly promptMode: "append" | "replace";
	readonly inheritContext?: boolean;
	readonly runInBackground?: boolean;
	readonly instructions: string;
}
