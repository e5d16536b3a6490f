import type { AgentOverview } from "../../agents/agent-catalog.ts";
import { agentFileText } from "../../agents/agent-file-text.ts";
import { isSameName, problemWithAgentName } from "../../agents/agent-name.ts";
import { BUILTIN_TOOLS } from "../../domain/agent-definition.ts";
import { diagnosticsText } from "../../format/catalog-text.ts";
import { plainLine } from "../../platform/plain-text.ts";
import type { Choice, Dialogs } from "../dialogs/dialogs.ts";
import type { NewAgentAnswers, NewAgentPort } from "./agent-management.ts";
import { SOURCE_WORDS } from "./agent-type-text.ts";
import { chooseOrigin, editAgentFile } from "./edit-agent-file.ts";

/** The outcome of a step: next, back, back to the name, or done; with the answers given. */
export type StepOutcome =
	| { readonly kind: "next" | "back" | "rename"; readonly answers?: NewAgentAnswers }
	| { readonly kind: "done" };

export type Step = (dialogs: Dialogs, port: NewAgentPort, answers: NewAgentAnswers) => Promise<StepOutcome>;

const BACK: StepOutcome = { kind: "back" };

export const askWay: Step = async (dialogs, _port, { way }) => {
	const choices = [
		{ value: "by hand", label: "By hand", description: "name, description, tools, model, thinking, instructions" },
		{
			value: "drafted",
			label: "Drafted by a subagent",
			description: "from your description; you review it before it is written",
		},
	] as const;
	const chosen = await dialogs.choose({
		title: "A new agent",
		choices: () => choices,
		begin: (value) => value === way,
	});
	return chosen ? { kind: "next", answers: { way: chosen } } : BACK;
};

export const askOrigin: Step = async (dialogs, { writer }, { origin, name }) => {
	const refusal = writer.refusalOf("project");
	const chosen = await chooseOrigin(dialogs, writer, {
		title: `Location${refusal === undefined ? "" : `\n${refusal}`}`,
		origins: refusal === undefined ? ["project", "personal"] : ["personal"],
		...(name !== undefined && problemWithAgentName(name) === undefined && { name }),
		last: origin,
	});
	return chosen ? { kind: "next", answers: { origin: chosen } } : BACK;
};

/** Asks until it can be used; one that is taken is said, and can be edited instead. */
export const askName: Step = async (dialogs, port, { origin = "personal", name: last = "" }) => {
	let typed: string | undefined = last;
	for (;;) {
		typed = await dialogs.ask("Name of the agent and of its file", typed);
		if (typed === undefined) return BACK;
		const name = typed.trim();
		const problem = problemWithAgentName(name);
		if (problem !== undefined) {
			dialogs.tell(problem, "warning");
			continue;
		}
		const answer = await useName(dialogs, port, origin, name);
		if (answer === "use") return { kind: "next", answers: { name } };
		if (answer === "done") return { kind: "done" };
	}
};

async function useName(
	dialogs: Dialogs,
	port: NewAgentPort,
	origin: "project" | "personal",
	name: string,
): Promise<"use" | "another" | "done"> {
	const file = port.writer.taken(origin, name);
	if (file !== undefined) {
		const choices = [
			{ value: "another", label: "Choose another name" },
			{ value: "edit", label: "Edit the existing file" },
		] as const;
		const next = await dialogs.choose({ title: `This name is taken\n${file}`, choices: () => choices });
		if (next !== "edit") return "another";
		await editAgentFile(dialogs, port, { origin, file });
		return "done";
	}
	const other = port
		.catalog()
		.overview(port.isKnownTool)
		.find((overview) => isSameName(overview.name, name) && overview.state.kind !== "broken");
	if (!other) return "use";
	const title =
		other.origin === "project"
			? `There is ${nameOf(other)} already\nIt overrides yours in this project.`
			: `There is ${nameOf(other)} already\nThe new one overrides it${origin === "project" ? " in this project" : ""}.`;
	const choices = [
		{ value: "another", label: "Choose another name" },
		{ value: "use", label: "Use this name" },
	] as const;
	return (await dialogs.choose({ title, choices: () => choices })) ?? "another";
}

function nameOf({ name, origin }: AgentOverview): string {
	return `${plainLine(name)} (${SOURCE_WORDS[origin]})`;
}

