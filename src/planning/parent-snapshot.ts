import { join } from "node:path";
import type { Api, Model } from "@mariozechner/pi-ai";
import type { ExtensionAPI, ExtensionContext, ModelRegistry } from "@mariozechner/pi-coding-agent";
import * as host from "@mariozechner/pi-coding-agent";
import { COMMON_THINKING_LEVELS, type ThinkingLevel } from "../domain/agent-definition.ts";
import type { ProjectPlace } from "../domain/project.ts";
import type { Lineage } from "../domain/subagent-record.ts";
import { isNewerHost } from "../platform/host-version.ts";
import { callableTools, isOfHostExtension } from "./host-tools.ts";

/**
 * Everything a run needs of its parent, read once when the run is asked for. A later model switch, `/new` or change of
 * directory does not touch it, and no live `ctx` outlives the call it was read in.
 */
export interface ParentSnapshot {
	readonly cwd: string;
	/** The parent's effective system prompt, word for word. */
	readonly systemPrompt: string;
	readonly model: Model<Api> | undefined;
	/** Asked of the registry when planning first needs it, then kept: the answer costs half a millisecond. */
	readonly availableModels: readonly Model<Api>[];
	/** The parent's own registry: sharing it shares keys, run-time providers and their price of creation. */
	readonly modelRegistry: ModelRegistry;
	readonly thinkingLevel: ThinkingLevel;
	/** The levels this host knows. */
	readonly thinkingLevels: readonly ThinkingLevel[];
	readonly sessionId: string;
	/** Absent when the parent is not persisted. */
	readonly sessionFile: string | undefined;
	/** Of the subagents it starts. */
	readonly childLineage: Lineage;
	readonly projectTrusted: boolean;
	/** Somebody is there when a background run ends; in print and JSON mode nobody is. */
	readonly attended: boolean;
	readonly loaded: LoadedResources;
	/** Folders in which a permission extension reads the key `permission` of agent files; none where no such extension is loaded. */
	readonly permissionFolders: readonly string[];
}

/** What the parent has loaded, as far as the host tells; the files are absolute paths. */
export interface LoadedResources {
	/** All tools that are registered, whether the parent's model can call them or not. */
	readonly toolNames: readonly string[];
	/** Those of them that come from the host's built-in extensions (MCP, `codemode`, `tool_search`); none on older hosts. */
	readonly hostTools: readonly string[];
	/** Those of them that the parent's model can call: declared to it, or reached through `codemode` or `tool_search`. */
	readonly callableTools: readonly string[];
	/** The host itself connects MCP servers, so their tools may still come. */
	readonly hasMcp: boolean;
	/** Built-in tools that the person took away by `-name`, on the command line or in pi's setting `defaultTools`. */
	readonly removedTools: readonly string[];
	/** Only extensions that registered a tool or a command are seen here. */
	readonly extensionFiles: readonly string[];
	readonly skillFiles: readonly string[];
}

/** Of the host, what a snapshot is read from beside the context. */
export type SnapshotSource = Pick<
	ExtensionAPI,
	"getAllTools" | "getActiveTools" | "getCommands" | "getThinkingLevel"
> & {
	/** On the newer host line only. */
	readonly getSettings?: () => { readonly defaultTools?: unknown };
};

/** On the newer host line only. */
type NewerContext = ExtensionContext & { isProjectTrusted?: () => boolean };

/** Where the session works, and whether what the project brings along may be used. */
export function projectOf(ctx: Pick<NewerContext, "cwd" | "isProjectTrusted">): ProjectPlace {
	return { cwd: ctx.cwd, isTrusted: ctx.isProjectTrusted?.() ?? true };
}

export function captureParentSnapshot(pi: SnapshotSource, ctx: NewerContext): ParentSnapshot {
	const { modelRegistry } = ctx;
	let available: readonly Model<Api>[] | undefined;
	return Object.freeze({
		cwd: ctx.cwd,
		systemPrompt: ctx.getSystemPrompt(),
		model: ctx.model,
		get availableModels() {
			available ??= modelRegistry.getAvailable();
			return available;
		},
		modelRegistry,
		thinkingLevel: pi.getThinkingLevel(),
		thinkingLevels: isNewerHost ? [...COMMON_THINKING_LEVELS, "max" as const] : COMMON_THINKING_LEVELS,
		sessionId: ctx.sessionManager.getSessionId(),
		sessionFile: ctx.sessionManager.getSessionFile(),
		childLineage: Object.freeze({ rootSessionId: ctx.sessionManager.getSessionId(), depth: 0 }),
		projectTrusted: projectOf(ctx).isTrusted,
		attended: ctx.hasUI,
		loaded: captureLoaded(pi),
		permissionFolders: permissionFolders(pi, ctx.cwd),
	});
}

