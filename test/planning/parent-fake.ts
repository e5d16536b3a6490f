import type { Api, Model } from "@mariozechner/pi-ai";
import type { ParentSnapshot } from "../../src/planning/parent-snapshot.ts";

/** A model by its `provider/id`; the id may have slashes of its own. */
export function model(key: string, name = key): Model<Api> {
	const slash = key.indexOf("/");
	return {
		provider: key.slice(0, slash),
		id: key.slice(slash + 1),
		name,
		api: "openai-completions",
		baseUrl: "http://localhost:0",
		reasoning: false,
		input: ["text"],
		cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
		contextWindow: 100_000,
		maxTokens: 10_000,
	};
}

export const SONNET = model("anthropic/claude-sonnet-4-5", "Claude Sonnet 4.5");
export const HAIKU = model("anthropic/claude-haiku-4-5", "Claude Haiku 4.5");
export const GPT = model("openai/gpt-5.2", "GPT-5.2");

/** A parent on Sonnet that may use everything; nothing of a run plan touches its registry. */
export function parentSnapshot(changes: Partial<ParentSnapshot> = {}): ParentSnapshot {
	return {
		cwd: "/project",
		systemPrompt: "You are the parent.",
		model: SONNET,
		availableModels: [SONNET, HAIKU, GPT],
		modelRegistry: {} as ParentSnapshot["modelRegistry"],
		thinkingLevel: "medium",
		thinkingLevels: ["off", "minimal", "low", "medium", "high", "xhigh"],
		sessionId: "parent-session",
		childLineage: { rootSessionId: "parent-session", depth: 0 },
		sessionFile: "/sessions/parent.jsonl",
		projectTrusted: true,
		attended: true,
		loaded: loadedResources(),
		permissionFolders: [],
		...changes,
	};
}

/** A parent whose model can call every tool that is registered, unless a test says otherwise. */
export function loadedResources(changes: Partial<ParentSnapshot["loaded"]> = {}): ParentSnapshot["loaded"] {
	const { toolNames = ["read", "bash", "edit", "write", "grep", "find", "ls", "subagent"] } = changes;
	return {
		toolNames,
		callableTools: toolNames,
		hostTools: [],
		hasMcp: false,
		removedTools: [],
		extensionFiles: [],
		skillFiles: [],
		...changes,
	};
}
