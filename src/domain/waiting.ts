/** Why a run does nothing at the moment. It is no stall: whoever waits for one of these is not silent. */
export interface Waiting {
	/** `slot`: other background runs hold all there are. `rate-limit`: its provider serves nobody, or not so many, right now. */
	readonly for: "slot" | "rate-limit" | "child" | "answer";
	/** When it is over, epoch milliseconds, where that is known. */
	readonly until?: number;
}

const WORDS: Record<Waiting["for"], string> = {
	slot: "a free slot",
	"rate-limit": "rate limit",
	child: "its subagents",
	answer: "an answer",
};

/** `waiting: rate limit until 12:03:07`, in the local time. */
export function waitingText({ for: reason, until }: Waiting): string {
	const end = until === undefined ? "" : ` until ${clockTime(until)}`;
	return `waiting: ${WORDS[reason]}${end}`;
}

/** `12:03:07`, in the local time. @param time epoch milliseconds */
export function clockTime(time: number): string {
	const date = new Date(time);
	return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => `${part}`.padStart(2, "0")).join(":");
}
