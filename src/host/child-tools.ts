import type { ExtensionAPI, ExtensionFactory, ToolDefinition } from "@mariozechner/pi-coding-agent";
import { BUILTIN_TOOLS, REMEMBER_TOOL } from "../domain/agent-definition.ts";
import { SUBMIT_TOOL } from "../domain/structured-result.ts";
import { isToolDenied, matchesToolPattern } from "../domain/tool-patterns.ts";
import {
	type AnyToolInfo,
	isMcpName,
	isReachingTool,
	REACHING_TOOLS,
	type ReachingTool,
} from "../planning/host-tools.ts";
import type { ChildPlan } from "../planning/run-plan.ts";
import { mayHaveTool } from "../planning/tool-selection.ts";
import { untilAborted } from "../platform/cancellation.ts";
import { outsideChildren } from "../platform/child-scope.ts";
import { hostExtras } from "../platform/host-version.ts";
import {
	MCP_SERVER_WAIT_MS,
	mayMean,
	type ParentTool,
	type ParentToolCall,
	type ParentToolResult,
	type ParentTools,
} from "./parent-tools.ts";

export interface ChildToolsRequest {
	readonly plan: ChildPlan;
	readonly subagentId: string;
	/** The parent's as they are at the moment: a reload replaces them. Absent while the parent reloads. */
	readonly parentTools: () => ParentTools | undefined;
	readonly parentConnected: () => Promise<void> | undefined;
	/** The child loads extensions, which may bring tools of any name. */
	readonly hasExtensions: boolean;
}

/** What a child gets in place of the host's built-in extensions. */
export interface ChildTools {
	readonly extensions: readonly ExtensionFactory[];
	/** Tools to make active beside those that are active when they are registered. */
	readonly reachingTools: readonly ReachingTool[];
	/** Names and patterns of tools that the parent's prompt mentions and the child does not have. */
	readonly unavailable: readonly string[];
	/** Names and patterns of MCP tools in its agent file that the parent cannot give it, each with the reason. */
	readonly notGiven: ReadonlyMap<string, string>;
}

const NONE: ChildTools = { extensions: [], reachingTools: [], unavailable: [], notGiven: new Map() };

/**
 * Decides what a child gets of the tools of the host's built-in extensions. The tools of MCP servers become tools of the same
 * name that are run by the parent, so that the servers are not started again; `codemode` and `tool_search` are the child's own
 * and reach what the child has. Waits, within a bound, for servers whose tools the agent file names.
 *
 * @throws AbortedEarly when the signal fires first
 */
export async function prepareChildTools(request: ChildToolsRequest, signal: AbortSignal): Promise<ChildTools> {
	const { plan } = request;
	const parentTools = request.parentTools();
	if (!parentTools || !hostExtras.createCodemodeExtension) return NONE;
	const named = plan.hostTools?.filter(isMcpName) ?? [];
	const servers = parentTools.servers(plan.parent);
	if (named.length + servers.length + parentTools.list().length === 0) return NONE;
	const { obstacle } = parentTools;
	const absent = obstacle ? named : await parentTools.missing(named, plan.parent, signal);
	const offered = parentTools.list();
	const missing = request.hasExtensions ? absent.filter((tool) => isOfParent(tool, offered, servers)) : absent;
	const notGiven = new Map(missing.map((tool) => [tool, obstacle ?? NOT_CONNECTED]));
	if (obstacle || plan.hostTools?.length === 0) {
		return { ...NONE, unavailable: unavailableTools({ given: new Set(), missing, offered, servers }), notGiven };
	}
	const proxied = offered.filter(({ info }) => isProxied(info, plan));
	const needsReaching = missing.length > 0 || proxied.some(({ info }) => info.exposure !== "direct");
	const reachingTools = REACHING_TOOLS.filter(
		(name) => isOffered(name, offered) && isReachingToolOf(name, plan, needsReaching),
	);
	const given = new Set<string>([...proxied.map(({ info }) => info.name), ...reachingTools]);
	const excluded = servers.filter((server) => !mayHaveOf(server, plan));
	return {
		extensions: [...reachingTools.flatMap(reachingExtension), childSide(request)],
		reachingTools,
		unavailable: unavailableTools({ given, missing, offered, servers: excluded }),
		notGiven,
	};
}

