import { isLive } from "../../domain/subagent-state.ts";
import type { SubagentSnapshot } from "../subagent-commands.ts";
import type { OneWord } from "./command-parser.ts";

/** What a person does with one subagent, in the order in which it is offered. */
export type SubagentAction = "transcript" | "steer" | "stop" | "resume" | "copy" | "discard" | "dismiss";

/**
 * What makes sense for a subagent as it is now. It decides what is offered, no more: the commands decide what happens, for meanwhile
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

/** Whether a word that is typed makes sense for a subagent. */
export function isFit(word: OneWord, snapshot: SubagentSnapshot): boolean {
	if (word === "result") return !isLive(snapshot.record.status);
	return possibleActions(snapshot).includes(word);
}
