/** What to do with a subagent that has ended a turn and wants another one. */
export type TurnVerdict = "go-on" | "wrap-up" | "cut-off";

export const WRAP_UP_MESSAGE =
	"You have reached your turn limit. Do not call any more tools: wrap up and give your final answer now, with what you have.";

/** Counts the turns of one run against its limit: at the limit the subagent is warned once, after the grace turns cut off. */
export class TurnLimit {
	private turns = 0;
	private toldAt: number | undefined;

	/** @param limits `turns` absent means unlimited */
	constructor(private readonly limits: { readonly turns: number | undefined; readonly graceTurns: number }) {}

	/** The subagent was asked to wrap up; should it still finish by itself, its run counts as `steered`. */
	get reached(): boolean {
		return this.toldAt !== undefined;
	}

	turnEnded(wantsAnother: boolean): TurnVerdict {
		this.turns++;
		const { turns: limit, graceTurns } = this.limits;
		if (limit === undefined || !wantsAnother || this.turns < limit) return "go-on";
		if (this.toldAt !== undefined) return this.turns >= this.toldAt + graceTurns ? "cut-off" : "go-on";
		this.toldAt = this.turns;
		return "wrap-up";
	}
}
