import { type AssistantMessage, fauxAssistantMessage, fauxText, fauxToolCall } from "@mariozechner/pi-ai";
import type { ModelCall, Script } from "./scripted-host.ts";

export const say = (text: string): AssistantMessage => fauxAssistantMessage(text);

export const fail = (message: string): AssistantMessage =>
	fauxAssistantMessage("", { stopReason: "error", errorMessage: message });

export type Call = { name: string; args: Record<string, unknown> };

/** One assistant message that calls tools, after a few words if there are any. */
export function callTools(calls: readonly Call[], words = ""): AssistantMessage {
	const parts = calls.map((call) => fauxToolCall(call.name, call.args as Parameters<typeof fauxToolCall>[1]));
	return fauxAssistantMessage(words === "" ? parts : [fauxText(words), ...parts], { stopReason: "toolUse" });
}

export const callTool = (name: string, args: Record<string, unknown>, words = ""): AssistantMessage =>
	callTools([{ name, args }], words);

export const subagentCall = (args: Record<string, unknown>): Call => ({
	name: "subagent",
	args: { description: "a test task", subagent_type: "general-purpose", ...args },
});

/**
 * A script in two halves: the parent passes on what it is asked to, then repeats what came back; the child does as its own
 * script says. A child is known by the tag in its system prompt.
 */
export function parentAndChild(delegation: readonly Call[] | Record<string, unknown>, child: Script): Script {
	const calls = Array.isArray(delegation)
		? (delegation as Call[])
		: [subagentCall(delegation as Record<string, unknown>)];
	return (call: ModelCall) => {
		if (isChild(call)) return child(call);
		return call.role === "toolResult" ? say(`parent saw: ${call.text}`) : callTools(calls);
	};
}

export function isChild(call: ModelCall): boolean {
	return /<active_agent name="[^"]+"\/>\n\n# Environment/.test(call.systemPrompt);
}

/** A child whose context is over the threshold of SMALL_CONTEXT after its one tool call, before or after its answer. */
export const fillContext: Script = (call) =>
	call.role === "toolResult"
		? say("short answer")
		: callTool("bash", { command: "head -c 45000 /dev/zero | tr '\\0' y | fold -w 100" });

/** A model and settings with which such a child is compacted, and a parent that says little is not. */
export const SMALL_CONTEXT = {
	models: [{ id: "faux-1", contextWindow: 40_000 }],
	settings: { compaction: { enabled: true, reserveTokens: 30_000, keepRecentTokens: 100 } },
};

/** Whether a text is the host asking for a summary to compact with; the two host lines ask differently. */
export function isSummaryRequest(text: string): boolean {
	return text.includes("<conversation>") || text.startsWith("# Conversation\n");
}
