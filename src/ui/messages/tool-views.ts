import type { Theme, ToolDefinition } from "@mariozechner/pi-coding-agent";
import { type Component, Container, Spacer, Text } from "@mariozechner/pi-tui";
import type { TSchema } from "typebox";
import { durationMs, recordIn, type SubagentRecord } from "../../domain/subagent-record.ts";
import { isLive } from "../../domain/subagent-state.ts";
import { formatCount } from "../../format/figures.ts";
import { figuresLine, remarkForPerson, resultForPerson } from "../../format/outcome-text.ts";
import { plainLine, plainText } from "../../platform/plain-text.ts";
import { Clamped, Line } from "../components/line.ts";
import { lookOf } from "../components/subagent-line.ts";
import { typePaint } from "../components/type-colors.ts";
import { drawCompletion, drawResult, drawWords } from "./notification-view.ts";

type Details = SubagentRecord & { readonly activity?: string; readonly notes?: string };
type View = Required<Pick<ToolDefinition<TSchema, Details>, "renderCall" | "renderResult">>;

/**
 * How the `subagent` tool looks in the conversation: the call in one line, its outcome below.
 *
 * @param clock for the elapsed time of what still runs, epoch milliseconds
 * @param backgroundKeys the keys that move it to the background; absent where there are none
 */
export function createSubagentToolView(clock: () => number, backgroundKeys?: string): View {
	return {
		renderCall: (args, theme, { expanded }) => drawCall(args as CallArguments, theme, expanded),
		renderResult: ({ content, details }, { expanded, isPartial }, theme) => {
			const record = recordIn<Details>(details);
			if (record)
				return drawRecord(record, {
					theme,
					expanded,
					now: clock(),
					backgroundKeys: isPartial ? backgroundKeys : undefined,
				});
			return drawWords(content, theme, isPartial ? "muted" : "error");
		},
	};
}

/** The arguments may still be streaming in. */
type CallArguments = { subagent_type?: unknown; description?: unknown; prompt?: unknown } | undefined;

function drawCall(args: CallArguments, theme: Theme, expanded: boolean): Component {
	const box = new Container();
	const type = lineOf(args?.subagent_type);
	box.addChild(
		new Line([
			{ text: "subagent ", paint: (text) => theme.fg("toolTitle", theme.bold(text)) },
			{ text: `${type || "…"} `, paint: typePaint(type, theme) ?? ((text) => theme.fg("accent", text)) },
			{ text: lineOf(args?.description), paint: (text) => theme.fg("muted", text) },
		]),
	);
	const prompt = plainText(textOf(args?.prompt));
	if (expanded && prompt !== "") {
		box.addChild(new Text(theme.fg("dim", prompt), 0, 0));
		box.addChild(new Spacer(1));
	}
	return new Clamped(box);
}

interface Drawing {
	readonly theme: Theme;
	readonly expanded: boolean;
	readonly now: number;
	readonly backgroundKeys: string | undefined;
}

function drawRecord(record: Details, drawing: Drawing): Component {
	const { theme, expanded, now, backgroundKeys } = drawing;
	const box = new Container();
	if (record.isBackground && isLive(record.status)) return drawDeparture(record, theme);
	const { glyph, color } = lookOf(record.status);
	box.addChild(new Text(theme.fg(color, `${glyph} ${figuresLine(record, now)}${turnsPart(record)}`), 0, 0));
	for (const note of record.notes?.split("\n") ?? []) {
		box.addChild(new Line([{ text: `  ${plainLine(note)}`, paint: (text) => theme.fg("warning", text) }]));
	}
	if (record.activity !== undefined) {
		box.addChild(new Line([{ text: `  ${plainLine(record.activity)}`, paint: (text) => theme.fg("dim", text) }]));
	}
	if (backgroundKeys !== undefined && isLive(record.status)) {
		box.addChild(
			new Line([{ text: `  ${backgroundKeys}: move to the background`, paint: (text) => theme.fg("dim", text) }]),
		);
	}
	const remark = remarkForPerson(record);
	if (remark !== "") box.addChild(new Text(theme.fg("warning", plainText(remark)), 0, 0));
	if (record.error) box.addChild(new Text(theme.fg("error", plainText(record.error)), 0, 0));
	if (record.status === "aborted") box.addChild(new Text(theme.fg("warning", CUT_OFF), 0, 0));
	if (record.result) drawResult(box, resultForPerson(record), { theme, expanded });
	if (expanded && record.transcriptFile) {
		box.addChild(new Text(theme.fg("dim", `transcript ${plainLine(record.transcriptFile)}`), 0, 0));
	}
	return new Clamped(box);
}

const CUT_OFF = "Cut off: it went past its turn limit and its grace turns.";

/** The call is over and the run continues elsewhere: in the past tense, because this line stays in the conversation. */
function drawDeparture({ status, id }: Details, theme: Theme): Component {
	const text = `→ ${status === "queued" ? "queued" : "started"} in the background · id ${id}`;
	return new Clamped(new Text(theme.fg("muted", plainText(text)), 0, 0)); // the id is what one needs of it, so never cut
}

function turnsPart({ run: { turns }, maxTurns, status }: SubagentRecord): string {
	const limit = maxTurns === undefined ? "" : `, limit ${maxTurns}`;
	if (isLive(status)) return ` · turn ${Math.max(1, turns)}${limit}`;
	return ` · ${formatCount(turns, "turn")}${limit}`;
}

function lineOf(value: unknown): string {
	return plainLine(textOf(value));
}

function textOf(value: unknown): string {
	return typeof value === "string" ? value : "";
}

type LookupView = Required<Pick<ToolDefinition<TSchema, unknown>, "renderCall" | "renderResult">>;

/**
 * How calls of `get_subagent_result` and `steer_subagent` look: the call in one line, a few lines of its outcome below, and
 * all of the answer when expanded.
 *
 * @param clock for the elapsed time of what still runs, epoch milliseconds
 */
export function createLookupToolView(tool: string, clock: () => number): LookupView {
	return {
		renderCall: (args, theme) => drawLookupCall(tool, args as object | undefined, theme),
		renderResult: ({ content, details }, { expanded }, theme, { isError }) => {
			const record = recordIn(details);
			if (record && !expanded) return drawFound(record, theme, clock());
			return drawWords(content, theme, isError ? "error" : "toolOutput");
		},
	};
}

/** The arguments may still be streaming in. */
function drawLookupCall(tool: string, args: object | undefined, theme: Theme): Component {
	const { agent_id, wait, message } = (args ?? {}) as { agent_id?: unknown; wait?: unknown; message?: unknown };
	const note =
		wait === true ? " waits until it has ended" : typeof message === "string" ? ` ${plainLine(message)}` : "";
	const line = new Line([
		{ text: `${tool} `, paint: (text) => theme.fg("toolTitle", theme.bold(text)) },
		{ text: (typeof agent_id === "string" && plainLine(agent_id)) || "…", paint: (text) => theme.fg("accent", text) },
		{ text: note, paint: (text) => theme.fg("muted", text) },
	]);
	return new Clamped(line);
}

function drawFound(record: SubagentRecord, theme: Theme, now: number): Component {
	const box = new Container();
	const figures = {
		durationMs: durationMs(record, now),
		totalTokens: record.run.tokens,
		toolUses: record.run.toolUses,
	};
	drawCompletion(box, { ...record, ...figures, text: resultForPerson(record) }, { theme, expanded: false });
	return new Clamped(box);
}
