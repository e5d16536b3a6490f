import { type Static, type TSchema, Type } from "typebox";
import { Value } from "typebox/value";
import { type SubagentsError, subagentsError } from "../domain/refusal.ts";
import { LIMITS_ACCEPTED, type LimitsReading, type LimitValues, readLimits } from "../domain/run-limits.ts";
import type { WorkspaceProvider } from "../domain/workspace.ts";
import { inspected, reasonOf } from "../platform/reason-of.ts";
import type { ResumeOptions, SpawnOptions, WaitOptions } from "./service-api.ts";

const Text = Type.String({ minLength: 1 });
const Flag = Type.Optional(Type.Boolean());

/** The arguments of the service; callers may be written in JavaScript. */
const SpawnSchema = Type.Object({
	description: Type.Optional(Type.String()),
	model: Type.Optional(Type.String()),
	maxTurns: Type.Optional(Type.Number()), // planning says which numbers are accepted
	thinkingLevel: Type.Optional(Type.String()),
	outputSchema: Type.Optional(Type.Unknown()), // planning says what is wrong with one
	isolation: Type.Optional(Type.Literal("worktree")),
	inheritContext: Flag,
	limits: Type.Optional(Type.Unsafe<LimitValues>(Type.Object({}))),
	foreground: Flag,
	bypassQueue: Flag,
	notifyParent: Flag,
	cause: Type.Optional(Type.Integer({ minimum: 1 })),
});
const ResumeSchema = Type.Pick(SpawnSchema, [
	"maxTurns",
	"limits",
	"outputSchema",
	"foreground",
	"bypassQueue",
	"notifyParent",
]);

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
	const { signal: theirs, timeoutMs } = readOnce(options, ["signal", "timeoutMs"]);
	if (timeoutMs !== undefined && !(typeof timeoutMs === "number" && timeoutMs >= 0)) {
		throw badArgument("options.timeoutMs", timeoutMs, "a number >= 0");
	}
	const signal = followed(theirs);
	if (theirs !== undefined && !signal) throw badArgument("options.signal", theirs, "an AbortSignal");
	return { ...(signal && { signal }), ...(timeoutMs !== undefined && { timeoutMs }) };
}

/** @returns our provider that calls theirs, which may be any object, even a promise */
export function checkProvider(provider: WorkspaceProvider): WorkspaceProvider {
	let prepare: unknown;
	try {
		prepare = provider.prepare;
	} catch (error) {
		throw subagentsError("bad-argument", `The workspace provider's \`prepare\` cannot be read: ${reasonOf(error)}`);
	}
	if (typeof prepare !== "function") throw badArgument("provider.prepare", prepare, "a method");
	return { prepare: (request) => provider.prepare(request) };
}

/** Our signal that follows theirs; nothing for an object that only looks like a signal, with which waiting would fail later. */
function followed(signal: unknown): AbortSignal | undefined {
	try {
		return signal instanceof AbortSignal ? AbortSignal.any([signal]) : undefined;
	} catch {
		return undefined;
	}
}

/** @throws SubagentsError `bad-argument` that names the argument, its value and what was expected */
function check(name: string, schema: TSchema, value: unknown, expected: string): void {
	if (!isValid(schema, value)) throw badArgument(name, value, expected);
}

function isValid(schema: TSchema, value: unknown): boolean {
	try {
		return Value.Check(schema, value);
	} catch {
		return false; // a Proxy that throws when it is read
	}
}

/** @returns a copy with only the known keys, so that the checked values are the ones used */
function checkOptions<T extends object>(schema: typeof SpawnSchema | typeof ResumeSchema, options: T): T {
	const given = readOnce(options as Record<string, unknown>, Object.keys(schema.properties));
	for (const [key, property] of Object.entries(schema.properties)) {
		if (given[key] !== undefined)
			check(`options.${key}`, property, given[key], `a ${"type" in property ? property.type : "map"}`);
	}
	return { ...given, ...limitsIn((given as Pick<SpawnOptions, "limits">).limits, "options.limits") } as T;
}

/** @throws SubagentsError `bad-argument` */
export function checkLimits(limits: LimitValues): LimitValues {
	return limitsIn(limits, "limits").limits ?? {};
}

function limitsIn(limits: LimitValues | undefined, name: string): { readonly limits?: LimitValues } {
	if (limits === undefined) return {};
	const reading = readAll(limits);
	if (reading.kind === "limits") return { limits: reading.limits };
	throw subagentsError("bad-argument", `\`${name}\`: ${reading.problem}; expected ${LIMITS_ACCEPTED}.`);
}

/** A caller's object may throw when it is read. */
function readAll(limits: LimitValues): LimitsReading {
	try {
		return readLimits({ ...limits });
	} catch (error) {
		return { kind: "bad", problem: `it cannot be read: ${reasonOf(error)}` };
	}
}

/** Reads the caller's object once: its getters may throw, or return something else the next time. */
function readOnce<T extends object, K extends keyof T & string>(options: T, keys: readonly K[]): Partial<Pick<T, K>> {
	check("options", Type.Object({}), options, "an object");
	const read: Partial<Pick<T, K>> = {};
	for (const key of keys) {
		try {
			read[key] = options[key];
		} catch (error) {
			throw subagentsError("bad-argument", `\`options.${key}\` cannot be read: ${reasonOf(error)}`);
		}
	}
	return read;
}

function badArgument(name: string, value: unknown, expected: string): SubagentsError {
	return subagentsError("bad-argument", `\`${name}\` is ${inspected(value)}; expected ${expected}.`);
}
