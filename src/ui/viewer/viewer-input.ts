import type { KeybindingsManager } from "@mariozechner/pi-coding-agent";
import { decodeKittyPrintable, matchesKey } from "@mariozechner/pi-tui";
import { boundHint, type Hint, moveHint, wayOutHint } from "../dialogs/hint-lines.ts";
import { OneLineInput } from "../dialogs/question-screen.ts";

export type ViewerAction =
	| "back"
	| "up"
	| "down"
	| "page-up"
	| "page-down"
	| "start"
	| "end"
	| "previous-turn"
	| "next-turn"
	| "search"
	| "next-match"
	| "previous-match"
	| "steer"
	| "stop"
	| "background"
	| "resume"
	| "close-all"
	| "export"
	| "expand"
	| "thinking";

type Bindings = Pick<KeybindingsManager, "matches">;

/** What a key means in the viewer; the person's own bindings come first. */
export function actionOf(data: string, bindings: Bindings): ViewerAction | undefined {
	const bound = BOUND.find(([binding]) => bindings.matches(data, binding));
	if (bound) return bound[1];
	const named = NAMED.find(([key]) => matchesKey(data, key));
	return named?.[1] ?? LETTERS[decodeKittyPrintable(data) ?? data];
}

const BOUND: readonly (readonly [Parameters<Bindings["matches"]>[1], ViewerAction])[] = [
	["tui.select.cancel", "back"],
	["tui.select.up", "up"],
	["tui.select.down", "down"],
	["tui.select.pageUp", "page-up"],
	["tui.select.pageDown", "page-down"],
	["app.tools.expand", "expand"],
	["app.thinking.toggle", "thinking"],
];

const NAMED: readonly (readonly [Parameters<typeof matchesKey>[1], ViewerAction])[] = [
	["home", "start"],
	["end", "end"],
	["space", "page-down"],
];

const LETTERS: Readonly<Record<string, ViewerAction | undefined>> = {
	g: "start",
	G: "end",
	"[": "previous-turn",
	"]": "next-turn",
	"/": "search",
	n: "next-match",
	N: "previous-match",
	s: "steer",
	x: "stop",
	b: "background",
	r: "resume",
	q: "close-all",
	e: "export",
};

/** What can be done with the subagent as it is now. */
export type ViewerAbilities = Readonly<Record<"steer" | "stop" | "background" | "resume", boolean>>;

/** The most wanted first: a small screen shows no more of them than it has room for. */
export function viewerHints(
	keys: KeybindingsManager,
	{ searching, can }: { readonly searching: boolean; readonly can: ViewerAbilities },
): readonly Hint[] {
	return [
		...wayOutHint(keys, searching ? "end search" : "close"),
		...(searching ? [{ key: "n/N", does: "next/previous match" }] : []),
		...moveHint(keys, "scroll"),
		{ key: "/", does: "search" },
		{ key: "[ ]", does: "turn before/after" },
		...(can.steer ? [{ key: "s", does: "steer" }] : []),
		...(can.stop ? [{ key: "x", does: "stop" }] : []),
		...(can.background ? [{ key: "b", does: "background" }] : []),
		...(can.resume ? [{ key: "r", does: "resume" }] : []),
		{ key: "e", does: "export" },
		{ key: "g/G", does: "start/end" },
		...boundHint(keys, "app.tools.expand", "expand"),
		{ key: "q", does: "close all" },
		...boundHint(keys, "app.thinking.toggle", "thinking"),
		...boundHint(keys, "tui.select.pageDown", "page"),
	];
}

export function promptHints(keys: KeybindingsManager): readonly Hint[] {
	return [...boundHint(keys, "tui.input.submit", "done"), ...wayOutHint(keys, "back")];
}

/** What a line of text is asked for. */
export type Purpose = "search" | "steer" | "resume" | "export";

const LABELS: Readonly<Record<Purpose, string>> = {
	search: "Search",
	steer: "Steer",
	resume: "Resume, message (optional)",
	export: "Export to",
};

/** A line to type into, at the foot of the viewer. */
export class ViewerPrompt {
	private readonly input: OneLineInput;

	constructor(
		readonly purpose: Purpose,
		prefill: string,
		answered: (text: string | undefined) => void,
	) {
		this.input = new OneLineInput(prefill);
		this.input.focused = true;
		this.input.onSubmit = answered;
		this.input.onEscape = () => answered(undefined);
	}

	type(data: string): void {
		this.input.handleInput(data);
	}

	line(width: number): string {
		const label = LABELS[this.purpose];
		// Where there is no room for both, the typed text wins.
		if (width < label.length + LEAST_INPUT) return this.input.render(width)[0] ?? "";
		return `${label}${this.input.render(width - label.length)[0] ?? ""}`;
	}
}

const LEAST_INPUT = 12;
