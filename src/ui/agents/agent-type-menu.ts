import type { AgentOverview } from "../../agents/agent-catalog.ts";
import type { FileOrigin } from "../../agents/agent-file.ts";
import { ejectedText } from "../../agents/agent-file-text.ts";
import type { AgentPlace, AgentWrite } from "../../agents/agent-file-writer.ts";
import { isSameName } from "../../agents/agent-name.ts";
import { BUILT_IN_AGENTS } from "../../agents/built-in-agents.ts";
import { disableBuiltIn, disableFile, enableFile } from "../../agents/enabled-flag.ts";
import { diagnosticsText } from "../../format/catalog-text.ts";
import { plainLine } from "../../platform/plain-text.ts";
import type { Choice, Dialogs, Tone } from "../dialogs/dialogs.ts";
import type { AgentManagement } from "./agent-management.ts";
import { agentText, SOURCE_WORDS, stateWords } from "./agent-type-text.ts";
import { chooseOrigin, editAgentFile } from "./edit-agent-file.ts";

/** What can be done with one agent. It ends with a change, so that the list shows what has become of it. */
export async function openAgent(
	dialogs: Dialogs,
	port: AgentManagement,
	current: () => AgentOverview | undefined,
): Promise<void> {
	for (;;) {
		const overview = current();
		if (!overview) return;
		const choices = actionsFor(overview, port);
		const action = await dialogs.choose({ title: headingOf(overview), choices: () => choices });
		if (!action) return;
		if (action.does !== "view") return act(dialogs, port, overview, action);
		const raw = overview.file === undefined ? undefined : port.writer.read(overview.file);
		await dialogs.read(plainLine(overview.name), agentText(overview, raw?.kind === "read" ? raw.text : undefined));
	}
}

function headingOf(overview: AgentOverview): string {
	const { name, origin, file = "", definition } = overview;
	const first = `${name} (${SOURCE_WORDS[origin]}, ${stateWords(overview)})`;
	const lines = [first, file, definition?.description ?? ""].map(plainLine);
	return lines.filter((line) => line !== "").join("\n");
}

async function act(
	dialogs: Dialogs,
	port: AgentManagement,
	overview: AgentOverview,
	action: Exclude<AgentAction, { does: "view" }>,
): Promise<void> {
	const { writer } = port;
	const { name } = overview;
	const where = async (origins: readonly FileOrigin[]) =>
		chooseOrigin(dialogs, writer, { title: `Location\n${plainLine(name)}.md is created there.`, origins, name });
	switch (action.does) {
		case "edit":
			return editAgentFile(dialogs, port, action.place);
		case "edit as a file": {
			const place = await eject(dialogs, port, overview, await where(action.origins));
			return place ? editAgentFile(dialogs, port, place) : undefined;
		}
		case "eject":
			await eject(dialogs, port, overview, action.origin);
			return;
		case "disable":
			return report(dialogs, disableFile(writer, action.place), `${name} is disabled`);
		case "disable built-in": {
			const origin = await where(action.origins);
			return origin ? report(dialogs, disableBuiltIn(writer, origin, name), `${name} is disabled`) : undefined;
		}
		case "enable":
			return report(dialogs, enableFile(writer, action.place), `${name} is enabled again`);
		case "delete":
			return remove(dialogs, port, overview, action.place);
		default:
			return action satisfies never;
	}
}

/** @returns the file, when there is one */
async function eject(
	dialogs: Dialogs,
	{ writer }: AgentManagement,
	{ name, definition }: AgentOverview,
	origin: FileOrigin | undefined,
): Promise<AgentPlace | undefined> {
	if (!origin || !definition) return undefined;
	const outcome = await writer.create({ origin, name, text: ejectedText(definition) });
	const pinned = definition.model ? "; its model, a preference so far, is fixed by the file" : "";
	await report(dialogs, outcome, `${name} is a file now${pinned}`);
	return outcome.kind === "written" ? { origin, file: outcome.file } : undefined;
}

async function remove(
	dialogs: Dialogs,
	port: AgentManagement,
	overview: AgentOverview,
	place: AgentPlace,
): Promise<void> {
	const shown = port.writer.read(place.file);
	const after = afterwards(overview, port);
	if (!(await dialogs.confirm(`Delete ${plainLine(overview.name)}?`, `${place.file}\n${after}`))) return;
	const outcome = await port.writer.remove(place, shown.kind === "read" ? shown.text : undefined);
	if (outcome.kind === "removed") port.kept.edits.delete(place.file);
	await report(dialogs, outcome, `${overview.name} is deleted`);
}

/** Who counts when it is gone. */
function afterwards({ name, file, state }: AgentOverview, { catalog, isKnownTool }: AgentManagement): string {
	if (state.kind === "overridden") return "Nothing else changes: it was not in use.";
	const left = catalog()
		.overview(isKnownTool)
		.find((other) => isSameName(other.name, name) && other.file !== file && other.state.kind !== "broken");
	const isBuiltIn = BUILT_IN_AGENTS.some((builtIn) => isSameName(builtIn.name, name)); // the reviewer is not in the list beside a file's
	const next = left?.origin ?? (isBuiltIn ? "built-in" : undefined);
	return next ? `The ${SOURCE_WORDS[next]} one is used then.` : "No other agent has this name.";
}

