import { isDeepStrictEqual } from "node:util";
import type { Theme } from "@mariozechner/pi-coding-agent";
import { decodeKittyPrintable, matchesKey, visibleWidth } from "@mariozechner/pi-tui";
import { plainLine } from "../../platform/plain-text.ts";
import { Line } from "../components/line.ts";
import type { Choice, Menu } from "./dialogs.ts";
import { boundHint, keyName, moveHint, wayOutHint } from "./hint-lines.ts";
import type { Screen, Surface } from "./open-screen.ts";
import { frameLines, innerWidth, wrapped } from "./screen-frame.ts";

const NOTHING = "Nothing here.";

/** A menu in place of the editor. Keys act on what was drawn last, which is what the person has seen. */
export class MenuScreen<T> implements Screen {
	readonly capturesViewportInput = true;
	changes = true;
	private choices: readonly Choice<T>[];
	private index: number;
	/** Of the first one in sight. */
	private top = 0;
	private page = 1;
	/** The choice the cursor was on has gone: nothing is selected before the person moves it. */
	private isSelectionLost = false;
	/** Keys that had a meaning for the selected choice since the cursor is on it. */
	private readonly offered = new Set<string>();
	/** A key came too late to have its meaning, and what is typed after it is not for this menu either. */
	private isLate = false;

	constructor(
		private readonly menu: Menu<T>,
		private readonly surface: Surface,
		private readonly answer: (value: T | undefined) => void,
	) {
		this.choices = menu.choices();
		this.index = Math.max(
			0,
			this.choices.findIndex(({ value }) => menu.begin?.(value)),
		);
	}

	render(width: number): string[] {
		this.pull();
		const { menu, surface, choices, index } = this;
		const [title = "", ...below] = menu.title.split("\n");
		const lines = new ChoiceLines(choices, innerWidth(width), surface.theme);
		const about = [...below, ...(menu.about ? [menu.about()] : [])].join("\n");
		return frameLines(
			{
				title,
				position: (rows) => (rows < choices.length ? `${index + 1}/${choices.length}` : ""),
				about,
				body: { wanted: choices.length, draw: (rows, room) => this.drawWindow(lines, rows, room) },
				note: { text: this.isLate ? TOO_LATE : lines.note(index), rows: Math.max(lines.noteRows, this.isLate ? 1 : 0) },
				hints: this.hints(),
			},
			{ width, rows: surface.rows(), theme: surface.theme },
		);
	}

	invalidate(): void {}

	handleInput(data: string): void {
		const { keys } = this.surface;
		if (this.isTooLate(data)) return;
		this.isLate = false;
		if (keys.matches(data, "tui.select.up")) this.move(-1, "around");
		else if (keys.matches(data, "tui.select.down")) this.move(1, "around");
		else if (keys.matches(data, "tui.select.pageUp")) this.move(-this.page, "to the end");
		else if (keys.matches(data, "tui.select.pageDown")) this.move(this.page, "to the end");
		else if (matchesKey(data, "home")) this.move(-this.choices.length, "to the end");
		else if (matchesKey(data, "end")) this.move(this.choices.length, "to the end");
		else if (keys.matches(data, "tui.select.cancel")) this.answer(undefined);
		else if (keys.matches(data, "tui.select.confirm") || data === "\n") this.confirm();
		else if (this.menu.closeAll && matchesKey(data, "q")) this.menu.closeAll();
		else this.answerByKey(data);
	}

	/** What is typed after a key that came too late, up to Enter, is not for this menu. */
	private isTooLate(data: string): boolean {
		const isEnter = this.surface.keys.matches(data, "tui.select.confirm") || data === "\n";
		if (!this.isLate || !(isEnter || isPrintable(data))) return false;
		this.isLate = !isEnter;
		return true;
	}

	private pull(): void {
		const before = this.choices;
		const selected = this.selected();
		this.choices = this.menu.choices();
		this.changes = this.choices !== before || this.menu.about !== undefined;
		const moved = this.choices.findIndex(({ value }) => isDeepStrictEqual(value, selected));
		this.index = moved >= 0 ? moved : Math.max(0, Math.min(this.index, this.choices.length - 1));
		if (moved < 0 && selected !== undefined) this.isSelectionLost = true;
	}

	private selected(): T | undefined {
		return this.isSelectionLost ? undefined : this.choices[this.index]?.value;
	}

	private move(by: number, beyond: "around" | "to the end"): void {
		const last = this.choices.length - 1;
		const to = this.index + by;
		if (last < 0) return;
		this.isSelectionLost = false;
		this.offered.clear();
		if (beyond === "around" && to < 0) this.index = last;
		else if (beyond === "around" && to > last) this.index = 0;
		else this.index = Math.max(0, Math.min(to, last));
	}

	private get isPending(): boolean {
		return this.choices[this.index]?.isPending ?? false;
	}

	private confirm(): void {
		if (!this.isPending) this.answerWith(this.selected()); // nothing where the choice has gone meanwhile
	}

	private answerByKey(data: string): void {
		const pressed = (this.menu.keys ?? []).filter(({ key }) => matchesKey(data, key));
		const answers = pressed.map(({ answer }) => answer(this.selected())); // one letter may mean this or that
		const answer = answers.find((candidate) => candidate !== undefined);
		if (answer === undefined) this.isLate = pressed.some(({ key }) => this.offered.has(key));
		this.answerWith(answer);
	}

	private answerWith(value: T | undefined): void {
		if (value !== undefined) this.answer(value);
	}

	private drawWindow(lines: ChoiceLines<T>, rows: number, width: number): string[] {
		this.page = rows;
		if (this.choices.length === 0) {
			const paint = (text: string) => this.surface.theme.fg("muted", text);
			return new Line([{ text: plainLine(this.menu.empty ?? NOTHING), paint }]).render(width);
		}
		const lowest = Math.min(this.index, this.choices.length - rows);
		this.top = Math.max(0, this.index - rows + 1, Math.min(this.top, lowest));
		const inSight = Math.min(rows, this.choices.length - this.top);
		return Array.from({ length: inSight }, (_, row) => lines.line(this.top + row, this.isSelected(this.top + row)));
	}

	private isSelected(index: number): boolean {
		return index === this.index && !this.isSelectionLost;
	}

	private hints() {
		const { keys } = this.surface;
		const usable = (this.menu.keys ?? []).filter(({ answer }) => answer(this.selected()) !== undefined);
		for (const { key } of usable) this.offered.add(key);
		const own = [
			...usable.map(({ key, does }) => ({ key: keyName(key), does })),
			...(this.menu.closeAll ? [{ key: "q", does: "close all" }] : []),
		];
		const some = this.selected() !== undefined && !this.isPending;
		return [
			...(this.choices.length > 1 ? moveHint(keys, "move") : []),
			...(some ? boundHint(keys, "tui.select.confirm", "choose") : []),
			...wayOutHint(keys, "back"),
			...own,
		];
	}
}

const TOO_LATE = "That key came too late: what it was for has changed. Press an arrow key or Escape.";

/** A character that is typed, in any protocol of terminals. */
export function isPrintable(data: string): boolean {
	return decodeKittyPrintable(data) !== undefined || /^[^\p{Cc}]$/u.test(data);
}

const ARROW = "→ ";
const WIDEST_LABEL = 32;
const LEAST_DESCRIPTION = 20;
const BETWEEN = 2;
const MOST_NOTE_ROWS = 3;
const DRAWN_NOTE_ROWS = 2;

/** How the choices of a menu look at one width: labels in a column with what they mean beside them, where there is room. */
class ChoiceLines<T> {
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
