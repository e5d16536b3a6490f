import { BUILTIN_TOOLS } from "../domain/agent-definition.ts";
import { matchesToolPattern } from "../domain/tool-patterns.ts";
import type { ChildPlan } from "../planning/run-plan.ts";
import { isForeignTool, mayHaveTool } from "../planning/tool-selection.ts";
import { untilAborted } from "../platform/cancellation.ts";
import { MCP_SERVER_WAIT_MS } from "./parent-tools.ts";

/** How long a run waits for a tool that its agent file names and that its parent does not have either. */
const UNKNOWN_TOOL_WAIT_MS = 2_000;
const POLL_MS = 20;

/** A tool that an agent file names. */
interface NamedTool {
	/** A name, or a pattern that the parent knows no tool for. */
	readonly name: string;
	/** How long it is worth waiting for, in milliseconds. */
	readonly bound: number;
}

export interface NamedToolsRequest {
	readonly plan: ChildPlan;
	/** Names and patterns for which all waiting has been done, each with the reason why the parent cannot give it. */
	readonly settled: ReadonlyMap<string, string>;
	/** Files of the extensions loaded in the child. */
	readonly extensionPaths: readonly string[];
	/** Names of the tools that the child can call now. */
	readonly callable: () => readonly string[];
	/** Called once, if there is something to wait for. */
	readonly onWaiting: (names: readonly string[]) => void;
}

/** A tool that its agent file names and that a child does not have. */
export interface MissingTool {
	readonly name: string;
	readonly why: string;
}

/**
 * The wait for tools that extensions register some time after a child's session has started. Only tools that the agent file
 * names are waited for, so that no other run is slowed down. What did not come once is not waited for again while the same
 * extensions are loaded.
 */
export class LateTools {
	private inVain = { extensions: "", names: new Set<string>() };

	/** @returns the named tools that are missing at the end. @throws AbortedEarly when the signal fires first */
	async arrive(request: NamedToolsRequest, signal: AbortSignal): Promise<MissingTool[]> {
		const { settled, extensionPaths, callable } = request;
		const absent = (tools: readonly NamedTool[]) => {
			const names = callable();
			return tools.filter(({ name }) => !names.some((tool) => matchesToolPattern(tool, name)));
		};
		const begun = Date.now();
		const missing = absent(namedTools(request.plan));
		const awaited = missing.filter(({ name }) => !settled.has(name) && this.mayCome(name, extensionPaths));
		let waiting = awaited;
		if (waiting.length > 0) request.onWaiting(waiting.map(({ name }) => name));
		while (waiting.some(({ bound }) => Date.now() - begun < bound)) {
			await untilAborted(new Promise<void>((resolve) => setTimeout(resolve, POLL_MS)), signal);
			waiting = absent(waiting);
		}
		this.giveUp(waiting, extensionPaths);
		return absent(missing).map((tool) => ({
			name: tool.name,
			why: settled.get(tool.name) ?? whyNot(awaited.includes(tool) ? tool.bound : 0),
		}));
	}

	private mayCome(name: string, extensionPaths: readonly string[]): boolean {
		return extensionPaths.length > 0 && !this.inVainWith(extensionPaths).has(name);
	}

	private giveUp(tools: readonly NamedTool[], extensionPaths: readonly string[]): void {
		const names = this.inVainWith(extensionPaths);
		for (const { name } of tools) names.add(name);
	}

	private inVainWith(extensionPaths: readonly string[]): Set<string> {
		const extensions = extensionPaths.toSorted().join("\n");
		if (this.inVain.extensions !== extensions) this.inVain = { extensions, names: new Set() };
		return this.inVain.names;
	}
}

function whyNot(waited: number): string {
	const within = waited > 0 ? ` within ${waited / 1000} seconds` : "";
	return `no extension in its session registered such a tool${within}`;
}

/**
 * A pattern stands for the tools that the parent has of it. Tools of other programs that such files name all the time are left
 * out where the parent does not have them.
 */
function namedTools(plan: ChildPlan): NamedTool[] {
	const { callableTools, toolNames } = plan.parent.loaded;
	const isPermitted = (name: string) => mayHaveTool(plan, name, "own extension") || mayHaveTool(plan, name, "parent");
	const named = (plan.hostTools ?? []).filter((name) => !BUILTIN_TOOLS.some((tool) => tool === name));
	const tools = named.flatMap((pattern): NamedTool[] => {
		const parents = callableTools.filter((name) => matchesToolPattern(name, pattern) && isPermitted(name));
		if (parents.length > 0) return parents.map((name) => ({ name, bound: MCP_SERVER_WAIT_MS }));
		const isTakenAway = toolNames.some((name) => matchesToolPattern(name, pattern)) || !isPermitted(pattern);
		return isTakenAway || isForeignTool(pattern) ? [] : [{ name: pattern, bound: UNKNOWN_TOOL_WAIT_MS }];
	});
	return [...new Map(tools.map((tool) => [tool.name, tool])).values()];
}
