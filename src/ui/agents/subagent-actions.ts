import { isLive } from "../../domain/subagent-state.ts";
import type { SubagentSnapshot } from "../subagents-desk.ts";
import type { OneWord } from "./command-words.ts";

/** What a person does with one subagent, in the order in which it is offered. */
export type SubagentAction = "transcript" | "steer" | "stop" | "resume" | "copy" | "discard" | "dismiss";

/**
 * What makes sense for a subagent as it is now. It decides what is offered, no more: the desk decides what happens, for meanwhile
 * the subagent may have gone on.
 */
export function possibleActions({ record, standing }: SubagentSnapshot): readonly SubagentAction[] {
	const { status, result, transcriptFile } = record;
	const actions: SubagentAction[] = transcriptFile === undefined ? [] : ["transcript"];
	if (standing === "held") return [...actions, "resume", "discard"];
	if (isLive(status)) return standing === "here" ? [...actions, "steer", "stop"] : actions;
	if (standing === "here") actions.push("resume");
	if (result !== undefined) actions.push("copy");
	return [...actions, status === "interrupted" && standing === "here" ? "discard" : "dismiss"];
}

/** Whether a word that is typed makes sense for a subagent. */
export function isFit(word: OneWord, snapshot: SubagentSnapshot): boolean {
	if (word === "result") return !isLive(snapshot.record.status);
	return possibleActions(snapshot).includes(word);
}