/** Others may be tools of the child's own extensions. */
function isOfParent(pattern: string, offered: readonly ParentTool[], servers: readonly string[]): boolean {
	const isOffered = offered.some(({ info }) => matchesToolPattern(info.name, pattern));
	return isOffered || servers.some((namespace) => mayMean(pattern, namespace));
}

const NOT_CONNECTED = `no such tool was there, nor did a server bring one within ${MCP_SERVER_WAIT_MS / 1000} seconds; /mcp shows the state of the MCP servers`;

/**
 * Whether a child may have a tool of its session: of the host's own tools those of the plan, whoever brings one of that name,
 * of all others what the plan leaves open.
 */
export function permits(plan: ChildPlan, { name, sourceInfo }: Pick<AnyToolInfo, "name" | "sourceInfo">): boolean {
	if (sourceInfo.source === "sdk") {
		// Ours: extensions have another source.
		if (name === REMEMBER_TOOL) return plan.remembers;
		if (name === SUBMIT_TOOL) return plan.outputSchema !== undefined;
	}
	const isBuiltIn = sourceInfo.source === "builtin" || BUILTIN_TOOLS.some((tool) => tool === name);
	if (isBuiltIn) return plan.tools.some((tool) => tool === name);
	const isOurs = isChildSide(sourceInfo.path);
	if (isOurs && isReachingTool(name)) return true;
	return mayHaveTool(plan, name, isOurs ? "parent" : "own extension");
}

/** @param path of an extension: a child loads no other functions than ours */
export function isChildSide(path: string): boolean {
	return path.startsWith("<inline:");
}

function isProxied({ name, exposure }: AnyToolInfo, plan: ChildPlan): boolean {
	return exposure !== "model-only" && mayHaveTool(plan, name, "parent");
}

function isOffered(name: string, offered: readonly ParentTool[]): boolean {
	return offered.some(({ info }) => info.name === name);
}

/** An agent file that names MCP tools also gets the tools that reach them, which reach nothing else. */
function isReachingToolOf(name: ReachingTool, plan: ChildPlan, needsReaching: boolean): boolean {
	return mayHaveTool(plan, name, "parent") || (needsReaching && !isToolDenied(name, plan.withheldTools));
}

function reachingExtension(name: ReachingTool): ExtensionFactory[] {
	const create = name === "codemode" ? hostExtras.createCodemodeExtension : hostExtras.createToolSearchExtension;
	return create ? [create()] : [];
}

/** Whether a child may have tools of a server whose tools are not known yet. */
function mayHaveOf(server: string, plan: ChildPlan): boolean {
	return mayHaveTool(plan, `${server}__any`, "parent");
}

interface Offer {
	readonly given: ReadonlySet<string>;
	readonly missing: readonly string[];
	readonly offered: readonly ParentTool[];
	/** Servers whose later tools the child does not get. */
	readonly servers: readonly string[];
}

/** Names a server without any tools for it once. */
function unavailableTools({ given, missing, offered, servers }: Offer): string[] {
	const names = offered.map(({ info }) => info.name);
	const isOf = (server: string) => (name: string) => name.startsWith(`${server}__`);
	const absent = servers.filter((server) => ![...given].some(isOf(server)));
	const others = names.filter((name) => !given.has(name) && !absent.some((server) => isOf(server)(name)));
	return [...new Set([...missing, ...absent.map((server) => `${server}__*`), ...others])];
}

function childSide(request: ChildToolsRequest): ExtensionFactory {
	return (pi) => new ChildSide(pi, request).begin();
}

/** The extension in a child that stands for the host's built-in ones: registers tools as the parent has them, and keeps to the plan. */
class ChildSide {
	private readonly registered = new Map<string, ParentTool>();

	constructor(
		private readonly pi: ExtensionAPI,
		private readonly request: ChildToolsRequest,
	) {}