const PERMISSION_SYSTEM = "pi-permission-system";

/**
 * The one permission extension that is known to read agent files; it reads those that lie directly in these folders. Its
 * service is published when the session starts, which may be after we have; its command is there from when it was loaded.
 */
export function permissionFolders(pi: Pick<SnapshotSource, "getCommands">, cwd: string): readonly string[] {
	const service = Symbol.for(`@gotgenes/${PERMISSION_SYSTEM}:service`);
	const isLoaded =
		(globalThis as Record<symbol, unknown>)[service] !== undefined ||
		pi.getCommands().some(({ source, sourceInfo }) => source === "extension" && isOfPermissionSystem(sourceInfo.path));
	return isLoaded ? [join(cwd, ".pi", "agents"), join(host.getAgentDir(), "agents")] : [];
}

function isOfPermissionSystem(path: string): boolean {
	return path.split(/[\\/]/).includes(PERMISSION_SYSTEM);
}

/** The messages the parent's model would see now, compaction applied. Read only when a run inherits the conversation. */
export function readConversation(ctx: ExtensionContext): host.SessionContext["messages"] {
	return host.buildSessionContext(ctx.sessionManager.getEntries(), ctx.sessionManager.getLeafId()).messages;
}

function captureLoaded(pi: SnapshotSource): LoadedResources {
	const tools = pi.getAllTools();
	const commands = pi.getCommands();
	const ofExtensions = [...tools, ...commands.filter((command) => command.source === "extension")];
	const ofSkills = commands.filter((command) => command.source === "skill");
	return {
		toolNames: tools.map((tool) => tool.name),
		hostTools: tools.filter(isOfHostExtension).map((tool) => tool.name),
		callableTools: callableTools(tools, pi.getActiveTools()).map((tool) => tool.name),
		hasMcp: hasMcp(commands),
		removedTools: removedTools(process.argv.slice(2), pi.getSettings?.().defaultTools),
		extensionFiles: realPaths(ofExtensions),
		skillFiles: realPaths(ofSkills),
	};
}

/** The skills that a session has: each has a command. */
export function skillNames(commands: ReturnType<SnapshotSource["getCommands"]>): string[] {
	return commands.filter(({ source }) => source === "skill").map(({ name }) => name.replace(/^skill:/, ""));
}

/** Its command is there while the host's own MCP support is: not with `--no-mcp`, nor where an extension replaces it. */
export function hasMcp(commands: ReturnType<SnapshotSource["getCommands"]>): boolean {
	return commands.some(({ name, sourceInfo }) => name === "mcp" && sourceInfo.path === "builtin:mcp");
}

/**
 * What was taken away by name: `-name` in `--tools` or in the setting `defaultTools`, unless a later `+name` brings it back.
 * What is left out of a plain list is not meant here: the host then does not register it, or it is not active.
 */
export function removedTools(args: readonly string[], defaultTools: unknown): string[] {
	const lists = args.filter((_, index) => ["--tools", "-t"].includes(args[index - 1] ?? ""));
	const named = lists.flatMap((list) => list.split(",")).map((entry) => entry.trim());
	const removed = new Set<string>();
	for (const entry of [...(Array.isArray(defaultTools) ? defaultTools : []), ...named]) {
		if (typeof entry !== "string") continue;
		if (entry.startsWith("-")) removed.add(entry.slice(1));
		else removed.delete(entry.replace(/^\+/, ""));
	}
	return [...removed];
}

/** Sources that are no files have a name in angle brackets, or one that begins with `builtin:`, where a path would stand. */
function realPaths(items: readonly { sourceInfo: { path: string } }[]): string[] {
	return [...new Set(items.map((item) => item.sourceInfo.path).filter((path) => !/^(<|builtin:)/.test(path)))];
}

/**
 * What the host has decided about projects in this process, for the settings loader: other extensions have a copy of that of their
 * own, and nothing but the working directory to ask with.
 */
export interface ProjectTrustNotes {
	/** Whether this host knows project trust at all; one that does not counts as trusting. */
	readonly hostDecides: boolean;
	/** By working directory. */
	readonly decisions: Map<string, boolean>;
}

/** The loader looks there, too. */
const PROJECT_TRUST = Symbol.for("pi-crew:project-trust/v1");

/** Notes what a session's context says. */
export function noteProjectTrust(ctx: { readonly cwd: string; isProjectTrusted?: () => boolean }): void {
	const shared = globalThis as { [PROJECT_TRUST]?: ProjectTrustNotes };
	const hostDecides = ctx.isProjectTrusted !== undefined;
	const notes = shared[PROJECT_TRUST] ?? { hostDecides, decisions: new Map() };
	shared[PROJECT_TRUST] = notes;
	notes.decisions.set(ctx.cwd, ctx.isProjectTrusted?.() ?? true);
}
