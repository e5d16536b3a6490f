import { basename } from "node:path";
import type { FileOrigin } from "../../agents/agent-file.ts";
import type { AgentFileWriter, AgentPlace, AgentWrite } from "../../agents/agent-file-writer.ts";
import { diagnosticsText } from "../../format/catalog-text.ts";
import type { Choice, Dialogs } from "../dialogs/dialogs.ts";
import type { AgentManagement } from "./agent-management.ts";

export interface Saving {
	readonly title: string;
	readonly text: string;
	/** `edit`: the person sees the text before it is written. */
	readonly begin: "edit" | "write";
	/** Called again with the edited text after a failure. After `changed` it overwrites the file. */
	readonly write: (text: string) => Promise<AgentWrite>;
}

/** `text` is what was typed last. */
export type Saved =
	| { readonly kind: "saved"; readonly file: string }
	| { readonly kind: "exists"; readonly file: string; readonly text: string }
	| { readonly kind: "left"; readonly text: string };

type Step = "edit" | "write" | "leave";

/** Writes a text, and lets the person edit it until it is written. Returns what was typed in any case. */
export async function saveText(dialogs: Dialogs, { title, text, begin, write }: Saving): Promise<Saved> {
	let current = text;
	let step: Step = begin;
	while (step !== "leave") {
		if (step === "edit") {
			const edited = await dialogs.edit(title, current, (typed) => {
				current = typed;
			});
			if (edited === undefined) break;
			current = edited;
		}
		const outcome = await write(current);
		if (outcome.kind === "written" || outcome.kind === "removed") return { kind: "saved", file: outcome.file };
		if (outcome.kind === "exists") return { kind: "exists", file: outcome.file, text: current };
		step = await afterTrouble(dialogs, outcome);
	}
	return { kind: "left", text: current };
}

type Trouble = Exclude<AgentWrite, { kind: "written" | "removed" | "exists" }>;

async function afterTrouble(dialogs: Dialogs, trouble: Trouble): Promise<Step> {
	for (;;) {
		const { title, choices } = questionOn(trouble);
		const next = await dialogs.choose({ title, choices: () => choices });
		if (next !== "look") return next ?? "leave";
		if (trouble.kind === "changed") await dialogs.read(`${trouble.file} as it is now`, trouble.text ?? "");
	}
}

interface Question {
	readonly title: string;
	readonly choices: readonly Choice<Step | "look">[];
}

const EDIT = { value: "edit", label: "Continue editing" } as const;
const LEAVE = { value: "leave", label: "Leave; your text is kept until the session ends" } as const;

function questionOn(trouble: Trouble): Question {
	switch (trouble.kind) {
		case "unsound":
			return {
				title: `Not written: the file would not load as intended\n${diagnosticsText(trouble.diagnostics)}`,
				choices: [EDIT, LEAVE],
			};
		case "refused":
			return {
				title: `Not written\n${trouble.reason}`,
				choices: [{ value: "write", label: "Try again" }, EDIT, LEAVE],
			};
		case "changed": {
			const isGone = trouble.text === undefined;
			const over = isGone ? "Write it again" : "Write yours in its place";
			return {
				title: `Not written: somebody ${isGone ? "removed" : "changed"} it meanwhile\n${trouble.file}`,
				choices: [
					...(isGone ? [] : [{ value: "look", label: "See what it says now" } as const]),
					EDIT,
					{ value: "write", label: over },
					LEAVE,
				],
			};
		}
		default:
			return trouble satisfies never;
	}
}

type EditPort = Pick<AgentManagement, "writer" | "kept">;

/** Opens a file in the host's editor; it is written when it loads as intended. */
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
		if (outcome.kind === "changed") before = outcome.text; // the person sees this and decides
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
		{ value: kept, label: "Continue with what you typed before and did not save" },
		{ value: current, label: "Start from the file" },
	];
	return dialogs.choose({ title: "You have edited this file before", choices: () => choices });
}

function nameIn(file: string): string {
	return basename(file).replace(/\.md$/i, "");
}

/** The text as the host's editor shows it: without tabs, with one kind of line end. */
export function forEditor(text: string): string {
	return text
		.replace(/^\uFEFF/, "")
		.replace(/\r\n?/g, "\n")
		.replace(/\t/g, "    ")
		.trim();
}

/** The edited text; unchanged lines get back what the editor lost: tabs, line ends and trailing blanks. */
export function fromEditor(before: string, edited: string): string {
	const shown = forEditor(before);
	const plain = edited.replace(/\r\n?/g, "\n");
	if (plain.trim() === shown) return before;
	const [lead = ""] = /^\uFEFF?\s*/.exec(before) ?? [];
	const [trail = ""] = /\s*$/.exec(before.slice(lead.length)) ?? [];
	const lineEnd = /\r\n?|\n/.exec(before)?.[0] ?? "\n";
	const originals = new Map(
		before
			.slice(lead.length)
			.split(/\r\n?|\n/)
			.map((line) => [forLine(line), line]),
	);
	const lines = plain.trim().split("\n");
	return lead + lines.map((line) => originals.get(line) ?? line).join(lineEnd) + (trail || lineEnd);
}

function forLine(line: string): string {
	return line.replace(/\t/g, "    ");
}

const LABELS: Readonly<Record<FileOrigin, string>> = {
	project: "This project",
	personal: "Your own agents, for every project",
};

/** Asks for the location of a new file. @param name of the agent, where it is known */
export function chooseOrigin(
	dialogs: Dialogs,
	writer: Pick<AgentFileWriter, "fileOf">,
	question: { title: string; origins: readonly FileOrigin[]; name?: string; last?: FileOrigin | undefined },
): Promise<FileOrigin | undefined> {
	const { title, origins, name = "<name>", last } = question;
	const choices = origins.map(
		(origin): Choice<FileOrigin> => ({
			value: origin,
			label: LABELS[origin],
			description: writer.fileOf(origin, name),
		}),
	);
	return dialogs.choose({ title, choices: () => choices, begin: (origin) => origin === last });
}
