import type { AgentDefinition } from "../domain/agent-definition.ts";
import { activeAgentTag, neutralizeAgentTags } from "./active-agent-tag.ts";

const BRIDGE = `<sub_agent_context>
You are a subagent. Everything above was written for the agent you work for, and its rules about this project hold for you too.
You were given one task and nobody will answer questions: decide what you can, and say in your answer what you had to assume.
Your last message is your result and all that the other agent sees of your work. Put into it what was asked for, with absolute
paths, and leave out the story of how you got there.
</sub_agent_context>`;

/**
 * The system prompt of a subagent. The parent's prompt comes first and unchanged, so that all subagents of a parent share
 * a prefix with it and provider caches hit. `replace` leaves out the bridge and the wrapper, not the parent's prompt.
 */
export function composeSystemPrompt(
	definition: Pick<AgentDefinition, "name" | "promptMode" | "instructions">,
	parentPrompt: string,
	environment: string,
): string {
	const bare = definition.promptMode === "replace";
	const parts = [
		neutralizeAgentTags(parentPrompt),
		bare ? "" : BRIDGE,
		activeAgentTag(definition.name),
		environment,
		bare ? definition.instructions : wrapped(definition.instructions),
	];
	return parts.filter((part) => part !== "").join("\n\n");
}

function wrapped(instructions: string): string {
	return instructions.trim() === "" ? "" : `<agent_instructions>\n${instructions}\n</agent_instructions>`;
}
