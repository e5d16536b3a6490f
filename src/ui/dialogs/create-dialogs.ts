import type { ExtensionUIContext } from "@mariozechner/pi-coding-agent";
import { shownValue } from "../../platform/describe.ts";
import { plainLine, plainText } from "../../platform/plain-text.ts";
import type { Choice, Dialogs, Menu, SessionDialogs } from "./dialogs.ts";
import { EditorPlace } from "./editor-place.ts";
import { MenuScreen } from "./menu-screen.ts";
import { type BuildScreen, openScreen } from "./open-screen.ts";
import { PageScreen } from "./page-screen.ts";
import { QuestionScreen } from "./question-screen.ts";

export type DialogsUi = Pick<ExtensionUIContext, "custom" | "select" | "input" | "confirm" | "editor" | "notify">;

interface Terminal {
	readonly place: EditorPlace | undefined;
}

/** The dialogs of one session. @param closed when the session ends: what is open then is closed */
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

type Asked = Pick<Dialogs, "choose" | "ask" | "confirm" | "read">;
type ClientUi = Pick<ExtensionUIContext, "select" | "input" | "confirm" | "notify">;

/** The same questions for a client that speaks RPC: it knows choices, lines and yes or no, and no keys. */
function clientDialogs(ui: ClientUi, closed: AbortSignal): Asked {
	return {
		choose: async <T>({ title, about, choices, empty }: Menu<T>) => {
			const labels = distinct(choices());
			if (labels.size === 0) {
				ui.notify(empty ?? `${title}: there is nothing to choose`, "info");
				return undefined;
			}
			const heading = [title, ...(about ? [about()] : [])].filter((text) => text !== "").join("\n");
			const label = await ui.select(heading, [...labels.keys()], { signal: closed });
			if (label === undefined) return undefined;
			const chosen = labels.get(label);
			if (!chosen) ui.notify(`${shownValue(label)} is none of the choices, so nothing was chosen`, "warning");
			return chosen?.value;
		},
		ask: async (title, prefill = "") => {
			// The older host's client does not get the initial value of a field, so the title names it.
			const heading = prefill === "" ? title : `${title}\nat present: ${prefill}`;
			return textIn(await ui.input(heading, prefill, { signal: closed }));
		},
		confirm: async (title, message) => (await ui.confirm(title, message, { signal: closed })) === true,
		read: async (title, text) => ui.notify(`${title}\n\n${text}`, "info"),
	};
}

/** The host passes on any answer of a client. */
function textIn(answer: unknown): string | undefined {
	return typeof answer === "string" ? answer : undefined;
}

/** The answer is the label alone, so no two may be the same. */
function distinct<T>(choices: readonly Choice<T>[]): ReadonlyMap<string, Choice<T>> {
	const labels = new Map<string, Choice<T>>();
	for (const choice of choices) {
		const label = plainLine(choice.label);
		let [candidate, count] = [label, 1];
		while (labels.has(candidate)) candidate = `${label} (${++count})`;
		labels.set(candidate, choice);
	}
	return labels;
}

type AskedInTerminal = Pick<Dialogs, "choose" | "ask" | "confirm" | "read">;

/** Screens in place of the editor, as the host's own selectors are. */
function terminalDialogs(
	ui: Pick<ExtensionUIContext, "custom">,
	closed: AbortSignal,
	place: EditorPlace | undefined,
): AskedInTerminal {
	const put = <T>(title: string, build: BuildScreen<T>) =>
		openScreen({ ui, closed, place, question: firstLine(title) }, build);
	const choose = <T>(menu: Menu<T>) => put<T>(menu.title, (surface, answer) => new MenuScreen(menu, surface, answer));
	return {
		choose,
		ask: (title, prefill = "") =>
			put<string>(title, (surface, answer) => new QuestionScreen(title, prefill, surface, answer)),
		confirm: async (title, message) => (await choose(yesOrNo(`${title}\n${message}`))) === "yes",
		read: async (title, text) => {
			await openScreen(
				{ ui, closed, place },
				(surface, answer) => new PageScreen(title, text, surface, () => answer(undefined)),
			);
		},
	};
}

function firstLine(title: string): string {
	return plainLine(title.split("\n")[0] ?? "");
}

/** "No" is where the cursor begins: what is asked for cannot be undone. */
function yesOrNo(title: string): Menu<"yes" | "no"> {
	const choices = [
		{ value: "no", label: "No" },
		{ value: "yes", label: "Yes" },
	] as const;
	return {
		title,
		choices: () => choices,
		keys: [
			{ key: "y", does: "yes", answer: () => "yes" },
			{ key: "n", does: "no", answer: () => "no" },
		],
	};
}

type Spoken = Pick<ExtensionUIContext, "select" | "input" | "confirm" | "editor" | "notify">;

/**
 * The host's dialogs and notices with every text made safe to print. Nothing of ours reaches them any other way: names, paths and
 * messages come from files, models and other people's programs. What is drawn goes out through `Clamped`.
 */
function plainUi(ui: Spoken): Spoken {
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

/**
 * Where nobody is there to be asked, as in print mode: a menu is what could be chosen; a word that was typed is meant. In print
 * mode answers go to stdout and an error makes pi end with code 1; elsewhere all goes to stderr, for stdout is the host's.
 *
 * @param argv of the process: the older host does not tell print mode from JSON mode
 */
export function unattendedDialogs(argv: readonly string[] = process.argv): SessionDialogs {
	const isPrinting = printsText(argv);
	const answer = isPrinting ? print : say;
	return {
		isTerminal: async () => false,
		choose: async ({ choices }) => {
			for (const { label, description } of choices()) answer([label, description].filter(Boolean).join("\n  "));
			return undefined;
		},
		ask: async () => undefined,
		confirm: async () => true,
		edit: async () => undefined,
		read: async (_title, text) => answer(text),
		tell: (text, tone) => {
			if (tone !== "error") return answer(text);
			say(text);
			if (isPrinting) process.exitCode = 1;
		},
	};
}

/** Whether pi was started to print text and end. */
function printsText(argv: readonly string[]): boolean {
	const mode = argv.includes("--mode") ? argv[argv.indexOf("--mode") + 1] : "text";
	return (argv.includes("-p") || argv.includes("--print")) && mode === "text";
}

function say(text: string): void {
	console.error(plainText(text));
}

/** In print mode the host sends what is written to stdout to stderr, by a method of the stream itself; this is the one below. */
function print(text: string): void {
	const { write } = Object.getPrototypeOf(process.stdout) as typeof process.stdout;
	write.call(process.stdout, `${plainText(text)}\n`);
}
