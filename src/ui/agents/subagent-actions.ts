import { isLive } from "../../domain/subagent-state.ts";
import type { SubagentSnapshot } from "../subagent-commands.ts";
import type { OneWord } from "./command-parser.ts";

/** What a person does with one subagent, in the order in which it is offered. */
export type SubagentAction = "transcript" | "steer" | "background" | "stop" | "resume" | "copy" | "discard" | "dismiss";

/**
 * The actions that apply to a subagent now. This decides only what is offered; the commands decide what happens, because meanwhile
 * the state of the subagent may have changed.
 */
export function possibleActions({ record, condition, isAwaited }: SubagentSnapshot): readonly SubagentAction[] {
	const { result, transcriptFile } = record;
	const transcript: SubagentAction[] = transcriptFile === undefined ? [] : ["transcript"];
	const copy: SubagentAction[] = result === undefined ? [] : ["copy"];
	switch (condition.kind) {
		case "queued":
		case "running":
			return [...transcript, "steer", ...(isAwaited ? (["background"] as const) : []), "stop"];
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

/** What is lost when a subagent is stopped now; `""` for nothing. */
export function stopLoss({ condition, isAwaited }: SubagentSnapshot): string {
	if (condition.kind !== "running") return "";
	const forParent = isAwaited ? ", and the call that waits for it fails" : "";
	return `the step it is working on is lost${forParent}. It can be resumed.`;
}

/** Whether a word that is typed makes sense for a subagent. */
export function isFit(word: OneWord, snapshot: SubagentSnapshot): boolean {
	if (word === "result") return !isLive(snapshot.record.status);
	return possibleActions(snapshot).includes(word);
}
