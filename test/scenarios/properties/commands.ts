import fc from "fast-check";

/** Chooses a subagent: one of those it makes sense with, if there are any, or one of all; 0 is the newest. */
export interface Aim {
	readonly at: "apt" | "any";
	readonly pick: number;
}

/** What the parent's model does in one message. While there is no subagent yet, it spawns one whatever is said here. */
export type Act =
	| { readonly act: "spawn"; readonly background: boolean; readonly maxTurns: number | undefined }
	| { readonly act: "resume"; readonly aim: Aim; readonly background: boolean }
	| { readonly act: "steer"; readonly aim: Aim }
	| { readonly act: "read"; readonly aim: Aim; readonly wait: boolean };

/**
 * The outcome of a child's model call. `stumble` is an error that the host tries again after; a deaf tool does not end on an
 * abort. A child in a tool proceeds to its model whatever is said here.
 */
export type ChildStep = "finish" | "fail" | "stumble" | "call-tool" | "call-deaf-tool";

/** `think` and `rest`: from now on the parent's model calls wait for us, or no longer. */
type Deed =
	| { readonly do: "tell-parent"; readonly acts: readonly Act[] }
	| { readonly do: "answer-child"; readonly pick: number; readonly step: ChildStep }
	| { readonly do: "set-limit"; readonly to: number }
	| { readonly do: "think" | "rest" | "abort" | "reload" };

/** `pause` says what happens before the next command: everything until all is idle, one turn of the loop, nothing. */
export type Command = Deed & { readonly pause: "settle" | "turn" | "none" };

/** How a life continues after its commands: all work is done first, or the user quits in the middle of it. */
export interface Life {
	readonly limit: number;
	readonly onInterrupt: "stop-all" | "stop-foreground";
	readonly commands: readonly Command[];
	readonly ending: "work-is-done" | "in-the-middle";
}

const aim: fc.Arbitrary<Aim> = fc.record({
	at: fc.constantFrom("apt" as const, "apt" as const, "apt" as const, "any" as const),
	pick: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(9) }),
});
const mostly = fc.integer({ min: 0, max: 4 }).map((number) => number < 4);

const act: fc.Arbitrary<Act> = fc.oneof(
	{
		weight: 4,
		arbitrary: fc.record({
			act: fc.constant("spawn" as const),
			background: mostly,
			maxTurns: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined, freq: 3 }),
		}),
	},
	{ weight: 3, arbitrary: fc.record({ act: fc.constant("resume" as const), aim, background: mostly }) },
	{ weight: 2, arbitrary: fc.record({ act: fc.constant("steer" as const), aim }) },
	{ weight: 3, arbitrary: fc.record({ act: fc.constant("read" as const), aim, wait: mostly }) },
);

const childStep = fc.oneof(
	{ weight: 16, arbitrary: fc.constant<ChildStep>("finish") },
	{ weight: 9, arbitrary: fc.constantFrom<ChildStep>("fail", "stumble", "call-tool") },
	{ weight: 1, arbitrary: fc.constant<ChildStep>("call-deaf-tool") }, // a stop costs half a second then
);

const deed: fc.Arbitrary<Deed> = fc.oneof(
	{
		weight: 9,
		arbitrary: fc.record({
			do: fc.constant("tell-parent" as const),
			acts: fc.array(act, { minLength: 1, maxLength: 3, size: "small" }),
		}),
	},
	{
		weight: 8,
		arbitrary: fc.record({ do: fc.constant("answer-child" as const), pick: fc.nat(5), step: childStep }),
	},
	{ weight: 1, arbitrary: fc.record({ do: fc.constant("set-limit" as const), to: fc.integer({ min: 1, max: 4 }) }) },
	{ weight: 2, arbitrary: fc.record({ do: fc.constant("abort" as const) }) },
	{ weight: 2, arbitrary: fc.record({ do: fc.constantFrom("think" as const, "rest" as const) }) },
	{ weight: 1, arbitrary: fc.record({ do: fc.constant("reload" as const) }) },
);

const pause = fc.oneof(
	{ weight: 4, arbitrary: fc.constant("settle" as const) },
	{ weight: 2, arbitrary: fc.constantFrom("turn" as const, "none" as const) },
);

export function lives(mostCommands: number): fc.Arbitrary<Life> {
	const command = fc.tuple(deed, pause).map(([deed, pause]): Command => ({ ...deed, pause }));
	const some = fc.array(command, { maxLength: mostCommands, size: "max" });
	return fc.record({
		limit: fc.integer({ min: 1, max: 3 }),
		onInterrupt: fc.constantFrom("stop-all" as const, "stop-foreground" as const),
		commands: fc.tuple(some, some).map(([one, other]) => (one.length > other.length ? one : other)), // rather long ones
		ending: fc.constantFrom("work-is-done" as const, "in-the-middle" as const),
	});
}
