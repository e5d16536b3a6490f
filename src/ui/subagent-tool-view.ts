import { getMarkdownTheme, keyHint, type Theme, type ToolDefinition } from "@mariozechner/pi-coding-agent";
import { type Component, Container, Markdown, Spacer, Text, TruncatedText } from "@mariozechner/pi-tui";
import type { TSchema } from "typebox";
import type { SubagentRecord } from "../domain/subagent-record.ts";
import { isLive, type SubagentStatus } from "../domain/subagent-state.ts";
import { figuresLine } from "../format/outcome-text.ts";
import { plainLine, plainText } from "../format/plain-text.ts";
import { Clamped } from "./clamped.ts";

type Details = SubagentRecord & { readonly activity?: string };
type View = Required<Pick<ToolDefinition<TSchema, Details>, "renderCall" | "renderResult">>;

const PREVIEW_LINES = 3;

/** A glyph and a colour for each status; the word always stands beside them. */
const LOOK: Record<SubagentStatus, { glyph: string; color: Parameters<Theme["fg"]>[0] }> = {
	queued: { glyph: "○", color: "muted" },
	running: { glyph: "●", color: "accent" },
	completed: { glyph: "✓", color: "success" },
	steered: { glyph: "✓", color: "warning" },
	aborted: { glyph: "!", color: "warning" },
	stopped: { glyph: "■", color: "warning" },
	error: { glyph: "✗", color: "error" },
};

/** For a status that a newer version has left in a session. */
const UNKNOWN_LOOK = { glyph: "?", color: "muted" } as const;

/**
 * How the `subagent` tool looks in the conversation: the call in one line, below it what became of it.
 *
 * @param clock for the elapsed time of what still runs, epoch milliseconds
 */
export function createSubagentToolView(clock: () => number): View {
	return {
		renderCall: (args, theme, { expanded }) => drawCall(args as CallArguments, theme, expanded),
		renderResult: (result, { expanded }, theme) => {
			const details = result.details as Partial<Details> | undefined;
			if (!details?.status)
				return new Clamped(new Text(theme.fg("error", plainText(contentText(result.content))), 0, 0));
			return drawRecord(details as Details, { theme, expanded, now: clock() });
		},
	};
}

/** The arguments may still be streaming in. */
type CallArguments = { subagent_type?: unknown; description?: unknown; prompt?: unknown } | undefined;

function drawCall(args: CallArguments, theme: Theme, expanded: boolean): Component {
	const type = theme.fg("accent", lineOf(args?.subagent_type) || "…");
	const head = `${theme.fg("toolTitle", theme.bold("subagent"))} ${type} ${theme.fg("muted", lineOf(args?.description))}`;
	const box = new Container();
	box.addChild(new TruncatedText(head));
	if (expanded) box.addChild(new Text(theme.fg("dim", plainText(textOf(args?.prompt))), 0, 0));
	return new Clamped(box);
}

interface Drawing {
	readonly theme: Theme;
	readonly expanded: boolean;
	readonly now: number;
}

function drawRecord(record: Details, drawing: Drawing): Component {
	const { theme, expanded, now } = drawing;
	const { glyph, color } = LOOK[record.status] ?? UNKNOWN_LOOK;
	const isOnItsOwn = record.isBackground && isLive(record.status);
	const head = isOnItsOwn
		? `${record.status} in the background · id ${record.id}`
		: `${figuresLine(record, now)}${turnsPart(record)}`;
	const box = new Container();
	box.addChild(new Text(theme.fg(color, `${glyph} ${head}`), 0, 0));
	if (record.activity !== undefined)
		box.addChild(new TruncatedText(theme.fg("dim", `  ${plainLine(record.activity)}`)));
	if (record.error) box.addChild(new Text(theme.fg("error", plainText(record.error)), 0, 0));
	if (record.result && expanded) {
		box.addChild(new Spacer(1));
		box.addChild(new Markdown(plainText(record.result), 0, 0, getMarkdownTheme()));
	} else if (record.result) drawPreview(box, record.result, theme);
	if (expanded && record.transcriptFile)
		box.addChild(new Text(theme.fg("dim", `transcript ${plainLine(record.transcriptFile)}`), 0, 0));
	return new Clamped(box);
}

function drawPreview(box: Container, result: string, theme: Theme): void {
	const lines = plainText(result)
		.split("\n")
		.filter((line) => line.trim() !== "");
	for (const line of lines.slice(0, PREVIEW_LINES)) box.addChild(new TruncatedText(theme.fg("toolOutput", line)));
	const more = lines.length - PREVIEW_LINES;
	if (more > 0)
		box.addChild(new TruncatedText(theme.fg("dim", `… ${more} more, ${keyHint("app.tools.expand", "to expand")}`)));
}

function turnsPart(record: SubagentRecord): string {
	if (record.turns === 0 && record.maxTurns === undefined) return "";
	return ` · turn ${record.turns}${record.maxTurns === undefined ? "" : ` of ${record.maxTurns}`}`;
}

function contentText(content: readonly { type: string; text?: string }[]): string {
	return content.map((part) => part.text ?? "").join("");
}

function lineOf(value: unknown): string {
	return plainLine(textOf(value));
}

function textOf(value: unknown): string {
	return typeof value === "string" ? value : "";
}