async function report(dialogs: Dialogs, outcome: AgentWrite | Promise<AgentWrite>, done: string): Promise<void> {
	const { text, tone } = reportOf(await outcome, plainLine(done));
	dialogs.tell(text, tone);
}

function reportOf(outcome: AgentWrite, done: string): { readonly text: string; readonly tone: Tone } {
	switch (outcome.kind) {
		case "written":
			return { text: `${done} (${outcome.file}).`, tone: "info" };
		case "removed":
			return { text: `${done} (${outcome.file} is removed).`, tone: "info" };
		case "refused":
			return { text: outcome.reason, tone: "error" };
		case "exists":
			return { text: `Nothing was written: ${outcome.file} is there already.`, tone: "warning" };
		case "changed":
			return {
				text: `Nothing was done: somebody changed ${outcome.file} meanwhile. Look at it again.`,
				tone: "warning",
			};
		case "unsound":
			return { text: `Nothing was written:\n${diagnosticsText(outcome.diagnostics)}`, tone: "error" };
		default:
			return outcome satisfies never;
	}
}

/** What can be done with an agent. */
type AgentAction =
	| { readonly does: "view" }
	| { readonly does: "edit" | "delete" | "disable" | "enable"; readonly place: AgentPlace }
	/** A built-in one has no file yet; it is made in one of these places. */
	| { readonly does: "edit as a file" | "disable built-in"; readonly origins: readonly FileOrigin[] }
	| { readonly does: "eject"; readonly origin: FileOrigin };

/** Only what is possible. */
function actionsFor(overview: AgentOverview, port: AgentManagement): readonly Choice<AgentAction>[] {
	const view: Choice<AgentAction> = {
		value: { does: "view" },
		label: "View",
		description: "definition, instructions and problems",
	};
	const place = placeOf(overview);
	return [view, ...(place ? fileActions(overview, place, port) : builtInActions(overview, port))];
}

function fileActions(overview: AgentOverview, place: AgentPlace, { writer }: AgentManagement): Choice<AgentAction>[] {
	const { state, isDisabled } = overview;
	const isText = writer.read(place.file).kind === "read";
	const choices: Choice<AgentAction>[] = [];
	if (isText) choices.push({ value: { does: "edit", place }, label: "Edit", description: "the text of its file" });
	if (isText && state.kind === "in use") choices.push(disable({ does: "disable", place }));
	if (isText && isDisabled) choices.push(enable(place));
	choices.push({ value: { does: "delete", place }, label: "Delete", description: place.file });
	return choices;
}

function builtInActions(overview: AgentOverview, port: AgentManagement): Choice<AgentAction>[] {
	const origins = freeOrigins(overview, port);
	const disabledBy = disablingFile(overview, port);
	const choices: Choice<AgentAction>[] = [];
	if (origins.length > 0) {
		const description = "as a file that takes its place";
		choices.push({ value: { does: "edit as a file", origins }, label: "Edit", description });
	}
	if (origins.length > 0 && overview.state.kind === "in use") {
		choices.push(disable({ does: "disable built-in", origins }));
	}
	if (disabledBy) choices.push(enable(disabledBy));
	for (const origin of origins) {
		const label = origin === "project" ? "Eject to this project" : "Eject to your own agents";
		const description = port.writer.fileOf(origin, overview.name);
		choices.push({ value: { does: "eject", origin }, label, description });
	}
	return choices;
}

function disable(value: AgentAction): Choice<AgentAction> {
	return { value, label: "Disable", description: "it cannot be run until it is enabled again" };
}

function enable(place: AgentPlace): Choice<AgentAction> {
	return {
		value: { does: "enable", place },
		label: "Enable",
		description: `takes \`enabled: false\` out of ${place.file}`,
	};
}

function placeOf({ origin, file }: AgentOverview): AgentPlace | undefined {
	return origin === "built-in" || file === undefined ? undefined : { origin, file };
}

/** Where a file of a built-in agent's name can be made that takes its place. */
function freeOrigins({ name, state }: AgentOverview, { writer }: AgentManagement): readonly FileOrigin[] {
	const origins: readonly FileOrigin[] = ["project", "personal"];
	if (state.kind === "overridden" && state.by === "project") return [];
	return origins.filter((origin) => writer.refusalOf(origin) === undefined && writer.taken(origin, name) === undefined);
}

/** The file that takes a built-in agent away. */
function disablingFile(overview: AgentOverview, { catalog, isKnownTool }: AgentManagement): AgentPlace | undefined {
	if (overview.state.kind !== "overridden") return undefined;
	const found = catalog()
		.overview(isKnownTool)
		.find(({ name, state }) => state.kind === "disabled" && isSameName(name, overview.name));
	return found && placeOf(found);
}