export const askDescription: Step = async (dialogs, _port, { description = "" }) => {
	const typed = await dialogs.ask("Description\nOne line, by which models choose this agent", description);
	return typed === undefined ? BACK : { kind: "next", answers: { description: typed } };
};

/** Tools that change nothing; a shell is none of them. */
const LOOKING = "read, grep, find, ls";

export const askTools: Step = async (dialogs, port, answers) => {
	const { tools = "" } = answers;
	const choices: readonly Choice<string>[] = [
		{ value: "", label: "All", description: `${BUILTIN_TOOLS.join(", ")}, and those of extensions` },
		{ value: LOOKING, label: "Read-only", description: `${LOOKING}, and those of extensions` },
		{ value: "none", label: "None", description: "only those of extensions" },
		{ value: "list", label: "Custom list", description: "type their names" },
	];
	const isListed = choices.every(({ value }) => value !== tools);
	for (;;) {
		const chosen = await dialogs.choose({
			title: "Tools",
			choices: () => choices,
			begin: (value) => value === (isListed ? "list" : tools),
		});
		if (chosen === undefined) return BACK;
		const list = chosen === "list" ? await askToolList(dialogs, port, answers, isListed ? tools : "") : chosen;
		if (list !== undefined) return { kind: "next", answers: { tools: list } };
	}
};

async function askToolList(dialogs: Dialogs, port: NewAgentPort, answers: NewAgentAnswers, last: string) {
	const { origin = "personal", name = "" } = answers;
	let typed: string | undefined = last;
	for (;;) {
		typed = await dialogs.ask(
			`Tools, separated by commas\n${BUILTIN_TOOLS.join(", ")}, or names of extension tools`,
			typed,
		);
		if (typed === undefined || typed.trim() === "") return undefined;
		const draft = { description: "-", tools: typed, model: "", thinking: "", instructions: "" };
		const problems = port.writer.check({ origin, file: port.writer.fileOf(origin, name) }, agentFileText(draft));
		if (problems.length === 0) return typed.trim();
		dialogs.tell(diagnosticsText(problems), "warning");
	}
}

/** Stands for what is typed, where no name of a model can. */
const OTHER = "\0other";

export const askModel: Step = async (dialogs, { models }, { model = "" }) => {
	const names = models();
	const choices: readonly Choice<string>[] = [
		{ value: "", label: "The parent's", description: "whatever model the session runs on" },
		{
			value: OTHER,
			label: "By its name",
			description: "a part of a name such as haiku, or several in order of preference",
		},
		...names.map((name) => ({ value: name, label: name })),
	];
	const isTyped = model !== "" && !names.includes(model);
	for (;;) {
		const chosen = await dialogs.choose({
			title: "Model",
			choices: () => choices,
			begin: (value) => value === (isTyped ? OTHER : model),
		});
		if (chosen === undefined) return BACK;
		if (chosen !== OTHER) return { kind: "next", answers: { model: chosen } };
		const typed = await dialogs.ask(
			"Model\nprovider/id, or a part of its name; several separated by commas",
			isTyped ? model : "",
		);
		if (typed !== undefined) return { kind: "next", answers: { model: typed.trim() } };
	}
};

export const askThinking: Step = async (dialogs, { thinkingLevels }, { thinking = "" }) => {
	const choices: readonly Choice<string>[] = [
		{ value: "", label: "As its parent", description: "or as a call says" },
		...thinkingLevels().map((level) => ({ value: level, label: level })),
	];
	const chosen = await dialogs.choose({
		title: "Thinking",
		choices: () => choices,
		begin: (value) => value === thinking,
	});
	return chosen === undefined ? BACK : { kind: "next", answers: { thinking: chosen } };
};

export const askInstructions: Step = async (dialogs, _port, { name = "", instructions = "" }) => {
	const typed = await dialogs.edit(`Instructions of ${plainLine(name)}`, instructions);
	return typed === undefined ? BACK : { kind: "next", answers: { instructions: typed } };
};

export const askPurpose: Step = async (dialogs, _port, { purpose = "" }) => {
	for (;;) {
		const typed = await dialogs.edit(
			"Task of the new agent, and what it must not do (a subagent writes the file from this)",
			purpose,
		);
		if (typed === undefined) return BACK;
		if (typed.trim() !== "") return { kind: "next", answers: { purpose: typed.trim() } };
		dialogs.tell("The description of the task is empty, so there is nothing to draft from.", "warning");
	}
};
