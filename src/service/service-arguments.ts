import { inspect } from "node:util";
import { type Static, type TSchema, Type } from "typebox";
import { Value } from "typebox/value";
import { type SubagentsError, subagentsError } from "../domain/errors.ts";
import { shorten } from "../domain/shorten.ts";
import type { ResumeOptions, SpawnOptions, WaitOptions } from "./service-api.ts";

const Text = Type.String({ minLength: 1 });
const Flag = Type.Optional(Type.Boolean());

/** What a caller of the service may give; callers are written in JavaScript, too. */
const SpawnSchema = Type.Object({
	description: Type.Optional(Type.String()),
	model: Type.Optional(Type.String()),
	maxTurns: Type.Optional(Type.Number()), // planning says which numbers are accepted
	thinkingLevel: Type.Optional(Type.String()),
	inheritContext: Flag,
	foreground: Flag,
	bypassQueue: Flag,
	notifyParent: Flag,
});
const ResumeSchema = Type.Pick(SpawnSchema, ["maxTurns", "foreground", "bypassQueue", "notifyParent"]);

type Accepted = Static<typeof SpawnSchema>;

export function checkSpawn(type: string, prompt: string, options: SpawnOptions = {}): SpawnOptions {
	check("type", Text, type, "an agent type's name");
	check("prompt", Type.String(), prompt, "the task as a string");
	return checkOptions(SpawnSchema, options) satisfies Accepted;
}

export function checkResume(id: string, prompt: string, options: ResumeOptions = {}): ResumeOptions {
	checkId(id);
	check("prompt", Type.String(), prompt, "the task as a string");
	return checkOptions(ResumeSchema, options);
}

export function checkId(id: string): void {
	check("id", Text, id, "a subagent's id");
}

export function checkMessage(message: string): void {
	check("message", Type.String({ pattern: "\\S" }), message, "a string with something in it");
}

export function checkWait(options: WaitOptions = {}): WaitOptions {
	check("options", Type.Object({}), options, "an object");
	const { signal, timeoutMs } = options;
	if (timeoutMs !== undefined && !(typeof timeoutMs === "number" && timeoutMs >= 0)) {
		throw badArgument("options.timeoutMs", timeoutMs, "a number >= 0");
	}
	if (signal !== undefined && !(signal instanceof AbortSignal)) {
		throw badArgument("options.signal", signal, "an AbortSignal");
	}
	return options;
}

/** @throws SubagentsError `bad-argument` that names the argument, its value and what is accepted */
function check(name: string, schema: TSchema, value: unknown, accepted: string): void {
	if (!Value.Check(schema, value)) throw badArgument(name, value, accepted);
}

function checkOptions<T>(schema: typeof SpawnSchema | typeof ResumeSchema, options: T): T {
	check("options", Type.Object({}), options, "an object");
	const given = options as Record<string, unknown>;
	for (const [key, property] of Object.entries(schema.properties)) {
		if (given[key] !== undefined) check(`options.${key}`, property, given[key], `a ${property.type}`);
	}
	return options;
}

function badArgument(name: string, value: unknown, accepted: string): SubagentsError {
	const text = inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY }); // String() throws for some values
	const shown = shorten(text, 80);
	return subagentsError("bad-argument", `\`${name}\` is ${shown}; accepted is ${accepted}.`);
}
