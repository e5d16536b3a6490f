import type { Theme } from "@mariozechner/pi-coding-agent";
import type { KeyId } from "@mariozechner/pi-tui";

/** One line of a menu. */
export interface Choice<T> {
	readonly value: T;
	/** Plain text; where there is no terminal it is all that is shown, so it is different for each choice. */
	readonly label: string;
	readonly description?: string;
	/** In a terminal it is shown but cannot be chosen yet; a client may choose it, and then waits. */
	readonly isPending?: boolean;
	/** How it looks in a terminal, where the label alone is not it. At most `width` columns; painted, one line. */
	readonly draw?: (width: number, theme: Theme) => string;
}

/** A key that answers a menu at once, besides the arrows and Enter. */
export interface MenuKey<T> {
	readonly key: KeyId;
	/** For the help line, in a word or two. */
	readonly does: string;
	/** @returns the menu's answer for the selected choice; nothing where the key has no meaning for it */
	readonly answer: (selected: T | undefined) => T | undefined;
}

export interface Menu<T> {
	/** The first line is the heading; what follows stands below it. */
	readonly title: string;
	/** More to stand below the heading, pulled like the choices. */
	readonly about?: () => string;
	/** Pulled again while the menu is open: it shows what is, not what was. The same array again means that nothing changes. */
	readonly choices: () => readonly Choice<T>[];
	readonly keys?: readonly MenuKey<T>[];
	/** Closes this screen and those it was opened from, by `q`; absent where that key has no such meaning. */
	readonly closeAll?: () => void;
	/** Stands there when nothing can be chosen. */
	readonly empty?: string;
	/** Which choice the cursor begins on. */
	readonly begin?: (value: T) => boolean;
}

export type Tone = "info" | "warning" | "error";

/**
 * What a person is asked and shown, in a terminal or by a client that speaks RPC. `undefined` means Escape: one step back.
 * All of them answer `undefined` (or `false`) when the session ends meanwhile.
 */
export interface Dialogs {
	choose<T>(menu: Menu<T>): Promise<T | undefined>;
	/** One line of text. The first line of the title is the heading. */
	ask(title: string, prefill?: string): Promise<string | undefined>;
	confirm(title: string, message: string): Promise<boolean>;
	/** Many lines of text, in the host's editor. */
	edit(title: string, text: string): Promise<string | undefined>;
	/** A text to read, with a way to scroll it. */
	read(title: string, text: string): Promise<void>;
	/** Said in passing. */
	tell(text: string, tone: Tone): void;
}

/** The same, by somebody who wants to know where they are shown. */
export interface SessionDialogs extends Dialogs {
	/** Whether there are keys and a screen; a client that speaks RPC has neither. */
	isTerminal(): Promise<boolean>;
}

/** The screens of one use of the command, which may lie above each other. */
export interface Screens {
	/** Aborted when they are to be closed. */
	readonly closed: AbortSignal;
	/** Closes all of them. */
	readonly closeAll: () => void;
}
