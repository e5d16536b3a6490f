import type { AgentOverview } from "../../agents/agent-catalog.ts";
import { type FileOrigin, nameInFile, parseAgentFile } from "../../agents/agent-file.ts";
import { agentFileTemplate } from "../../agents/agent-file-text.ts";
import { isSameName, problemWithAgentName } from "../../agents/agent-name.ts";
import { diagnosticsText } from "../../format/catalog-text.ts";
import { formatCount } from "../../format/figures.ts";
import { plainLine } from "../../platform/plain-text.ts";
import type { Choice, Dialogs, Menu } from "../dialogs/dialogs.ts";
import type { NewAgentAnswers, NewAgentPort } from "./agent-management.ts";
import { previewText, SOURCE_WORDS } from "./agent-type-text.ts";
import type { Step } from "./new-agent-steps.ts";

/**
 * The whole file on one page of the host's editor, then a preview, from which it is saved, edited again or discarded. Escape goes
 * from the preview to the page and from the page to the step before; what was typed is kept.
 */
export const writePage: Step = async (dialogs, port, answers) => {
	let page = await pageToBegin(dialogs, port, answers);
	while (page !== undefined) {
		const shown = page.trim();
		let left = shown;
		const edited = await dialogs.edit(
			"New agent: edit the file. You see a preview before it is saved.",
			shown,
			(typed) => {
				left = typed;
			},
		);
		const name = nameInFile(edited ?? left) ?? "";
		if (edited === undefined) return { kind: "back", answers: { page: left, name } };
		page = edited;
		port.kept.newAgent = { ...answers, page, name };
		if ((await preview(dialogs, port, page)) === "done") return { kind: "done" };
	}
	return { kind: "back" };
};

/** What was typed before, unless it is another agent than the one that is wanted now and the person begins anew. */
async function pageToBegin(
	dialogs: Dialogs,
	port: NewAgentPort,
	{ page, name = "" }: NewAgentAnswers,
): Promise<string | undefined> {
	const template = (named: string) =>
		agentFileTemplate({ name: named, models: port.models(), thinkingLevels: port.thinkingLevels() });
	if (page === undefined) return template(name);
	const unsaved = nameInFile(page) ?? "";
	if (name === "" || name === unsaved) return page;
	if (page.trim() === template(unsaved).trim()) return template(name);
	const choices = [
		{ value: page, label: "Continue with the unsaved file" },
		{ value: template(name), label: `Discard it and begin ${plainLine(name)}` },
	];
	const title = `There is an unsaved agent file${unsaved === "" ? "" : `: ${plainLine(unsaved)}`}`;
	return dialogs.choose({ title, choices: () => choices });
}

type Decision =
	| { readonly does: "save"; readonly origin: FileOrigin }
	| { readonly does: "edit" }
	| { readonly does: "discard" };

/** @returns `done` when it is saved or discarded */
async function preview(dialogs: Dialogs, port: NewAgentPort, page: string): Promise<"done" | "edit"> {
	const text = `${page.replace(/\r\n?/g, "\n").trim()}\n`;
	const name = nameInFile(text) ?? "";
	for (;;) {
		const decision = await dialogs.choose(previewMenu(port, name, text));
		if (!decision || decision.does === "edit") return "edit";
		if (decision.does === "discard") {
			dialogs.tell("The new agent is discarded. Nothing was written.", "info");
			return "done";
		}
		if (await save(dialogs, port, { origin: decision.origin, name, text })) return "done";
	}
}

function previewMenu(port: NewAgentPort, name: string, text: string): Menu<Decision> {
	const problems = problemsOf(port, name, text);
	const isSound = problems.length === 0;
	const about = isSound ? factsAbout(port, name, text) : ["Cannot be saved yet:", ...shownOf(problems)];
	const choices = [...(isSound ? placesFor(port, name) : []), EDIT, DISCARD];
	const heading = name === "" ? "Preview" : `Preview of ${plainLine(name)}`;
	return { title: [heading, ...about].join("\n"), choices: () => choices };
}

const EDIT: Choice<Decision> = { value: { does: "edit" }, label: "Edit again" };
const DISCARD: Choice<Decision> = { value: { does: "discard" }, label: "Discard", description: "your text is lost" };

const SAVE_LABELS: Readonly<Record<FileOrigin, string>> = {
	project: "Save in this project",
	personal: "Save for all your projects",
};

