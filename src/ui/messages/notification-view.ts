import { getMarkdownTheme, keyHint, type MessageRenderer, type Theme } from "@mariozechner/pi-coding-agent";
import { Box, type Component, type Container, Markdown, Spacer, Text } from "@mariozechner/pi-tui";
import type { SubagentRecord } from "../../domain/subagent-record.ts";
import type { SubagentStatus } from "../../domain/subagent-state.ts";
import { formatCount, formatDuration, formatTokens } from "../../format/figures.ts";
import { remarkForPerson } from "../../format/outcome-text.ts";
import { plainLabel, plainText } from "../../platform/plain-text.ts";
import { Clamped, FittedLine, INDISPENSABLE, Line } from "../components/line.ts";
import { lookOf } from "../components/subagent-line.ts";
import { namePaint } from "../components/type-colors.ts";

/** What a notification's details hold of one run. */
interface Told extends Omit<ShownCompletion, "text"> {
	readonly id?: string;
	readonly attempt?: number;
	readonly resultPreview: string;
}

type Details = Told & { readonly others?: readonly Told[] };

/**
 * The runs that have ended, in one box, each with its figures and the start of its result; the whole result when expanded. The
 * model reads the message itself.
 *
 * @param resultOf the whole result of a subagent's run; nothing where a later run has taken its place or nobody knows it
 */
export function createNotificationView(
	resultOf: (id: string, attempt: number) => string | undefined,
): MessageRenderer<Details> {
	return ({ details }, { expanded }, theme) => {
		if (!isCompletion(details)) return undefined; // the host then shows the text
		const box = new Box(1, 1, (text) => theme.bg("customMessageBg", text)); // as the host draws custom messages
		for (const told of [details, ...(details.others ?? [])]) {
			const whole = expanded ? resultOf(`${told.id}`, told.attempt ?? 1) : undefined;
			drawCompletion(box, { ...told, text: whole ?? told.resultPreview }, { theme, expanded });
		}
		return new Clamped(box) as Component;
	};
}

/** A session file may hold what another version, or another hand, has written. */
function isCompletion(details: Partial<Details> | undefined): details is Details {
	const { others = [], ...first } = details ?? {};
	return Array.isArray(others) && [first, ...others].every(hasAllFields);
}

function hasAllFields(told: Partial<Told> | null | undefined): boolean {
	const { type, description, status, toolUses, totalTokens, durationMs, resultPreview, error = "" } = told ?? {};
	const texts = [type, description, status, resultPreview, error];
	const figures = [toolUses, totalTokens, durationMs];
	return texts.every((text) => typeof text === "string") && figures.every((figure) => typeof figure === "number");
}

/** The outcome of one run. */
export interface ShownCompletion {
	readonly type: string;
	readonly description: string;
	readonly status: SubagentStatus;
	readonly toolUses: number;
	readonly totalTokens: number;
	readonly durationMs: number;
	readonly error?: string | undefined;
	readonly lastReply?: SubagentRecord["lastReply"];
	/** `""` where it wrote nothing. */
	readonly text: string;
}

/** Adds a run that has ended, or continues: one line of figures, then why it failed or the beginning of what it wrote. */
export function drawCompletion(
	box: Pick<Container, "addChild">,
	completion: ShownCompletion,
	drawing: { readonly theme: Theme; readonly expanded: boolean },
): void {
	const { theme } = drawing;
	const { glyph, color } = lookOf(completion.status);
	const muted = (text: string) => theme.fg("muted", text);
	box.addChild(
		new FittedLine({
			name: {
				text: `${glyph} ${plainLabel(completion.type)}`,
				paint: namePaint(completion.type, theme, { glyph, paint: (text) => theme.fg(color, text) }),
			},
			description: { text: plainLabel(completion.description), paint: (text) => text },
			figures: [
				{ text: plainLabel(completion.status), weight: INDISPENSABLE, paint: muted },
				{ text: formatDuration(completion.durationMs), weight: 3, paint: muted },
				{ text: formatCount(completion.toolUses, "tool use"), weight: 1, paint: muted },
				{ text: `${formatTokens(completion.totalTokens)} tokens`, weight: 2, paint: muted },
			],
			dim: muted,
		}),
	);
	const { error, text } = completion;
	const remark = remarkForPerson(completion);
	if (remark !== "") box.addChild(new Text(theme.fg("warning", plainText(remark)), 0, 0));
	if (error) box.addChild(new Text(theme.fg("error", plainText(error)), 0, 0));
	if (text !== "" && text !== error && (!error || drawing.expanded)) drawResult(box, text, drawing);
}

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
		.filter((line) => line.trim() !== "" && !/^\s*(```|~~~)/.test(line)); // a fence says nothing in three lines
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
