import { getMarkdownTheme, keyHint, type Theme } from "@mariozechner/pi-coding-agent";
import { type Component, type Container, Markdown, Spacer, Text } from "@mariozechner/pi-tui";
import { formatCount } from "../format/figures.ts";
import { plainText } from "../format/plain-text.ts";
import { Clamped } from "./clamped.ts";
import { Line } from "./line.ts";

const PREVIEW_LINES = 3;

/** Adds what a subagent wrote: its first lines, or all of it as markdown when expanded. */
export function drawResult(
	box: Pick<Container, "addChild">,
	result: string,
	{ theme, expanded }: { theme: Theme; expanded: boolean },
): void {
	if (expanded) {
		box.addChild(new Spacer(1));
		box.addChild(new Markdown(plainText(result), 0, 0, getMarkdownTheme()));
		return;
	}
	const lines = plainText(result)
		.split("\n")
		.filter((line) => line.trim() !== "" && !/^\s*(```|~~~)/.test(line)); // a fence tells nothing in three lines
	for (const text of lines.slice(0, PREVIEW_LINES)) {
		box.addChild(new Line([{ text, paint: (line) => theme.fg("toolOutput", line) }]));
	}
	const more = lines.length - PREVIEW_LINES;
	if (more <= 0) return;
	const hint = `${theme.fg("dim", `… ${formatCount(more, "more line")}, `)}${keyHint("app.tools.expand", "to expand")}`;
	box.addChild(new Text(hint, 0, 0));
}

/** A tool's result as the model reads it, where there is no record to draw. @param content of unknown origin; images are left out */
export function drawWords(content: unknown, theme: Theme, color: Parameters<Theme["fg"]>[0]): Component {
	const parts: readonly unknown[] = Array.isArray(content) ? content : [content];
	const text = parts.map((part) => (part as { text?: unknown } | null | undefined)?.text ?? "").join("");
	return new Clamped(new Text(theme.fg(color, plainText(text)), 0, 0));
}
