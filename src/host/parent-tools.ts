import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AgentTool, AgentToolResult } from "@mariozechner/pi-agent-core";
import type { ExtensionAPI, ExtensionContext, ToolDefinition } from "@mariozechner/pi-coding-agent";
import { matchesToolPattern } from "../domain/tool-patterns.ts";
import { type AnyToolInfo, callableTools, isOfHostExtension } from "../planning/host-tools.ts";
import { hasMcp } from "../planning/parent-snapshot.ts";
import { untilAborted } from "../platform/cancellation.ts";
import { hostExtras } from "../platform/host-version.ts";
import { reasonOf } from "../platform/reason-of.ts";

/**
 * How long a run waits for MCP servers that have not connected, once for each server and parent session: as long as the
 * host lets a parent's first prompt wait.
 */
export const MCP_SERVER_WAIT_MS = 10_000;
const POLL_MS = 50;

/** A tool that a child can call in its parent. */
export interface ParentTool {
	readonly info: AnyToolInfo;
	/** How the parent runs it; has what the description leaves out, such as its output schema. */
	readonly tool: AgentTool & { readonly outputSchema?: object };
}

export interface ParentToolCall {
	readonly name: string;
	readonly args: unknown;
	/** Where its server is configured, if it is a server's. */
	readonly place: McpPlace;
	/** The call in the parent on whose behalf it is made; handlers there see it as `parentToolCallId`. */
	readonly callId: string;
	readonly signal: AbortSignal | undefined;
	readonly onUpdate: ((partial: AgentToolResult<unknown>) => void) | undefined;
}

export type ParentToolResult = AgentToolResult<unknown> & { readonly isError: boolean };

/** Where MCP servers are configured. */
export interface McpPlace {
	readonly cwd: string;
	readonly projectTrusted: boolean;
}

/** The newer host's context of a running tool. */
type ToolContext = ExtensionContext & {
	executeTool(
		name: string,
		args: unknown,
		options: Pick<ParentToolCall, "signal" | "onUpdate">,
	): Promise<{ readonly result: AgentToolResult<unknown>; readonly isError: boolean }>;
};

interface ToolLoadout {
	readonly registered: readonly AgentTool[];
}

type AnyToolDefinition = Pick<ToolDefinition, "name" | "execute">;

/** Passed to our own tool in place of parameters: it then returns the context it runs with, and does nothing else. */
class ContextRequest {
	context: ToolContext | undefined;
}

/**
 * The tools of the host's built-in extensions in one parent session (MCP and related tools), for its children: a child
 * that connected MCP servers of its own would start each server once more. Calls go through the parent's own handlers, so
 * its permissions hold. One instance for each instance of our extension; after a reload there is another one.
 */
export class ParentTools {
	private registered: readonly AgentTool[] = [];
	private door: AgentTool | undefined;
	private session: ExtensionContext["sessionManager"] | undefined;
	private readonly givenUpAt = new Map<string, number>();

	constructor(
		private readonly pi: Pick<ExtensionAPI, "getAllTools" | "getActiveTools" | "getCommands">,
		private readonly agentDir: string,
	) {}

	begin(ctx: Pick<ExtensionContext, "sessionManager">): void {
		this.session = ctx.sessionManager;
	}

	/**
	 * Makes one of our tools the way into the parent. The host hands a context that runs tools to a tool it runs, and to nobody
	 * else; its loadout hook gives us our own tool as the host would run it. So a run that no tool call asked for, or one that
	 * outlives a reload, reaches the parent's tools like any other.
	 */
	observe<T extends AnyToolDefinition>(tool: T): T {
		if (!hostExtras.createCodemodeExtension) return tool;
		const prepareLoadout = ({ registered }: ToolLoadout) => {
			this.registered = registered;
			this.door = registered.find(({ name }) => name === tool.name);
		};
		const execute: AnyToolDefinition["execute"] = async (id, params, signal, onUpdate, ctx) => {
			if (!(params instanceof ContextRequest)) return tool.execute(id, params, signal, onUpdate, ctx);
			params.context = ctx as ToolContext;
			return { content: [], details: undefined };
		};
		return { ...tool, prepareLoadout, execute };
	}

	/** Why no tool can be called in the parent now; absent where they can. */
	get obstacle(): string | undefined {
		if (!this.door) return "the tool `subagent` is not active in the parent session";
		const entries = this.session?.getBranch() ?? [];
		const hasReply = entries.some((entry) => entry.type === "message" && entry.message.role === "assistant");
		// The host runs a tool on behalf of the parent's last reply only.
		return hasReply ? undefined : "the parent's model has not replied yet";
	}

	/** What the parent's model can call now. */
	list(): readonly ParentTool[] {
		const byName = new Map(this.registered.map((tool) => [tool.name, tool]));
		return callableTools(this.pi.getAllTools(), this.pi.getActiveTools())
			.filter(isOfHostExtension)
			.flatMap((info) => {
				const tool = byName.get(info.name);
				return tool ? [{ info, tool }] : [];
			});
	}

