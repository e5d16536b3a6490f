/** The host's built-in tools an agent may be given. Extension tools are not chosen here; they stay as the parent has them. */
export const BUILTIN_TOOLS = ["read", "bash", "edit", "write", "grep", "find", "ls"] as const;
export type BuiltinTool = (typeof BUILTIN_TOOLS)[number];

/** Models an agent asks for, in order of preference. A built-in's wish is only a preference: a call's `model` wins over it. */
export interface ModelWish {
	readonly queries: readonly string[];
	readonly strength: "preferred" | "pinned";
}

/** Where a definition comes from; the later ones go before the earlier ones. */
export type AgentOrigin = "built-in" | "personal" | "project";

/** Where an agent's memory lies: with the person, in the project for all who share it, or in the project for the person alone. */
export const MEMORY_SCOPES = ["user", "project", "local"] as const;
export type MemoryScope = (typeof MEMORY_SCOPES)[number];

/** The tool that adds to an agent's memory and can do nothing else. */
export const REMEMBER_TOOL = "remember";

/** An agent file's key `permission`, as far as it can be enforced without asking anybody. */
export interface PermissionKey {
	readonly line: number;
	/** A permission extension reads it too: not so one in braces, which the known extension takes for a text. */
	readonly isReadByExtensions: boolean;
	readonly deniedTools: readonly string[];
	/** Present where everything is denied but what is named: of the extension tools just these stay. */
	readonly extensionTools?: readonly string[];
	/** Tools it denies in one word: they are taken away in any case. */
	readonly firmlyDenied: readonly string[];
	/** It cannot be understood; what is wrong with it. */
	readonly problem?: string;
}

/** One kind of subagent: its instructions, its tools, its limits. Absent means: the call, then the settings decide. */
export interface AgentDefinition {
	/** In its own letter case; asked for in any. */
	readonly name: string;
	readonly displayName?: string;
	readonly description: string;
	readonly origin: AgentOrigin;
	/** The file it was read from. */
	readonly file?: string;
	readonly tools: readonly BuiltinTool[];
	/** Extension tools it names, `*` matches anything: of those it keeps just these. Absent: it keeps all that the parent has. Empty: none. */
	readonly extensionTools?: readonly string[];
	/** Patterns of tools it does not get, whoever they come from and whatever else gives them; letter case does not matter. */
	readonly deniedTools?: readonly string[];
	/** What its key `permission` means where no permission extension reads it. */
	readonly permission?: PermissionKey;
	/** Its session loads no extensions and no skills. */
	readonly isolated?: true;
	/** Its runs share a file of notes, which lies there. */
	readonly memory?: MemoryScope;
	/** Names of skills whose whole text is in its prompt. Empty: it has no skills at all. Absent: those of its parent, by name only. */
	readonly skills?: readonly string[];
	/** The JSON Schema that its results have to be valid for. */
	readonly outputSchema?: Readonly<Record<string, unknown>>;
	/** Goes before the task of its first run. */
	readonly initialPrompt?: string;
	readonly model?: ModelWish;
	readonly thinking?: ThinkingLevel;
	/** 0 means unlimited. */
	readonly maxTurns?: number;
	/** `append` puts the body into a bridge after the parent's prompt; `replace` puts it there bare. */
	readonly promptMode: "append" | "replace";
	readonly inheritContext?: boolean;
	/** How many of the parent's last turns it inherits; absent: as many as fit. */
	readonly contextTurns?: number;
	readonly runInBackground?: boolean;
	readonly instructions: string;
	/** A colour for display, as the file gives it. */
	readonly color?: string;
	/** All keys of the file as they were read, for extensions that look for their own. */
	readonly fileKeys?: Readonly<Record<string, unknown>>;
}

/** By this the names of skills are compared: in any letter case and Unicode form, with or without the name of a plugin before it. */
export function skillKey(name: string): string {
	return name
		.slice(name.lastIndexOf(":") + 1)
		.trim()
		.normalize("NFC")
		.toLowerCase();
}

/** A name that could close an attribute of the agent's tag, or be read or seen as another one, cannot be an agent's name. */
export function isSafeAgentName(name: string): boolean {
	return (
		name.trim() === name &&
		name !== "" &&
		!/[<>"'&\\\p{Cc}\p{Cs}\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/u.test(name)
	);
}

/** How hard a model thinks before it answers; the host's own words. `max` exists on the newer host line only. */
export type ThinkingLevel = "off" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max";

export const COMMON_THINKING_LEVELS: readonly ThinkingLevel[] = ["off", "minimal", "low", "medium", "high", "xhigh"];
