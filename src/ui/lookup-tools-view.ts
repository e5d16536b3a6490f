import type { Theme, ToolDefinition } from "@mariozechner/pi-coding-agent";
import { type Component, Container } from "@mariozechner/pi-tui";
import type { TSchema } from "typebox";
import { durationMs, recordIn, type SubagentRecord, totalTokens } from "../domain/subagent-record.ts";
import { plainLine } from "../format/plain-text.ts";
import { Clamped } from "./clamped.ts";
import { drawCompletion } from "./completion-view.ts";
import { Line } from "./line.ts";
import { drawWords } from "./result-view.ts";

type View = Required<Pick<ToolDefinition<TSchema, unknown>, "renderCall" | "renderResult">>;

/**
 * How calls of `get_subagent_result` and `steer_subagent` look: the call in one line, below it what came of it in a few, and
 * all of the answer when expanded.
 *
 * @param clock for the elapsed time of what still runs, epoch milliseconds
 */
export function createLookupToolView(tool: string, clock: () => number): View {
	return {
		renderCall: (args, theme) => drawCall(tool, args as object | undefined, theme),
		renderResult: ({ content, details }, { expanded }, theme, { isError }) => {
			const record = recordIn(details);
			if (record && !expanded) return drawFound(record, theme, clock());
			return drawWords(content, theme, isError ? "error" : "toolOutput");
		},
	};
}

/** The arguments may still be streaming in. */
function drawCall(tool: string, args: object | undefined, theme: Theme): Component {
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
	const figures = { durationMs: durationMs(record, now), totalTokens: totalTokens(record.lifetimeUsage) };
	drawCompletion(box, { ...record, ...figures, text: record.result ?? "" }, { theme, expanded: false });
	return new Clamped(box);
}