	begin(): void {
		const { pi } = this;
		this.follow();
		pi.on("before_agent_start", () => this.keepUp());
		pi.on("turn_end", () => this.keepUp()); // the tools of the next request are fixed right after this event
		pi.on("tool_call", async ({ toolName, input }, { signal }) => {
			const tool = this.find(toolName);
			if (!tool) return undefined;
			// From a script a tool can be called that is not active.
			if (!permits(this.request.plan, tool)) return { block: true, reason: `this subagent has no tool ${toolName}` };
			await this.waitFor(tool, input, signal);
			return undefined;
		});
	}

	private find(name: string): AnyToolInfo | undefined {
		return this.pi.getAllTools().find((tool) => tool.name === name);
	}

	/**
	 * Registers the parent's new tools, and hides those it can no longer call. Tools that the parent does not know are kept: after a
	 * reload its servers connect anew.
	 */
	private follow(): void {
		const parentTools = this.request.parentTools();
		if (!parentTools) return; // it reloads
		const offered = new Map(
			parentTools
				.list()
				.filter(({ info }) => isProxied(info, this.request.plan))
				.map((tool) => [tool.info.name, tool]),
		);
		for (const [name, known] of this.registered) {
			if (offered.has(name) || !parentTools.knows(name)) continue;
			this.registered.delete(name);
			this.pi.registerTool({ ...this.proxy(known), exposure: "hidden" } as ToolDefinition);
		}
		for (const [name, tool] of offered) {
			if (isSame(this.registered.get(name), tool)) continue;
			this.registered.set(name, tool);
			this.pi.registerTool(this.proxy(tool));
		}
	}

	/** Tools that were registered since join at once, also those of other extensions that the child is not to have. */
	private keepUp(): void {
		this.follow();
		const active = this.pi.getActiveTools();
		const tools = new Map(this.pi.getAllTools().map((tool) => [tool.name, tool]));
		const permitted = active.filter((name) => {
			const tool = tools.get(name);
			return !tool || permits(this.request.plan, tool);
		});
		if (permitted.length < active.length) this.pi.setActiveTools(permitted);
	}

	/** A script or a search may be after a server that is still connecting. In the parent the host waits for it just so. */
	private async waitFor(
		tool: AnyToolInfo,
		input: Record<string, unknown>,
		signal: AbortSignal | undefined,
	): Promise<void> {
		const reach = tool.reachesTools?.(input);
		const parentTools = this.request.parentTools();
		if (reach === undefined || !parentTools) return;
		const { plan } = this.request;
		const isReached = (server: string) => reach === "all" || reach.some((word) => word.includes(server));
		const servers = parentTools.servers(plan.parent).filter((server) => isReached(server) && mayHaveOf(server, plan));
		await parentTools.serversConnected(servers, signal);
		this.follow();
	}

	private proxy({ info, tool }: ParentTool): ToolDefinition {
		const { name, description, parameters, promptGuidelines, exposure, namespace, annotations } = info;
		const { label, outputSchema, executionMode } = tool;
		const definition = {
			...{ name, label, description, parameters, promptGuidelines, exposure, namespace, annotations },
			...{ outputSchema, executionMode },
			execute: (...[, args, signal, onUpdate]: Parameters<ToolDefinition["execute"]>) =>
				this.call({ name, args, signal, onUpdate }),
		};
		return definition;
	}

	private async call(call: Omit<ParentToolCall, "callId" | "place">): Promise<ParentToolResult> {
		const { parentConnected, plan, subagentId } = this.request;
		const connected = parentConnected();
		if (connected) await (call.signal ? untilAborted(connected, call.signal) : connected);
		const parentTools = this.request.parentTools();
		if (!parentTools) throw new Error(`${call.name} cannot be called: the parent session is not connected.`);
		const callId = plan.toolCallId ?? `subagent:${subagentId}`;
		return outsideChildren(() => parentTools.execute({ ...call, place: plan.parent, callId }));
	}
}

function isSame(known: ParentTool | undefined, { info, tool }: ParentTool): boolean {
	if (!known) return false;
	const { description, parameters, exposure } = known.info;
	const isSameShape = parameters === info.parameters && known.tool.outputSchema === tool.outputSchema;
	return isSameShape && description === info.description && exposure === info.exposure;
}
