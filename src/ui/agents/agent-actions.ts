import type { AgentStanding } from "../../config/agent-catalog.ts";
import type { FileOrigin } from "../../config/agent-file.ts";
import type { AgentPlace } from "../../config/agent-file-writer.ts";
import { isSameName } from "../../config/agent-name.ts";
import type { Choice } from "../dialogs.ts";
import type { TypesPort } from "./types-port.ts";

/** What can be done with an agent. */
export type AgentAction =
	| { readonly does: "view" }
	| { readonly does: "edit" | "delete" | "disable" | "enable"; readonly place: AgentPlace }
	/** A built-in one has no file yet; it is made in one of these places. */
	| { readonly does: "edit as a file" | "disable built-in"; readonly origins: readonly FileOrigin[] }
	| { readonly does: "eject"; readonly origin: FileOrigin };

/** Only what is possible. */
export function actionsFor(standing: AgentStanding, port: TypesPort): readonly Choice<AgentAction>[] {
	const view: Choice<AgentAction> = {
		value: { does: "view" },
		label: "View",
		description: "what it is, what it is told, what is wrong with it",
	};
	const place = placeOf(standing);
	return [view, ...(place ? fileActions(standing, place, port) : builtInActions(standing, port))];
}

function fileActions(standing: AgentStanding, place: AgentPlace, { writer }: TypesPort): Choice<AgentAction>[] {
	const { state, isDisabled } = standing;
	const isText = writer.read(place.file).kind === "read";
	const choices: Choice<AgentAction>[] = [];
	if (isText) choices.push({ value: { does: "edit", place }, label: "Edit", description: "the text of its file" });
	if (isText && state.kind === "in use") choices.push(disable({ does: "disable", place }));
	if (isText && isDisabled) choices.push(enable(place));
	choices.push({ value: { does: "delete", place }, label: "Delete", description: place.file });
	return choices;
}

function builtInActions(standing: AgentStanding, port: TypesPort): Choice<AgentAction>[] {
	const origins = freeOrigins(standing, port);
	const disabledBy = disablingFile(standing, port);
	const choices: Choice<AgentAction>[] = [];
	if (origins.length > 0) {
		const description = "as a file that takes its place";
		choices.push({ value: { does: "edit as a file", origins }, label: "Edit", description });
	}
	if (origins.length > 0 && standing.state.kind === "in use") {
		choices.push(disable({ does: "disable built-in", origins }));
	}
	if (disabledBy) choices.push(enable(disabledBy));
	for (const origin of origins) {
		const label = origin === "project" ? "Eject to this project" : "Eject to your own agents";
		const description = port.writer.fileOf(origin, standing.name);
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

function placeOf({ origin, file }: AgentStanding): AgentPlace | undefined {
	return origin === "built-in" || file === undefined ? undefined : { origin, file };
}

/** Where a file of a built-in agent's name can be made that takes its place. */
function freeOrigins({ name, state }: AgentStanding, { writer }: TypesPort): readonly FileOrigin[] {
	const origins: readonly FileOrigin[] = ["project", "personal"];
	if (state.kind === "overridden" && state.by === "project") return [];
	return origins.filter((origin) => writer.refusalOf(origin) === undefined && writer.taken(origin, name) === undefined);
}

/** The file that takes a built-in agent away. */
function disablingFile(standing: AgentStanding, { catalog, isKnownTool }: TypesPort): AgentPlace | undefined {
	if (standing.state.kind !== "overridden") return undefined;
	const found = catalog()
		.overview(isKnownTool)
		.find(({ name, state }) => state.kind === "disabled" && isSameName(name, standing.name));
	return found && placeOf(found);
}
