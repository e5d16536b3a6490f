import type { ExtensionUIContext } from "@mariozechner/pi-coding-agent";
import { shownValue } from "../../config/shown-value.ts";
import { plainLine } from "../../format/plain-text.ts";
import type { Choice, Dialogs, Menu } from "../dialogs.ts";

type Asked = Pick<Dialogs, "choose" | "ask" | "confirm" | "read">;
type ClientUi = Pick<ExtensionUIContext, "select" | "input" | "confirm" | "notify">;

/** The same questions for a client that speaks RPC: it knows choices, lines and yes or no, and no keys. */
export function clientDialogs(ui: ClientUi, closed: AbortSignal): Asked {
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
			// The older host's client is not told what a field begins with, so it is said in the title.
			const heading = prefill === "" ? title : `${title}\nat present: ${prefill}`;
			return textIn(await ui.input(heading, prefill, { signal: closed }));
		},
		confirm: async (title, message) => (await ui.confirm(title, message, { signal: closed })) === true,
		read: async (title, text) => ui.notify(`${title}\n\n${text}`, "info"),
	};
}

/** The host hands on whatever a client answers. */
export function textIn(answer: unknown): string | undefined {
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
