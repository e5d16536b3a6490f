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
 * been accepted. A number or a yes/no written as text (`"5"`, `"true"`) is taken for what it says.
 *
 * @throws Error naming each parameter that is wrong, what came and what is accepted
 */
export function readSubagentCall(raw: unknown): SubagentCall {
	const entries = Object.entries(typeof raw === "object" && raw !== null ? raw : {});
	const call = Object.fromEntries(
		entries.filter(([, value]) => value !== undefined).map(([name, value]) => [name, spoken(name, value)]),
	);
	if (Value.Check(SubagentParams, call)) return call;
	const wrong = PARAMETERS.filter((name) => isWrong(name, call));
	throw new Error(`subagent was not started. ${wrong.map((name) => complaint(name, call[name])).join(" ")}`);
}

const PARAMETERS = Object.keys(ACCEPTED) as (keyof SubagentCall)[];

function spoken(name: string, value: unknown): unknown {
	if (typeof value !== "string") return value;
	const text = value.trim().toLowerCase();
	if (name === "max_turns" && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
	if (name === "inherit_context" && (text === "true" || text === "false")) return text === "true";
	return value;
}

function isWrong(name: keyof SubagentCall, given: Record<string, unknown>): boolean {
	if (!(name in given)) return SubagentParams.required.some((required) => required === name);
	return !Value.Check(SubagentParams.properties[name], given[name]);
}

function complaint(name: keyof SubagentCall, value: unknown): string {
	const came = value === undefined ? "is missing" : `is ${JSON.stringify(value)}`;
	return `\`${name}\` ${came}; accepted is ${ACCEPTED[name]}.`;
}
