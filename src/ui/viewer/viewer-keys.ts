import type { KeybindingsManager } from "@mariozechner/pi-coding-agent";
import { decodeKittyPrintable, matchesKey } from "@mariozechner/pi-tui";

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
	e: "export",
};
