import type { ExtensionUIContext } from "@mariozechner/pi-coding-agent";
import type { Dialogs } from "../dialogs.ts";
import { clientDialogs } from "./client-dialogs.ts";
import { terminalDialogs } from "./terminal-dialogs.ts";

export type DialogsUi = Pick<ExtensionUIContext, "custom" | "select" | "input" | "confirm" | "editor" | "notify">;

export interface SessionDialogs extends Dialogs {
	/** Whether there are keys and a screen; a client that speaks RPC has neither. */
	isTerminal(): Promise<boolean>;
}

/** What a person is asked and shown in one session. @param closed when the session ends: what is open then is closed */
export function createDialogs(ui: DialogsUi, closed: AbortSignal): SessionDialogs {
	let terminal: Promise<boolean> | undefined;
	const isTerminal = () => {
		terminal ??= hasTerminal(ui);
		return terminal;
	};
	const asked = async () => ((await isTerminal()) ? terminalDialogs : clientDialogs)(ui, closed);
	const untilClosed = async <T>(answer: () => Promise<T>) => (closed.aborted ? undefined : beforeAbort(closed, answer));
	return {
		isTerminal,
		choose: (menu) => untilClosed(async () => (await asked()).choose(menu)),
		ask: (title, prefill) => untilClosed(async () => (await asked()).ask(title, prefill)),
		confirm: async (title, message) =>
			(await untilClosed(async () => (await asked()).confirm(title, message))) ?? false,
		edit: (title, text) => untilClosed(() => ui.editor(title, text)),
		read: async (title, text) => void (await untilClosed(async () => (await asked()).read(title, text))),
		tell: (text, tone) => {
			if (!closed.aborted) ui.notify(text, tone);
		},
	};
}

/** The older host does not tell its terminal from its RPC mode, except that nobody draws there: the factory is not called. */
async function hasTerminal(ui: Pick<ExtensionUIContext, "custom">): Promise<boolean> {
	let isDrawn = false;
	await ui.custom<undefined>((_tui, _theme, _keys, done) => {
		isDrawn = true;
		done(undefined);
		return { render: () => [], invalidate: () => {} };
	});
	return isDrawn;
}

/** Not every dialog of the host ends with the session by itself. */
async function beforeAbort<T>(closed: AbortSignal, answer: () => Promise<T>): Promise<T | undefined> {
	let leave = () => {};
	const aborted = new Promise<undefined>((resolve) => {
		leave = () => resolve(undefined);
		closed.addEventListener("abort", leave);
	});
	try {
		return await Promise.race([answer(), aborted]);
	} finally {
		closed.removeEventListener("abort", leave);
	}
}
