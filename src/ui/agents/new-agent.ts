import { agentFileText } from "../../config/agent-file-text.ts";
import { diagnosticsText } from "../../format/catalog-text.ts";
import { plainLine } from "../../format/plain-text.ts";
import type { Dialogs } from "../dialogs.ts";
import { askDraft } from "./draft-step.ts";
import { forEditor, fromEditor } from "./edited-text.ts";
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
import { saveText } from "./save-text.ts";
import type { NewAgentAnswers, NewAgentPort } from "./types-port.ts";

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
		const effect = isInUse ? "can be used from now on" : "is written; another one of its name goes before it";
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

/** What the person made of the text before, unless the answers it was made of are others now and they say so. */
async function textToWrite(
	dialogs: Dialogs,
	{ edited }: NewAgentAnswers,
	composed: string,
): Promise<string | undefined> {
	if (!edited || edited.text === composed) return composed;
	if (edited.from === composed) return edited.text;
	const choices = [
		{ value: composed, label: "Make the file of your answers as they are now" },
		{ value: edited.text, label: "Go on with the text as you edited it before" },
	];
	return dialogs.choose({ title: "Your answers have changed since you edited the text", choices: () => choices });
}
