import { plainText } from "../../format/plain-text.ts";
import type { SessionDialogs } from "../dialogs.ts";

/**
 * Where nobody is there to be asked, as in print mode: what is said goes to stderr, for stdout is the host's; a menu is what
 * could be chosen; a word that was typed is meant.
 */
export function unattendedDialogs(): SessionDialogs {
	return {
		isTerminal: async () => false,
		choose: async ({ choices }) => {
			for (const { label, description } of choices()) say([label, description].filter(Boolean).join("\n  "));
			return undefined;
		},
		ask: async () => undefined,
		confirm: async () => true,
		edit: async () => undefined,
		read: async (_title, text) => say(text),
		tell: (text) => say(text),
	};
}

function say(text: string): void {
	console.error(plainText(text));
}
