import type { AgentWrite } from "../../config/agent-file-writer.ts";
import { diagnosticsText } from "../../format/catalog-text.ts";
import type { Choice, Dialogs } from "../dialogs.ts";

export interface Saving {
	readonly title: string;
	readonly text: string;
	/** `edit`: the person sees the text before it is written. */
	readonly begin: "edit" | "write";
	/** Tried again with what the person made of the text when it was not written. After `changed` it writes over what is there. */
	readonly write: (text: string) => Promise<AgentWrite>;
}

/** `text` is what was typed last. */
export type Saved =
	| { readonly kind: "saved"; readonly file: string }
	| { readonly kind: "exists"; readonly file: string; readonly text: string }
	| { readonly kind: "left"; readonly text: string };

type Step = "edit" | "write" | "leave";

/** Writes a text, and lets the person go on with it as often as it takes. What was typed is handed back in any case. */
export async function saveText(dialogs: Dialogs, { title, text, begin, write }: Saving): Promise<Saved> {
	let current = text;
	let step: Step = begin;
	while (step !== "leave") {
		if (step === "edit") {
			const edited = await dialogs.edit(title, current);
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

const EDIT = { value: "edit", label: "Go on editing" } as const;
const LEAVE = { value: "leave", label: "Leave it; what you typed is kept until the session ends" } as const;

function questionOn(trouble: Trouble): Question {
	switch (trouble.kind) {
		case "unsound":
			return {
				title: `Not written, for it would not load as it is meant\n${diagnosticsText(trouble.diagnostics)}`,
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
