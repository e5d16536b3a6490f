import { agentFileText } from "../../agents/agent-file-text.ts";
import { diagnosticsText } from "../../format/catalog-text.ts";
import { plainLine } from "../../platform/plain-text.ts";
import type { Dialogs } from "../dialogs/dialogs.ts";
import type { DraftAnswer, Drafting, DraftWish, NewAgentAnswers, NewAgentPort } from "./agent-management.ts";
import { forEditor, fromEditor, saveText } from "./edit-agent-file.ts";
import {
	askDescription,
	askInstructions,
	askModel,
	askName,
	askOrigin,
	askPurpose,
	askThinking,
	askTools,
	askWay,
	type Step,
} from "./new-agent-steps.ts";

/**
 * Asks for a new agent, step by step, and writes its file. Escape goes one step back; what was answered is kept, also for the
 * next time when it was not finished.
 */
export async function openNewAgent(dialogs: Dialogs, port: NewAgentPort, name = ""): Promise<void> {
	let answers: NewAgentAnswers = { ...port.kept.newAgent, ...(name !== "" && { name }) };
	let at = 0;
	while (at >= 0) {
		const steps = stepsOf(answers);
		const step = steps[at] ?? write;
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
	const first = [askWay, askOrigin, askName];
	return way === "drafted"
		? [...first, askPurpose, askDraft, write]
		: [...first, askDescription, askTools, askModel, askThinking, askInstructions, write];
}

const write: Step = async (dialogs, port, answers) => {
	const { origin = "personal", name = "", way } = answers;
	const composed = composedText(answers);
	const text = await textToWrite(dialogs, answers, composed);
	if (text === undefined) return { kind: "back" };
	const file = port.writer.fileOf(origin, name);
	const problems = diagnosticsText(port.writer.check({ origin, file }, composed));
	const shown = forEditor(composed);
	const saved = await saveText(dialogs, {
		title: `${file}${way === "drafted" && problems !== "" ? `\nThe draft has problems:\n${problems}` : ""}`,
		text: text === composed ? shown : text,
		begin: way === "drafted" || text !== composed ? "edit" : "write",
		write: (typed) => port.writer.create({ origin, name, text: fromEditor(composed, typed) }),
	});
	if (saved.kind === "saved") {
		const found = port.catalog().find(name);
		const isInUse = found.kind === "found" && found.definition.file === saved.file;
		const effect = isInUse ? "can be used from now on" : "is written, but another agent of this name overrides it";
		dialogs.tell(`${plainLine(name)} ${effect} (${saved.file}).`, "info");
		return { kind: "done" };
	}
	const kept = saved.text === shown ? {} : { edited: { from: composed, text: saved.text } };
	if (saved.kind === "left") return { kind: "back", answers: kept };
	dialogs.tell(`${saved.file} is there already; nothing was written.`, "warning");
	return { kind: "rename", answers: kept };
};

function composedText({ way, drafted, ...answers }: NewAgentAnswers): string {
	if (way === "drafted") return drafted?.text ?? "";
	const { description = "", tools = "", model = "", thinking = "", instructions = "" } = answers;
	return agentFileText({ description, tools, model, thinking, instructions });
}

/** The person's earlier edit, unless the answers have changed since and the person prefers the new ones. */
async function textToWrite(
	dialogs: Dialogs,
	{ edited }: NewAgentAnswers,
	composed: string,
): Promise<string | undefined> {
	if (!edited || edited.text === composed) return composed;
	if (edited.from === composed) return edited.text;
	const choices = [
		{ value: composed, label: "Build the file from your answers as they are now" },
		{ value: edited.text, label: "Continue with your edited text" },
	];
	return dialogs.choose({ title: "Your answers have changed since you edited the text", choices: () => choices });
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
