import { basename } from "node:path";
import type { Theme, ThemeColor } from "@mariozechner/pi-coding-agent";
import { visibleWidth } from "@mariozechner/pi-tui";
import type { AgentStanding } from "../../config/agent-catalog.ts";
import { plainLine } from "../../format/plain-text.ts";
import type { Choice } from "../dialogs.ts";
import { Line, type Piece } from "../line.ts";
import { modelWords, problemWords, SOURCE_WORDS, stateWords, toolsWords } from "./agent-words.ts";

const WIDEST_NAME = 24;
const GAP = 2;

/** Every agent as a line of a menu: what became of it, whose it is, what is wrong with it, what it runs on and with. */
export function agentRows(standings: readonly AgentStanding[]): readonly Choice<AgentStanding>[] {
	const rows = standings.map((standing) => cellsOf(standing, isTwice(standing, standings)));
	const widest = (cell: number, most: number) =>
		Math.min(most, Math.max(0, ...rows.map((cells) => visibleWidth(cells[cell]?.text ?? "")))) + GAP;
	const columns = [widest(0, WIDEST_NAME), widest(1, WIDEST_NAME), widest(2, WIDEST_NAME)];
	return standings.map((standing, index) => {
		const cells = rows[index] ?? [];
		const said = cells.map(({ text }) => text).filter((text) => text !== "");
		return {
			value: standing,
			label: said.join(" · "),
			draw: (width, theme) => new Line(drawn(cells, columns, theme)).render(width).join(""),
		};
	});
}

interface Cell {
	readonly text: string;
	readonly color: ThemeColor;
}

function cellsOf(standing: AgentStanding, isNamedTwice: boolean): readonly Cell[] {
	const { name, origin, file, state, definition } = standing;
	const shown = isNamedTwice && file !== undefined ? `${name} (${basename(file)})` : name;
	const details = definition ? [modelWords(definition), toolsWords(definition)] : [];
	const isInUse = state.kind === "in use";
	const cells: readonly Cell[] = [
		{ text: shown, color: isInUse ? "text" : "muted" },
		{ text: stateWords(standing), color: state.kind === "broken" ? "error" : isInUse ? "success" : "muted" },
		{ text: SOURCE_WORDS[origin], color: "muted" },
		{ text: problemWords(standing), color: "warning" },
		...details.map((text): Cell => ({ text, color: "dim" })),
	];
	return cells.map(({ text, color }) => ({ text: plainLine(text), color }));
}

/** Only where one folder has the name in several files. */
function isTwice({ name, origin }: AgentStanding, all: readonly AgentStanding[]): boolean {
	return all.filter((other) => other.name === name && other.origin === origin).length > 1;
}

/** The first ones in columns, what follows one after the other. */
function drawn(cells: readonly Cell[], columns: readonly number[], theme: Theme): readonly Piece[] {
	const paint = (color: ThemeColor) => (text: string) => theme.fg(color, text);
	return cells
		.filter(({ text }, index) => text !== "" || index < columns.length)
		.map(({ text, color }, index) => {
			const room = columns[index] ?? visibleWidth(text) + GAP;
			return { text: text + " ".repeat(Math.max(1, room - visibleWidth(text))), paint: paint(color) };
		});
}
