import type { Theme } from "@mariozechner/pi-coding-agent";
import { visibleWidth } from "@mariozechner/pi-tui";
import { plainLine } from "../../format/plain-text.ts";
import type { Choice } from "../dialogs.ts";
import { Line } from "../line.ts";
import { wrapped } from "./screen-frame.ts";

const ARROW = "→ ";
const WIDEST_LABEL = 32;
const LEAST_DESCRIPTION = 20;
const BETWEEN = 2;
const MOST_NOTE_ROWS = 3;
const DRAWN_NOTE_ROWS = 2;

/** How the choices of a menu look at one width: labels in a column with what they mean beside them, where there is room. */
export class ChoiceLines<T> {
	/** Where the labels end; absent where no description can stand beside them. */
	private readonly column: number | undefined = undefined;
	private readonly isBeside: (choice: Choice<T>) => boolean = () => false;
	/** How many rows below the list the longest description takes that does not fit into its line. */
	readonly noteRows: number;

	constructor(
		private readonly choices: readonly Choice<T>[],
		private readonly width: number,
		private readonly theme: Theme,
	) {
		if (choices.some(({ draw }) => draw)) {
			this.noteRows = choices.some(({ description = "" }) => description !== "") ? DRAWN_NOTE_ROWS : 0;
			return; // they may be very many, and change: none is measured that is not in sight
		}
		const widest = Math.max(0, ...choices.map(({ label }) => visibleWidth(plainLine(label))));
		const beside = width - ARROW.length - widest - BETWEEN;
		const isTable = widest <= WIDEST_LABEL && beside >= LEAST_DESCRIPTION;
		this.column = isTable ? widest + BETWEEN : undefined;
		this.isBeside = ({ description = "" }) => isTable && visibleWidth(plainLine(description)) <= beside;
		const tooLong = choices.filter((choice) => !this.isBeside(choice));
		this.noteRows = Math.min(MOST_NOTE_ROWS, Math.max(0, ...tooLong.map((choice) => this.rowsOf(choice))));
	}

	line(index: number, isSelected: boolean): string {
		const choice = this.choices[index];
		if (!choice) return "";
		const { theme, width } = this;
		const accent = (text: string) => theme.fg("accent", text);
		const arrow = { text: isSelected ? ARROW : "  ", paint: accent };
		const room = width - ARROW.length;
		if (choice.draw && room > 0) return arrow.paint(arrow.text) + choice.draw(room, theme);
		const label = plainLine(choice.label);
		const pieces = [arrow, { text: label, paint: isSelected ? accent : (text: string) => theme.fg("text", text) }];
		if (this.column !== undefined) {
			const text = " ".repeat(this.column - visibleWidth(label)) + plainLine(choice.description ?? "");
			pieces.push({ text: text.trimEnd(), paint: (part: string) => theme.fg("muted", part) });
		}
		return new Line(pieces).render(width).join("");
	}

	/** What does not fit into the line of that choice. */
	note(index: number): string {
		const choice = this.choices[index];
		return choice && !this.isBeside(choice) ? plainLine(choice.description ?? "") : "";
	}

	private rowsOf({ description = "" }: Choice<T>): number {
		return wrapped(plainLine(description), this.width).length;
	}
}
