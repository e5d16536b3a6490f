import type { ExtensionUIContext } from "@mariozechner/pi-coding-agent";
import { plainLine } from "../../format/plain-text.ts";
import type { Dialogs, Menu } from "../dialogs.ts";
import type { EditorPlace } from "./editor-place.ts";
import { MenuScreen } from "./menu-screen.ts";
import { type BuildScreen, openScreen } from "./open-screen.ts";
import { PageScreen } from "./page-screen.ts";
import { QuestionScreen } from "./question-screen.ts";

type Asked = Pick<Dialogs, "choose" | "ask" | "confirm" | "read">;

/** Screens in place of the editor, as the host's own selectors are. */
export function terminalDialogs(
	ui: Pick<ExtensionUIContext, "custom">,
	closed: AbortSignal,
	place: EditorPlace | undefined,
): Asked {
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
