import { diagnosticsText } from "../../format/catalog-text.ts";
import type { Dialogs } from "../dialogs/dialogs.ts";
import type { DraftAnswer, Drafting, DraftWish, NewAgentAnswers, NewAgentPort } from "./agent-management.ts";
import { forEditor, fromEditor, saveText } from "./edit-agent-file.ts";
import { tellWritten, writePage } from "./new-agent-page.ts";
import { askName, askOrigin, askPurpose, askWay, type Step } from "./new-agent-steps.ts";

/**
 * Makes a new agent: its file is written by hand on one page, or drafted by a subagent from what the person asks for. Escape goes
 * one step back; what was typed is kept, also for the next time when it was not finished.
 */
export async function openNewAgent(dialogs: Dialogs, port: NewAgentPort, name = ""): Promise<void> {
	let answers: NewAgentAnswers = { ...port.kept.newAgent, ...(name !== "" && { name }) };
	let at = 0;
	while (at >= 0) {
		const steps = stepsOf(answers);
		const step = steps[at] ?? askWay;
		const outcome = await step(dialogs, port, answers);
		if (outcome.kind === "done") {
			port.kept.newAgent = {};
			return;
		}
		answers = { ...answers, ...outcome.answers };
		port.kept.newAgent = answers;
		at = outcome.kind === "rename" ? steps.indexOf(askName) : at + (outcome.kind === "next" ? 1 : -1);
	}
}

function stepsOf({ way }: NewAgentAnswers): readonly Step[] {
	return way === "drafted" ? [askWay, askOrigin, askName, askPurpose, askDraft, write] : [askWay, writePage];
}

const write: Step = async (dialogs, port, answers) => {
	const { origin = "personal", name = "", drafted } = answers;
	const composed = drafted?.text ?? "";
	const text = await textToWrite(dialogs, answers, composed);
	if (text === undefined) return { kind: "back" };
	const file = port.writer.fileOf(origin, name);
	const problems = diagnosticsText(port.writer.check({ origin, file }, composed));
	const shown = forEditor(composed);
	const saved = await saveText(dialogs, {
		title: `${file}${problems !== "" ? `\nThe draft has problems:\n${problems}` : ""}`,
		text: text === composed ? shown : text,
		begin: "edit",
		write: (typed) => port.writer.create({ origin, name, text: fromEditor(composed, typed) }),
	});
	if (saved.kind === "saved") {
		tellWritten(dialogs, port, name, saved.file);
		return { kind: "done" };
	}
	const kept = saved.text === shown ? {} : { edited: { from: composed, text: saved.text } };
	if (saved.kind === "left") return { kind: "back", answers: kept };
	dialogs.tell(`${saved.file} is there already; nothing was written.`, "warning");
	return { kind: "rename", answers: kept };
};

/** The person's earlier edit, unless there is a new draft since and the person prefers that. */
async function textToWrite(
	dialogs: Dialogs,
	{ edited }: NewAgentAnswers,
	composed: string,
): Promise<string | undefined> {
	if (!edited || edited.text === composed) return composed;
	if (edited.from === composed) return edited.text;
	const choices = [
		{ value: composed, label: "Use the new draft" },
		{ value: edited.text, label: "Continue with your edited text" },
	];
	return dialogs.choose({ title: "You have edited an earlier draft", choices: () => choices });
}

/** A subagent writes the file from the person's description. An existing draft is used again. */
const askDraft: Step = async (dialogs, port, { name = "", purpose = "", drafted }) => {
	if (drafted?.purpose === purpose) {
		const choices = [
			{ value: "keep", label: "Use the existing draft" },
			{ value: "anew", label: "Draft it again" },
		] as const;
		const next = await dialogs.choose({ title: "There is a draft already", choices: () => choices });
		if (next === undefined) return { kind: "back" };
		if (next === "keep") return { kind: "next" };
	}
	const answer = await waitForDraft(dialogs, port, { name, purpose });
	if (answer?.kind === "drafted") return { kind: "next", answers: { drafted: { purpose, text: answer.text } } };
	if (answer) dialogs.tell(answer.reason, "error");
	return { kind: "back" };
};

/** Shows a menu meanwhile. @returns nothing when the person stopped it, or left it running for later */
async function waitForDraft(
	dialogs: Dialogs,
	port: Pick<NewAgentPort, "draft" | "kept">,
	wish: DraftWish,
): Promise<DraftAnswer | undefined> {
	const drafting = draftingOf(wish, port);
	const next = await dialogs.choose({
		title: "A subagent drafts the file\nEscape leaves it running; the draft is here when you come back.",
		choices: waitingChoices(drafting.isThere),
	});
	if (next === undefined) return undefined;
	if (next === "stop") drafting.stop();
	const answer = await drafting.answer;
	port.kept.drafting = undefined;
	return next === "show" ? answer : undefined;
}

/** The draft in progress for this wish; one for another wish is stopped. */
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

/** One of two constant lists, so that the menu sees a change only when there is one. */
function waitingChoices(isThere: () => boolean) {
	const stop = { value: "stop", label: "Stop the draft" } as const;
	const show = { value: "show", label: "Show the draft" } as const;
	const waiting = [{ ...show, description: "still being written", isPending: true }, stop] as const;
	const ready = [
		{ ...show, description: "ready" },
		{ ...stop, label: "Discard the draft" },
	] as const;
	return () => (isThere() ? ready : waiting);
}
