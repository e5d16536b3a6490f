/** What to do with a subagent that has ended a turn and wants another one. */
export type TurnVerdict = "go-on" | "wrap-up" | "cut-off";

export const WRAP_UP_MESSAGE =
	"You have reached your turn limit. Do not call any more tools: wrap up and give your final answer now, with what you have.";

/** Asks, once in a run, for an answer in words: the text of the last message is the result. */
export const ANSWER_MESSAGE =
	"Your last message had no text, and its text is what you hand back as your result. Answer in words now: give your result, or say what is missing and why.";

/** Counts the turns of one run against its limit: at the limit the subagent is told once, after the grace turns cut off. */
export class TurnLimit {
	private turns = 0;
	private toldAt: number | undefined;

	/** @param limits `turns` absent means unlimited */
	constructor(private readonly limits: { readonly turns: number | undefined; readonly graceTurns: number }) {}

	/** The subagent was told to wrap up; should it still finish by itself, its run counts as `steered`. */
	get reached(): boolean {
		return this.toldAt !== undefined;
	}

	turnEnded(wantsAnother: boolean): TurnVerdict {
		this.turns++;
		return wantsAnother ? this.anotherTurn() : "go-on";
	}

	/** The subagent is to have another turn: it wants one, or it ended without an answer and is asked for it. */
	anotherTurn(): TurnVerdict {
		const { turns: limit, graceTurns } = this.limits;
		if (limit === undefined || this.turns < limit) return "go-on";
		if (this.toldAt !== undefined) return this.turns >= this.toldAt + graceTurns ? "cut-off" : "go-on";
		this.toldAt = this.turns;
		return "wrap-up";
	}
}
