import type { KeybindingsManager } from "@mariozechner/pi-coding-agent";
import { boundHint, type Hint, moveHint, wayOutHint } from "../dialogs/hint-lines.ts";

/** The most wanted first: a small screen shows no more of them than it has room for. */
export function viewerHints(
	keys: KeybindingsManager,
	{ searching, listens }: { readonly searching: boolean; readonly listens: boolean },
): readonly Hint[] {
	return [
		...wayOutHint(keys, searching ? "end search" : "close"),
		...(searching ? [{ key: "n/N", does: "next/previous match" }] : []),
		...moveHint(keys, "scroll"),
		{ key: "/", does: "search" },
		{ key: "[ ]", does: "turn before/after" },
		...(listens ? [{ key: "s", does: "steer" }] : []),
		{ key: "e", does: "export" },
		{ key: "g/G", does: "start/end" },
		...boundHint(keys, "app.tools.expand", "expand"),
		...boundHint(keys, "app.thinking.toggle", "thinking"),
		...boundHint(keys, "tui.select.pageDown", "page"),
	];
}

export function promptHints(keys: KeybindingsManager): readonly Hint[] {
	return [...boundHint(keys, "tui.input.submit", "done"), ...wayOutHint(keys, "back")];
}
