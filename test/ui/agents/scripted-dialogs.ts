import type { SessionDialogs } from "../../../src/ui/dialogs/create-dialogs.ts";
import type { Menu } from "../../../src/ui/dialogs.ts";

/** What a person does at the next dialog: chooses what is labelled so, presses a key on it, types, says yes or no, or steps back. */
export type Step = string | boolean | "escape" | { readonly key: string; readonly on?: string };

/** A person with a plan; when it is through, every dialog is left with Escape. What is seen is noted. */
export function scriptedDialogs(steps: readonly Step[], surface: "terminal" | "client" = "terminal") {
	const left = [...steps];
	const seen: string[] = [];
	const told: [string, string][] = [];
	const shown: [string, string][] = [];
	const next = (title: string): Step => {
		seen.push(title);
		return left.shift() ?? "escape";
	};
	const dialogs: SessionDialogs = {
		isTerminal: async () => surface === "terminal",
		choose: async <T>(menu: Menu<T>) => {
			const { title, about, choices, keys = [] } = menu;
			const all = choices();
			const labels = all.map(({ label }) => label);
			const step = next([title, ...(about ? [about()] : []), ...labels].join("\n"));
			if (step === "escape") return undefined;
			const wanted = typeof step === "object" ? step.on : step;
			const chosen = all.find(({ label }) => label.includes(String(wanted)));
			if (wanted !== undefined && !chosen) throw new Error(`no ${JSON.stringify(step)} among ${labels.join(" / ")}`);
			if (typeof step !== "object") return chosen?.value;
			const answers = keys.filter(({ key }) => key === step.key).map(({ answer }) => answer(chosen?.value));
			return answers.find((answer) => answer !== undefined);
		},
		ask: async (title, prefill) => {
			const step = next(`${title} [${prefill ?? ""}]`);
			return step === "escape" ? undefined : String(step);
		},
		confirm: async (title, message) => next(`${title}\n${message}`) === true,
		edit: async (title) => {
			const step = next(title);
			return step === "escape" ? undefined : String(step);
		},
		read: async (title, text) => void shown.push([title, text]),
		tell: (text, tone) => void told.push([tone, text]),
	};
	return { dialogs, seen, told, shown, left };
}
