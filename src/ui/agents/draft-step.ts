import type { Dialogs } from "../dialogs.ts";
import type { Step } from "./new-agent-steps.ts";
import type { DraftAnswer, Drafting, DraftWish, NewAgentPort } from "./types-port.ts";

/** A subagent writes the file from what the person said. A draft that is there already is not paid for twice. */
export const askDraft: Step = async (dialogs, port, { name = "", purpose = "", drafted }) => {
	if (drafted?.purpose === purpose) {
		const choices = [
			{ value: "keep", label: "Go on with the draft that is there" },
			{ value: "anew", label: "Have it drafted anew" },
		] as const;
		const next = await dialogs.choose({ title: "This was drafted before", choices: () => choices });
		if (next === undefined) return { kind: "back" };
		if (next === "keep") return { kind: "next" };
	}
	const answer = await waitForDraft(dialogs, port, { name, purpose });
	if (answer?.kind === "drafted") return { kind: "next", answers: { drafted: { purpose, text: answer.text } } };
	if (answer) dialogs.tell(answer.reason, "error");
	return { kind: "back" };
};

/** A menu stands there meanwhile. @returns nothing when the person stopped it, or left it to go on and be found again */
async function waitForDraft(
	dialogs: Dialogs,
	port: Pick<NewAgentPort, "draft" | "kept">,
	wish: DraftWish,
): Promise<DraftAnswer | undefined> {
	const drafting = draftingOf(wish, port);
	const next = await dialogs.choose({
		title: "A subagent drafts the file\nEscape lets it go on; what it writes is here when you come back.",
		choices: waitingChoices(drafting.isThere),
	});
	if (next === undefined) return undefined;
	if (next === "stop") drafting.stop();
	const answer = await drafting.answer;
	port.kept.drafting = undefined;
	return next === "show" ? answer : undefined;
}

/** What is under way for the same wish; one that is wished otherwise by now is of no use any more. */
function draftingOf(wish: DraftWish, { draft, kept }: Pick<NewAgentPort, "draft" | "kept">): Drafting {
	const { name, purpose } = kept.drafting?.wish ?? {};
	if (kept.drafting && name === wish.name && purpose === wish.purpose) return kept.drafting;
	kept.drafting?.stop();
	const stopping = new AbortController();
	let isThere = false;
	const answer = draft(wish, stopping.signal).finally(() => {
		isThere = true;
	});
	kept.drafting = { wish, answer, isThere: () => isThere, stop: () => stopping.abort() };
	return kept.drafting;
}

/** Two lists, and the same one as long as nothing has changed. */
function waitingChoices(isThere: () => boolean) {
	const stop = { value: "stop", label: "Stop it" } as const;
	const show = { value: "show", label: "Show the draft" } as const;
	const waiting = [{ ...show, description: "it is being written", isPending: true }, stop] as const;
	const ready = [
		{ ...show, description: "it is there" },
		{ ...stop, label: "Drop it" },
	] as const;
	return () => (isThere() ? ready : waiting);
}
