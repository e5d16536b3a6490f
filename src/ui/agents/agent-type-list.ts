import { basename } from "node:path";
import type { Theme, ThemeColor } from "@mariozechner/pi-coding-agent";
import { visibleWidth } from "@mariozechner/pi-tui";
import type { AgentCatalog, AgentOverview } from "../../agents/agent-catalog.ts";
import { colorNamed, type Rgb } from "../../domain/agent-color.ts";
import { plainLine } from "../../platform/plain-text.ts";
import { Line, type Piece } from "../components/line.ts";
import { colorPaint } from "../components/type-colors.ts";
import type { Choice, Dialogs } from "../dialogs/dialogs.ts";
import type { AgentManagement } from "./agent-management.ts";
import { openAgent } from "./agent-type-menu.ts";
import { modelWords, problemWords, SOURCE_WORDS, stateWords, toolsWords } from "./agent-type-text.ts";

/** The menu of all agents and their actions. Ends with Escape. */
export async function openTypes(dialogs: Dialogs, port: AgentManagement): Promise<void> {
	const choices = currentRows(port);
	const refusal = port.writer.refusalOf("project");
	let last: AgentOverview | undefined;
	for (;;) {
		const chosen = await dialogs.choose({
			title: `Agent types${refusal === undefined ? "" : `\n${refusal}`}`,
			choices,
			begin: (overview) => overview === last || isSameAgent(overview, last),
		});
		if (!chosen) return;
		last = chosen;
		await openAgent(dialogs, port, () => choices().find(({ value }) => isSameAgent(value, chosen))?.value);
	}
}

/** The rows; rebuilt only when the agents have changed. */
function currentRows({ catalog, isKnownTool }: AgentManagement): () => readonly Choice<AgentOverview>[] {
	let shown: { readonly catalog: AgentCatalog; readonly rows: readonly Choice<AgentOverview>[] } | undefined;
	return () => {
		const now = catalog();
		if (shown?.catalog !== now) shown = { catalog: now, rows: agentRows(now.overview(isKnownTool)) };
		return shown.rows;
	};
}

function isSameAgent(one: AgentOverview, other: AgentOverview | undefined): boolean {
	return one.name === other?.name && one.origin === other.origin && one.file === other.file;
}

const WIDEST = 24;
const GAP = 2;

/** Every agent as a line of a menu: name, state, source, model, tools, and a mark where it has problems. */
export function agentRows(overviews: readonly AgentOverview[]): readonly Choice<AgentOverview>[] {
	const rows = overviews.map((overview) => cellsOf(overview, isTwice(overview, overviews)));
	const columns = [0, 1, 2].map(
		(cell) => Math.min(WIDEST, Math.max(0, ...rows.map((cells) => visibleWidth(cells[cell]?.text ?? "")))) + GAP,
	);
	return overviews.map((overview, index) => {
		const cells = rows[index] ?? [];
		const said = [...cells.map(({ text }) => text), problemWords(overview)].filter((text) => text !== "");
		return {
			value: overview,
			label: said.join(" · "),
			description: noteOn(overview),
			draw: (width, theme) => new Line(drawn(overview, cells, columns, theme)).render(width).join(""),
		};
	});
}

interface Cell {
	readonly text: string;
	readonly color: ThemeColor;
	/** What the agent's file says, in place of the theme's. */
	readonly own?: Rgb;
}

function cellsOf(overview: AgentOverview, isNamedTwice: boolean): readonly Cell[] {
	const { name, origin, file, state, definition } = overview;
	const shown = isNamedTwice && file !== undefined ? `${name} (${basename(file)})` : name;
	const details = definition ? [modelWords(definition), toolsWords(definition)] : [];
	const isInUse = state.kind === "in use";
	const own = isInUse && definition?.color !== undefined ? colorNamed(definition.color) : undefined;
	const cells: readonly Cell[] = [
		{ text: shown, color: isInUse ? "text" : "muted", ...(own && { own }) },
		{ text: stateWords(overview), color: state.kind === "broken" ? "error" : isInUse ? "success" : "muted" },
		{ text: SOURCE_WORDS[origin], color: "muted" },
		...details.map((text): Cell => ({ text, color: "dim" })),
	];
	return cells.map((cell) => ({ ...cell, text: plainLine(cell.text) }));
}

/** Only where one folder has the name in several files. */
function isTwice({ name, origin }: AgentOverview, all: readonly AgentOverview[]): boolean {
	return all.filter((other) => other.name === name && other.origin === origin).length > 1;
}

/** Its first problem, else its description. */
function noteOn(overview: AgentOverview): string {
	const [first] = overview.diagnostics;
	return plainLine(first ? `${problemWords(overview)}: ${first.message}` : (overview.definition?.description ?? ""));
}

/** The first cells in columns, the others one after the other. */
function drawn(
	{ diagnostics }: AgentOverview,
	cells: readonly Cell[],
	columns: readonly number[],
	theme: Theme,
): readonly Piece[] {
	const mark = { text: diagnostics.length > 0 ? "! " : "  ", paint: (text: string) => theme.fg("warning", text) };
	const pieces = cells.map(({ text, color, own }, index) => {
		const room = columns[index] ?? visibleWidth(text) + GAP;
		return {
			text: text + " ".repeat(Math.max(1, room - visibleWidth(text))),
			paint: own ? colorPaint(own, theme) : (part: string) => theme.fg(color, part),
		};
	});
	return [mark, ...pieces];
}
