/** The limits a run can have. Whoever adds one is led by the compiler to each place that has to know it. */
export type LimitName = "turns";

/** The limits of one run: numbers above 0. One that is absent is not in force. */
export type LimitValues = { readonly [Name in LimitName]?: number };

/** What one run has used so far. Each run begins at zero, a resumed one as well. Tokens as in `totalTokens`, cost in USD. */
export interface RunUsage {
	readonly turns: number;
	readonly toolUses: number;
	readonly tokens: number;
	readonly cost: number;
	readonly durationMs: number;
}

/** When the limits of a run are checked. */
export type LimitPoint =
	/** A reply has ended. `wantsAnother`: the subagent does not end by itself here. */
	| { readonly at: "after-turn"; readonly wantsAnother: boolean }
	| { readonly at: "before-model-call" }
	| { readonly at: "before-tool-call" };

/**
 * - `wrap-up`: the subagent gets the message and may continue; if it then answers by itself, its run ends as `steered`.
 * - `stop`: the run ends now; `outcomeOfLimit` says how.
 */
export type LimitVerdict =
	| { readonly kind: "continue" }
	| { readonly kind: "wrap-up"; readonly limit: LimitName; readonly message: string }
	| { readonly kind: "stop"; readonly limit: LimitName };

/** Watches one run. There is one for each limit and run, so it may remember what it said before. */
export interface RunLimit {
	/** Called often, so it must be cheap. Must not throw. Says `wrap-up` once. */
	check(usage: RunUsage, point: LimitPoint): LimitVerdict;
}

const CONTINUE: LimitVerdict = Object.freeze({ kind: "continue" });

/** All limits of one run. */
export class RunLimits {
	private toldToWrapUp = false;

	/** @param usage of the run at the moment */
	constructor(
		private readonly limits: readonly RunLimit[],
		private readonly usage: () => RunUsage,
	) {}

	/** The subagent was told to wrap up. */
	get isWrappingUp(): boolean {
		return this.toldToWrapUp;
	}

	/** @returns the strictest verdict of all limits; of several that say `wrap-up` the first, with the messages of all */
	check(point: LimitPoint): LimitVerdict {
		if (this.limits.length === 0) return CONTINUE;
		const usage = this.usage();
		const verdicts = this.limits.map((limit) => limit.check(usage, point));
		const stop = verdicts.find((verdict) => verdict.kind === "stop");
		if (stop) return stop;
		const wrapUps = verdicts.filter((verdict) => verdict.kind === "wrap-up");
		const [first] = wrapUps;
		if (!first) return CONTINUE;
		this.toldToWrapUp = true;
		return { ...first, message: wrapUps.map(({ message }) => message).join("\n\n") };
	}
}

/** What limits are made with beside their values. */
export interface LimitExtras {
	/** Turns a subagent gets to wrap up, from when it was told. */
	readonly graceTurns: number;
}

const MAKERS: { readonly [Name in LimitName]: (value: number, extras: LimitExtras) => RunLimit } = {
	turns: (turns, { graceTurns }) => new TurnLimit({ turns, graceTurns }),
};

/** The limits of one run, made from their values. */
export function runLimits(values: LimitValues, extras: LimitExtras): readonly RunLimit[] {
	return Object.entries(MAKERS).flatMap(([name, make]) => {
		const value = values[name as LimitName];
		return value === undefined ? [] : [make(value, extras)];
	});
}

/** Every limit there is. */
export const LIMIT_NAMES = Object.keys(MAKERS) as readonly LimitName[];

/** Asks, once in a run, for an answer in words: the text of the last message is the result. */
export const ANSWER_MESSAGE =
	"Your last message had no text, and its text is what you hand back as your result. Answer in words now: give your result, or say what is missing and why.";

const TURNS_REACHED =
	"You have reached your turn limit. Do not call any more tools: wrap up and give your final answer now, with what you have.";

/** At the limit the subagent is asked once to wrap up; after the grace turns the run is stopped. */
export class TurnLimit implements RunLimit {
	private toldAt: number | undefined;

	constructor(private readonly limit: { readonly turns: number; readonly graceTurns: number }) {}

	check({ turns }: RunUsage, point: LimitPoint): LimitVerdict {
		const { turns: limit, graceTurns } = this.limit;
		if (point.at !== "after-turn" || !point.wantsAnother || turns < limit) return CONTINUE;
		if (this.toldAt !== undefined) {
			return turns >= this.toldAt + graceTurns ? { kind: "stop", limit: "turns" } : CONTINUE;
		}
		this.toldAt = turns;
		return { kind: "wrap-up", limit: "turns", message: TURNS_REACHED };
	}
}
