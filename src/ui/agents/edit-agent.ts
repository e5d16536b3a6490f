import { basename } from "node:path";
import type { AgentPlace, AgentWrite } from "../../config/agent-file-writer.ts";
import type { Dialogs } from "../dialogs.ts";
import { forEditor, fromEditor } from "./edited-text.ts";
import { saveText } from "./save-text.ts";
import type { TypesPort } from "./types-port.ts";

type EditPort = Pick<TypesPort, "writer" | "kept">;

/** A file in the host's editor, written when it loads as it is meant. */
export async function editAgentFile(dialogs: Dialogs, { writer, kept }: EditPort, place: AgentPlace): Promise<void> {
	const { file } = place;
	const refusal = writer.refusalOf(place.origin);
	const now = refusal === undefined ? writer.read(file) : { kind: "refused" as const, reason: refusal };
	if (now.kind !== "read") {
		dialogs.tell(now.kind === "refused" ? now.reason : `${file} is not there any more.`, "error");
		return;
	}
	const text = await textToBegin(dialogs, kept.edits.get(file), forEditor(now.text));
	if (text === undefined) return;
	let before: string | undefined = now.text;
	const write = async (edited: string): Promise<AgentWrite> => {
		if (before === undefined) return writer.create({ ...place, name: nameIn(file), text: edited });
		const outcome = await writer.change(place, before, fromEditor(before, edited));
		if (outcome.kind === "changed") before = outcome.text; // the person is told, and decides what becomes of it
		return outcome;
	};
	const saved = await saveText(dialogs, { title: `Edit ${file}`, text, begin: "edit", write });
	if (saved.kind === "saved") {
		kept.edits.delete(file);
		dialogs.tell(`Saved ${file}.`, "info");
	} else if (saved.text !== forEditor(now.text)) kept.edits.set(file, saved.text);
	if (saved.kind === "exists") dialogs.tell(`${saved.file} is there again; what you typed is kept.`, "warning");
}

async function textToBegin(dialogs: Dialogs, kept: string | undefined, current: string): Promise<string | undefined> {
	if (kept === undefined || kept === current) return current;
	const choices = [
		{ value: kept, label: "Go on with what you typed before and did not save" },
		{ value: current, label: "Begin with what the file says" },
	];
	return dialogs.choose({ title: "You have edited this file before", choices: () => choices });
}

function nameIn(file: string): string {
	return basename(file).replace(/\.md$/i, "");
}
