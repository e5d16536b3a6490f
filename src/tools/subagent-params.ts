import { type Static, Type } from "typebox";
import { parameterReader } from "./parameter-reader.ts";

export const SubagentParams = Type.Object({
	prompt: Type.String({
		description: "The task, complete in itself: the subagent sees nothing of this conversation.",
	}),
	description: Type.String({ description: "The task in 3 to 5 words, for display." }),
	subagent_type: Type.String({ description: "The agent type to use, in any letter case." }),
	model: Type.Optional(
		Type.String({
			description: 'A model: "provider/id", or a part of its name such as "haiku". Default: the agent type decides.',
		}),
	),
	thinking: Type.Optional(
		Type.String({
			description: "off, minimal, low, medium, high, xhigh, or max where the host knows it. Default: as here.",
		}),
	),
	max_turns: Type.Optional(
		Type.Integer({
			description:
				"Turns it may take before it must wrap up; an integer >= 1. Default: the person's setting, usually none.",
		}),
	),
	run_in_background: Type.Optional(
		Type.Boolean({ description: "Return at once and be notified of the result later. Default: false." }),
	),
	resume: Type.Optional(
		Type.String({ description: "The id of a settled subagent: the prompt continues its conversation." }),
	),
	inherit_context: Type.Optional(
		Type.Boolean({ description: "Put this conversation before the prompt. Default: false; costs its tokens again." }),
	),
	context_turns: Type.Optional(
		Type.Integer({
			description: "With inherit_context: only so many of the last turns; an integer >= 1. Default: all that fits.",
		}),
	),
});

export type SubagentCall = Static<typeof SubagentParams>;

/** @throws Error naming each parameter that is wrong, what came and what is accepted */
export const readSubagentCall = parameterReader("subagent was not started.", SubagentParams, {
	prompt: "a non-empty string: the task",
	description: "a string: the task in 3 to 5 words",
	subagent_type: "a string: the name of an agent type",
	model: 'a string: "provider/id" or a part of a model\'s name',
	thinking: "one of off, minimal, low, medium, high, xhigh",
	max_turns: "an integer >= 1",
	run_in_background: "true or false",
	resume: "a string: the id of a settled subagent",
	inherit_context: "true or false",
	context_turns: "an integer >= 1",
});
