import { isLive } from "../../domain/subagent-state.ts";
import { subagentName } from "../subagent-text.ts";
import type { SubagentSnapshot } from "../subagents-desk.ts";
import type { AgentsRequest } from "./command-words.ts";
import { findTarget } from "./find-target.ts";
import { type ActionParts, confirmAndDiscard, resultText, tellAnswer } from "./perform-action.ts";

/** Does what a typed word about one subagent says. Nothing that was not typed is asked for. */
export async function performWord(
	{ word, target, text }: AgentsRequest & { kind: "one" },
	parts: ActionParts,
): Promise<void> {
	const { desk, dialogs } = parts;
	const found = findTarget(desk, word, target);
	if (found.kind === "unclear") return dialogs.tell(found.message, "error");
	const { snapshot } = found;
	const { id } = snapshot.record;
	switch (word) {
		case "stop":
			return tellAnswer(desk.stop(id), dialogs);
		case "steer":
			return tellAnswer(await desk.steer(id, text), dialogs);
		case "resume":
			return tellAnswer(desk.resume(id, text), dialogs);
		case "discard":
			return confirmAndDiscard(snapshot, parts);
		case "dismiss":
			return tellAnswer(desk.dismiss(id), dialogs);
		case "result":
			return showResult(snapshot, parts);
		case "transcript":
			return parts.showTranscript(snapshot);
		default:
			return word satisfies never;
	}
}

async function showResult(snapshot: SubagentSnapshot, { dialogs, clock }: ActionParts): Promise<void> {
	const { status } = snapshot.record;
	const name = subagentName(snapshot);
	if (isLive(status)) return dialogs.tell(`${name} is ${status}; it has no result before it ends.`, "error");
	await dialogs.read(`Result of ${name}`, resultText(snapshot, clock()));
}
