import { type Static, Type } from "typebox";
import { Value } from "typebox/value";

export const SubagentParams = Type.Object({
	prompt: Type.String({ description: "The task, complete in itself: the subagent sees nothing of this conversation." }),
	description: Type.String({ description: "The task in 3 to 5 words, for display." }),
	subagent_type: Type.String({ description: "The agent type to use, in any letter case." }),
	model: Type.Optional(
		Type.String({
			description: 'A model: "provider/id", or a part of its name such as "haiku". Default: the agent type decides.',
		}),
	),
	thinking: Type.Optional(Type.String({ description: "off, minimal, low, medium, high or xhigh. Default: as here." })),
	max_turns: Type.Optional(
		Type.Integer({ description: "Turns it may take before it must wrap up; an integer >= 1. Default: no limit." }),
	),
	inherit_context: Type.Optional(
		Type.Boolean({ description: "Put this conversation before the prompt. Default: false; costs its tokens again." }),
	),
});

export type SubagentCall = Static<typeof SubagentParams>;

const ACCEPTED: Record<keyof SubagentCall, string> = {
	prompt: "a non-empty string: the task",
	description: "a string: the task in 3 to 5 words",
	subagent_type: "a string: the name of an agent type",
	model: 'a string: "provider/id" or a part of a model\'s name',
	thinking: "one of off, minimal, low, medium, high, xhigh",
	max_turns: "an integer >= 1",
	inherit_context: "true or false",
};

/**
 * Reads a model's arguments before the host validates them, because the host's own message would not say what would have
 * been accepted. Values that only have the wrong type of the right thing (`"5"`, `"true"`) are taken, as the host does.
 *
 * @throws Error naming each parameter that is wrong, what came and what is accepted
 */
export function readSubagentCall(raw: unknown): SubagentCall {
	const call = Value.Convert(SubagentParams, structuredClone(raw ?? {}));
	if (Value.Check(SubagentParams, call)) return call;
	const given = typeof call === "object" && call !== null ? (call as Record<string, unknown>) : {};
	const wrong = (Object.keys(ACCEPTED) as (keyof SubagentCall)[]).filter((name) => isWrong(name, given));
	throw new Error(`subagent was not started. ${wrong.map((name) => complaint(name, given[name])).join(" ")}`);
}

function isWrong(name: keyof SubagentCall, given: Record<string, unknown>): boolean {
	const schema = SubagentParams.properties[name];
	if (!(name in given)) return SubagentParams.required.some((required) => required === name);
	return !Value.Check(schema, given[name]);
}

function complaint(name: keyof SubagentCall, value: unknown): string {
	const came = value === undefined ? "is missing" : `is ${JSON.stringify(value)}`;
	return `\`${name}\` ${came}; accepted is ${ACCEPTED[name]}.`;
}