	/** Whether the parent has registered it, callable or not. */
	knows(name: string): boolean {
		return this.pi.getAllTools().some((tool) => tool.name === name);
	}

	/** Calls a tool in the parent. Resolves also when the tool fails. @throws AbortedEarly when the call's signal fires first */
	async execute({ name, args, place, callId, ...options }: ParentToolCall): Promise<ParentToolResult> {
		try {
			if (!this.knows(name)) {
				const servers = this.servers(place).filter((namespace) => name.startsWith(`${namespace}__`));
				await this.serversConnected(servers, options.signal); // the parent has just been reloaded
			}
			const context = await this.context(callId, options.signal);
			const calling = context.executeTool(name, args, options);
			const { result, isError } = await (options.signal ? untilAborted(calling, options.signal) : calling);
			return { ...result, isError };
		} catch (error) {
			if (options.signal?.aborted) throw error;
			const text = `${name} could not be called in the parent session: ${reasonOf(error)}`;
			return { content: [{ type: "text", text }], details: undefined, isError: true };
		}
	}

	/** Namespaces of the MCP servers that are configured and switched on, connected or not. */
	servers({ cwd, projectTrusted }: McpPlace): string[] {
		if (!hasMcp(this.pi.getCommands())) return [];
		const switches = new Map<string, boolean>();
		const files = [join(this.agentDir, "mcp.json"), ...(projectTrusted ? [join(cwd, ".pi", "mcp.json")] : [])];
		for (const file of files) {
			for (const [name, enabled] of serversIn(file)) switches.set(namespaceOf(name), enabled);
		}
		const { getMcpServers } = this.pi as { getMcpServers?: () => { name: string; config: { enabled?: boolean } }[] };
		for (const { name, config } of getMcpServers?.() ?? []) {
			const namespace = namespaceOf(name);
			if (!switches.has(namespace)) switches.set(namespace, config.enabled !== false);
		}
		return [...switches].filter(([, enabled]) => enabled).map(([namespace]) => namespace);
	}

	/** Waits until these servers have brought tools, within a bound. @throws AbortedEarly when the signal fires first */
	async serversConnected(namespaces: readonly string[], signal: AbortSignal | undefined): Promise<void> {
		for (const namespace of namespaces) {
			if (!this.givenUpAt.has(namespace)) this.givenUpAt.set(namespace, Date.now() + MCP_SERVER_WAIT_MS);
		}
		while (namespaces.some((namespace) => this.isAwaited(namespace))) {
			const pause = new Promise<void>((resolve) => setTimeout(resolve, POLL_MS));
			await (signal ? untilAborted(pause, signal) : pause);
		}
	}

	/**
	 * Waits, within a bound, for the configured servers that these names and patterns may mean.
	 *
	 * @returns those of them that mean nothing the parent's model can call
	 */
	async missing(patterns: readonly string[], place: McpPlace, signal: AbortSignal): Promise<string[]> {
		if (patterns.length === 0) return [];
		const servers = this.servers(place).filter((namespace) => patterns.some((pattern) => mayMean(pattern, namespace)));
		await this.serversConnected(servers, signal);
		const names = this.list().map(({ info }) => info.name);
		return patterns.filter((pattern) => !names.some((name) => matchesToolPattern(name, pattern)));
	}

	private async context(callId: string, signal: AbortSignal | undefined): Promise<ToolContext> {
		const request = new ContextRequest();
		await this.door?.execute(callId, request, signal);
		if (!request.context) throw new Error(this.obstacle ?? "it gives no way to run tools");
		return request.context;
	}

	private isAwaited(namespace: string): boolean {
		if (Date.now() >= (this.givenUpAt.get(namespace) ?? 0)) return false;
		return !this.pi.getAllTools().some(({ name }) => name.startsWith(`${namespace}__`));
	}
}

/** As pi writes a server's name in the names of its tools. */
function namespaceOf(server: string): string {
	return `mcp__${server.replace(/\W/g, "_")}`;
}

/** Whether a name or pattern can be that of a tool of this server. */
export function mayMean(pattern: string, namespace: string): boolean {
	const [known = ""] = pattern.replace(/[^\w*]/g, "_").split("*");
	return known.startsWith(`${namespace}__`) || `${namespace}__`.startsWith(known);
}

/** Names and switches only; what is wrong with the file, pi says at its start. */
function serversIn(file: string): [name: string, enabled: boolean][] {
	try {
		const { mcpServers } = JSON.parse(readFileSync(file, "utf8").replace(/^\uFEFF/, ""));
		return Object.entries((mcpServers ?? {}) as Record<string, { enabled?: unknown } | null>).map(([name, server]) => [
			name,
			server?.enabled !== false,
		]);
	} catch {
		return []; // no such file, or one that pi cannot read either: it configures no server
	}
}
