import type { ExtensionUIContext } from "@mariozechner/pi-coding-agent";
import type { SessionDialogs } from "../dialogs.ts";
import { plainUi } from "../plain-ui.ts";
import { clientDialogs, textIn } from "./client-dialogs.ts";
import { EditorPlace } from "./editor-place.ts";
import { terminalDialogs } from "./terminal-dialogs.ts";

export type DialogsUi = Pick<ExtensionUIContext, "custom" | "select" | "input" | "confirm" | "editor" | "notify">;

interface Terminal {
	readonly place: EditorPlace | undefined;
}

/** What a person is asked and shown in one session. @param closed when the session ends: what is open then is closed */
export function createDialogs(host: DialogsUi, closed: AbortSignal): SessionDialogs {
	const ui = plainUi(host);
	let looked: Promise<Terminal | undefined> | undefined;
	const terminal = () => {
		looked ??= findTerminal(host);
		return looked;
	};
	const asked = async () => {
		const found = await terminal();
		await found?.place?.untilFree(closed);
		return found ? terminalDialogs(host, closed, found.place) : clientDialogs(ui, closed);
	};
	const edit = async (title: string, text: string) => {
		const place = (await terminal())?.place;
		await place?.untilFree(closed);
		if (closed.aborted) return undefined;
		const edited = ui.editor(title, text);
		return textIn(await edited.finally(place?.keepDialog()));
	};
	const untilClosed = async <T>(answer: () => Promise<T>) => (closed.aborted ? undefined : beforeAbort(closed, answer));
	return {
		isTerminal: async () => (await terminal()) !== undefined,
		choose: (menu) => untilClosed(async () => (await asked()).choose(menu)),
		ask: (title, prefill) => untilClosed(async () => (await asked()).ask(title, prefill)),
		confirm: async (title, message) =>
			(await untilClosed(async () => (await asked()).confirm(title, message))) ?? false,
		edit: (title, text) => untilClosed(() => edit(title, text)),
		read: async (title, text) => void (await untilClosed(async () => (await asked()).read(title, text))),
		tell: (text, tone) => {
			if (!closed.aborted) ui.notify(text, tone);
		},
	};
}

/** The older host does not tell its terminal from its RPC mode, except that nobody draws there: the factory is not called. */
async function findTerminal(ui: Pick<ExtensionUIContext, "custom">): Promise<Terminal | undefined> {
	let terminal: Terminal | undefined;
	await ui.custom<undefined>((tui, _theme, _keys, done) => {
		terminal = { place: EditorPlace.in(tui) };
		done(undefined);
		return { render: () => [], invalidate: () => {} };
	});
	return terminal;
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
