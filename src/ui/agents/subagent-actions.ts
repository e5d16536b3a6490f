import { isLive } from "../../domain/subagent-state.ts";
import type { SubagentSnapshot } from "../subagent-commands.ts";
import type { OneWord } from "./command-parser.ts";

/** A person's actions on one subagent, in menu order. */
export type SubagentAction = "transcript" | "steer" | "stop" | "resume" | "copy" | "discard" | "dismiss";

/**
 * The actions that apply to a subagent now. This decides only what is offered; the commands decide what happens, because meanwhile
 * the state of the subagent may have changed.
 */
export function possibleActions({ record, condition }: SubagentSnapshot): readonly SubagentAction[] {
	const { result, transcriptFile } = record;
	const transcript: SubagentAction[] = transcriptFile === undefined ? [] : ["transcript"];
	const copy: SubagentAction[] = result === undefined ? [] : ["copy"];
	switch (condition.kind) {
		case "queued":
		case "running":
			return [...transcript, "steer", "stop"];
		case "suspended":
			return [...transcript, "resume", "discard"];
		case "settled":
			return [...transcript, "resume", ...copy, condition.status === "interrupted" ? "discard" : "dismiss"];
		case "owned-elsewhere":
			return isLive(condition.status) ? transcript : [...transcript, ...copy, "dismiss"];
		default:
			return condition satisfies never;
	}
}

/** Whether a typed command applies to a subagent. */
export function isFit(word: OneWord, snapshot: SubagentSnapshot): boolean {
	if (word === "result") return !isLive(snapshot.record.status);
	return possibleActions(snapshot).includes(word);
}
