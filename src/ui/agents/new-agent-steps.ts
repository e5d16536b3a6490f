import type { AgentOverview } from "../../agents/agent-catalog.ts";
import { isSameName, problemWithAgentName } from "../../agents/agent-name.ts";
import { plainLine } from "../../platform/plain-text.ts";
import type { Dialogs } from "../dialogs/dialogs.ts";
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
		{ value: "by hand", label: "By hand", description: "the whole file on one page, with a preview" },
		{
			value: "drafted",
			label: "Drafted by a subagent",
			description: "from your description; you review it before it is written",
		},
	] as const;
	const chosen = await dialogs.choose({
		title: "New agent",
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

export const askPurpose: Step = async (dialogs, _port, { purpose = "" }) => {
	for (;;) {
		let left = purpose;
		const typed = await dialogs.edit(
			"Task of the new agent, and what it must not do (a subagent writes the file from this)",
			purpose,
			(text) => {
				left = text;
			},
		);
		if (typed === undefined) return { kind: "back", answers: { purpose: left } };
		if (typed.trim() !== "") return { kind: "next", answers: { purpose: typed.trim() } };
		dialogs.tell("The description of the task is empty, so there is nothing to draft from.", "warning");
	}
};