/** Where it can be saved: a place that has a file of this name is none. */
function placesFor({ writer }: NewAgentPort, name: string): readonly Choice<Decision>[] {
	return placesOf(writer)
		.filter((origin) => writer.taken(origin, name) === undefined)
		.map((origin) => ({
			value: { does: "save", origin },
			label: SAVE_LABELS[origin],
			description: writer.fileOf(origin, name),
		}));
}

function placesOf(writer: NewAgentPort["writer"]): readonly FileOrigin[] {
	const all: readonly FileOrigin[] = ["project", "personal"];
	return all.filter((origin) => writer.refusalOf(origin) === undefined);
}

/** What is in the way of saving, each with its line where there is one. */
function problemsOf({ writer }: NewAgentPort, name: string, text: string): readonly string[] {
	const ofName = name === "" ? NAMELESS : problemWithAgentName(name);
	const file = writer.fileOf("personal", ofName === undefined ? name : "agent");
	const found = writer
		.check({ origin: "personal", file }, text)
		.filter(({ message }) => ofName !== NAMELESS || !message.startsWith("`name` is empty"))
		.map(({ line, message }) => (line === undefined ? message : `line ${line}: ${message}`));
	const isTaken = ofName === undefined && placesOf(writer).every((origin) => writer.taken(origin, name) !== undefined);
	const taken = `There is a file ${name}.md in each place already. Change \`name\`, or edit that file in /agents types.`;
	return [...(ofName === undefined ? [] : [ofName]), ...found, ...(isTaken ? [taken] : [])];
}

const NAMELESS = "The agent has no name. Write one after `name:`; the file gets the same name.";

/** On a small screen more would push the choices away. */
const MOST_PROBLEMS = 3;

function shownOf(problems: readonly string[]): readonly string[] {
	const more = problems.length - MOST_PROBLEMS;
	return [...problems.slice(0, MOST_PROBLEMS), ...(more > 0 ? [`and ${formatCount(more, "more problem")}`] : [])];
}

function factsAbout(port: NewAgentPort, name: string, text: string): readonly string[] {
	const { writer, catalog, isKnownTool } = port;
	const { definition } = parseAgentFile(writer.fileOf("personal", name), "personal", text);
	const others = catalog()
		.overview(isKnownTool)
		.filter((other) => isSameName(other.name, name));
	const refusal = writer.refusalOf("project");
	return [definition ? previewText(definition) : "", ...others.map(besideWords), refusal ?? ""].filter(
		(line) => line !== "",
	);
}

function besideWords({ name, origin, file }: AgentOverview): string {
	const other = `${plainLine(name)} (${SOURCE_WORDS[origin]})`;
	switch (origin) {
		case "built-in":
			return `Overrides ${other}.`;
		case "personal":
			return `Saved in this project it overrides ${other}, which is ${file}.`;
		case "project":
			return `Saved for all your projects it is overridden in this one by ${other}, which is ${file}.`;
		default:
			return origin satisfies never;
	}
}

/** @returns whether it is written; where it is not, the person has been told why */
async function save(
	dialogs: Dialogs,
	port: NewAgentPort,
	agent: { origin: FileOrigin; name: string; text: string },
): Promise<boolean> {
	const outcome = await port.writer.create(agent);
	switch (outcome.kind) {
		case "written":
			tellWritten(dialogs, port, agent.name, outcome.file);
			return true;
		case "refused":
			dialogs.tell(`Not saved: ${outcome.reason}`, "error");
			return false;
		case "unsound":
			dialogs.tell(`Not saved: the file would not load as intended\n${diagnosticsText(outcome.diagnostics)}`, "error");
			return false;
		case "exists":
		case "changed":
		case "removed":
			dialogs.tell(`Not saved: ${outcome.file} is there already. Change \`name\`.`, "warning");
			return false;
		default:
			return outcome satisfies never;
	}
}

/** Whether it can be called now, for another agent of its name may take precedence. */
export function tellWritten(
	dialogs: Pick<Dialogs, "tell">,
	{ catalog }: Pick<NewAgentPort, "catalog">,
	name: string,
	file: string,
): void {
	const found = catalog().find(name);
	const isInUse = found.kind === "found" && found.definition.file === file;
	const effect = isInUse ? "can be used from now on" : "is written, but another agent of this name overrides it";
	dialogs.tell(`${plainLine(name)} ${effect} (${file}).`, "info");
}
