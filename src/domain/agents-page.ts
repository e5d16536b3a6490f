/** A word after `/agents` that an extension adds, with a line in the menu. */
export interface AgentsPage {
	/** Lower-case letters, digits and `-`, not one that `/agents` has itself. */
	readonly word: string;
	/** A line of the menu, a noun. */
	readonly label: string;
	/** What the word is for, for completion and help. */
	readonly description: string;
	/** What the menu says of it now, in a few words. Must not throw. */
	summary(): string;
	/** What can follow the word. @default nothing is offered */
	completions?(): readonly string[];
	/** @param words what was typed after the word, `""` for nothing or where it was chosen in the menu */
	open(words: string, dialogs: PageDialogs): Promise<void>;
}

/** One line of a page's menu. */
export interface PageChoice<T> {
	readonly value: T;
	/** Different for each choice: without a terminal it is all that is shown. */
	readonly label: string;
	readonly description?: string;
}

/** How a page asks and shows, in a terminal or by a client that speaks RPC. Each answers `undefined` or `false` for Escape. */
export interface PageDialogs {
	/** Whether somebody is there to answer. Without one, use `tell` only. */
	readonly isAttended: boolean;
	choose<T>(menu: {
		/** The first line is the heading. */
		readonly title: string;
		/** More to stand below the heading, asked again like the choices. */
		readonly about?: () => string;
		/** Asked again while the menu is open. */
		readonly choices: () => readonly PageChoice<T>[];
		readonly empty?: string;
	}): Promise<T | undefined>;
	/** One line of text. */
	ask(title: string, prefill?: string): Promise<string | undefined>;
	confirm(title: string, message: string): Promise<boolean>;
	/** Many lines of text. */
	edit(title: string, text: string): Promise<string | undefined>;
	/** A text to read. */
	read(title: string, text: string): Promise<void>;
	/** Said in passing. */
	tell(text: string, tone: "info" | "warning" | "error"): void;
}
