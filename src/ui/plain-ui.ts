import type { ExtensionUIContext } from "@mariozechner/pi-coding-agent";
import { plainText } from "../format/plain-text.ts";

type Spoken = Pick<ExtensionUIContext, "select" | "input" | "confirm" | "editor" | "notify">;

/**
 * The host's dialogs and notices with every text made safe to print. Nothing of ours reaches them any other way: names, paths and
 * messages come from files, models and other people's programs. What is drawn goes out through `Clamped`.
 */
export function plainUi(ui: Spoken): Spoken {
	return {
		notify: (text, tone) => ui.notify(plainText(text), tone),
		confirm: (title, message, options) => ui.confirm(plainText(title), plainText(message), options),
		select: (title, choices, options) => ui.select(plainText(title), choices.map(plainText), options),
		input: (title, placeholder, options) => ui.input(plainText(title), placeholder && plainText(placeholder), options),
		editor: (title, text) => ui.editor(plainText(title), text && editable(text)),
	};
}

/** Tabs mean something in a file that is edited. */
function editable(text: string): string {
	return text.split("\t").map(plainText).join("\t");
}
