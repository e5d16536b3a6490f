import type { SubagentRecord } from "../domain/subagent-record.ts";
import type { Router } from "./router.ts";
import type { SubagentEvent } from "./subagent-events.ts";

/** The data of `session:end`, which follows each run of a subagent once its record is stored, and of its two aliases. */
export interface SessionEnd {
	/** The subagent's id, which is also the event's source. */
	readonly session_id: string;
	/** Its agent type. */
	readonly agent: string;
	readonly description: string;
	readonly status: "completed" | "error";
	/** The record's status, for example `stopped`. */
	readonly outcome: SubagentRecord["status"];
	/** Its last words; for an error what there is of them. */
	readonly output: string;
	readonly error?: string;
}

/** Names of the event of a run's end, and of the alias that says how it ended. */
export const SESSION_END = {
	END: "session:end",
	COMPLETED: "session:completed",
	ERROR: "session:error",
} as const;

/** Tells the router what happened to a subagent, with its id as the source. At the end of a run also `session:end` and its alias. */
export function routeFact(router: Router, { type, record }: SubagentEvent, fact: Fact): void {
	const options = { source: record.id };
	const size = (record.result ?? "").length;
	if (type === "created" || type === "resumed") router.sourceStarted(record.id, causeOfParent(router, record));
	router.tell(fact.channel, { value: fact.payload, size }, options);
	if (type !== "settled") return;
	const end = sessionEnd(record);
	const alias = end.status === "completed" ? SESSION_END.COMPLETED : SESSION_END.ERROR;
	for (const name of [SESSION_END.END, alias]) router.tell(name, { value: end, size }, options);
	router.sourceEnded(record.id);
}

/** What a subagent's own subagent does was led to by what its parent was started for. */
function causeOfParent(router: Router, { parentId }: SubagentRecord): number | undefined {
	return parentId === undefined ? undefined : router.causeOf(parentId);
}

interface Fact {
	readonly channel: string;
	readonly payload: object;
}

function sessionEnd({ id, type, description, status, result = "", error }: SubagentRecord): SessionEnd {
	const hasCompleted = status === "completed" || status === "steered";
	return Object.freeze({
		session_id: id,
		agent: type,
		description,
		status: hasCompleted ? "completed" : "error",
		outcome: status,
		output: result,
		...(error !== undefined && { error }),
	});
}
