import type { Theme } from "@mariozechner/pi-coding-agent";
import { formatCount } from "../../format/figures.ts";
import { inTerminalsSigns, Line } from "../components/line.ts";

import { activityLine, type LineSpace, subagentLine } from "../components/subagent-line.ts";
import type { SubagentSnapshot } from "../subagent-commands.ts";

/** What the widget shows at one moment, oldest first. */
export interface WidgetView {
	/** Those that run, and those that ended a few seconds ago. */
	readonly shown: readonly SubagentSnapshot[];
	readonly queued: number;
	/** The keys that open the list; absent where there are none. */
	readonly listKeys?: string | undefined;
}

export interface WidgetSpace extends LineSpace {
	/** Of the whole terminal. */
	readonly rows: number;
	/** Rows that a dialog in place of the editor takes of them; 0 for none. */
	readonly taken: number;
}

const NARROW = 20;
const HOST_ROWS = 4; // the host's own lines below, and the blank one above
/**
 * The widget: two lines for each running subagent, one for each that has ended, a count of the queued ones. A third of the screen
 * at most: then what they are doing is left out, then the rest is counted. A dialog goes before it: what has left the screen at its
 * top the host can only change by drawing the whole conversation anew.
 */
export function widgetLines({ shown, queued, listKeys }: WidgetView, whole: WidgetSpace): string[] {
	if (whole.width < 1 || shown.length + queued === 0) return [];
	const margin = whole.width > NARROW ? " " : ""; // as the host's own lines have it
	const space = { ...whole, width: whole.width - margin.length };
	const most = mostRows(space);
	if (most < 1) return [];
	const waiting = queued > 0 ? 1 : 0;
	const inFull = shown.reduce((sum, snapshot) => sum + (isAtWork(snapshot) ? 2 : 1), waiting);
	const fits = shown.length + waiting <= most;
	const drawn = fits ? shown : mostImportant(shown, most - 1);
	const rest = summary({ hidden: shown.filter((snapshot) => !drawn.includes(snapshot)), queued });
	const more = listKeys === undefined ? "/agents shows all" : `${listKeys}: list all`;
	const lines = [
		...drawn.flatMap((snapshot) => drawOne(snapshot, space, inFull <= most)),
		...(rest === "" ? [] : [summaryLine(rest, more, space)]),
	];
	const hasRoom = rest === "" && listKeys !== undefined && lines.length < most;
	const hint = { text: `${listKeys}: list, steer, stop`, paint: (text: string) => space.theme.fg("dim", text) };
	return [...lines, ...(hasRoom ? new Line([hint]).render(space.width) : [])].map(
		(line) => margin + inTerminalsSigns(line),
	);
}

function mostRows({ rows, taken }: WidgetSpace): number {
	const third = Math.max(1, Math.floor(rows / 3));
	return taken === 0 ? third : Math.min(third, rows - HOST_ROWS - taken);
}

function drawOne(snapshot: SubagentSnapshot, space: LineSpace, inFull: boolean): string[] {
	const line = subagentLine(snapshot, space);
	return inFull && isAtWork(snapshot) ? [line, activityLine(snapshot, space)] : [line];
}

/** Those that run go before those that have ended. */
function mostImportant(shown: readonly SubagentSnapshot[], room: number): readonly SubagentSnapshot[] {
	const chosen = new Set([...shown.filter(isAtWork), ...shown.filter((one) => !isAtWork(one))].slice(0, room));
	return shown.filter((snapshot) => chosen.has(snapshot));
}

function summary({ hidden, queued }: { hidden: readonly SubagentSnapshot[]; queued: number }): string {
	const working = hidden.filter(isAtWork).length;
	const ended = hidden.length - working;
	const counts = [
		working > 0 && `${working} more running`,
		ended > 0 && `${ended} more ended`,
		queued > 0 && `${formatCount(queued, "subagent")} queued`,
	].filter((part) => part !== false);
	return counts.length === 0 ? "" : `○ ${counts.join(" · ")}`;
}

function summaryLine(text: string, more: string, { width, theme }: { width: number; theme: Theme }): string {
	const pieces = [
		{ text, paint: (part: string) => theme.fg("muted", part) },
		{ text: ` · ${more}`, paint: (part: string) => theme.fg("dim", part) },
	];
	const [whole = ""] = new Line(pieces).render(width);
	return whole;
}

function isAtWork({ record }: SubagentSnapshot): boolean {
	return record.status === "running";
}
