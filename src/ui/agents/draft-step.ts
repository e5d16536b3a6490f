import type { Dialogs } from "../dialogs.ts";
import type { DraftAnswer, NewAgentPort } from "./agents-port.ts";
import type { Step } from "./new-agent-steps.ts";

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
	const answer = await drafting(dialogs, port, { name, purpose });
	if (answer?.kind === "drafted") return { kind: "next", answers: { drafted: { purpose, text: answer.text } } };
	if (answer) dialogs.tell(answer.reason, "error");
	return { kind: "back" };
};

/** A menu stands there meanwhile, so that it can be stopped. @returns nothing when it was */
async function drafting(
	dialogs: Dialogs,
	{ draft }: Pick<NewAgentPort, "draft">,
	wish: { name: string; purpose: string },
): Promise<DraftAnswer | undefined> {
	const stop = new AbortController();
	let isThere = false;
	const answer = draft(wish, stop.signal).finally(() => {
		isThere = true;
	});
	const next = await dialogs.choose({
		title: "A subagent drafts the file\nEscape stops it.",
		choices: waitingChoices(() => isThere),
	});
	if (next === "show") return answer;
	stop.abort();
	await answer;
	return undefined;
}

/** Two lists, and the same one as long as nothing has changed. */
function waitingChoices(isThere: () => boolean) {
	const stop = { value: "stop", label: "Stop it" } as const;
	const show = { value: "show", label: "Show the draft" } as const;
	const waiting = [{ ...show, description: "it is being written", isPending: true }, stop] as const;
	const ready = [{ ...show, description: "it is there" }, stop] as const;
	return () => (isThere() ? ready : waiting);
}
