import { type Component, visibleWidth } from "@mariozechner/pi-tui";
import { Line, type Piece } from "./line.ts";

/** One of the small facts behind a description; of one column a character. */
export interface Figure extends Piece {
	/** The greatest are the last to give way. */
	readonly weight: number;
}

/** Never gives way before the description does: how something has ended must not be told by a sign alone. */
export const INDISPENSABLE = 7;

export interface FittedParts {
	readonly name: Piece;
	readonly description: Piece;
	readonly figures: readonly Figure[];
	/** Paints what stands between figures. */
	readonly dim: (text: string) => string;
}

const SEPARATOR = " · ";
/** A description keeps at least so many columns, or a third of them; figures give way to it, the least important first. */
const LEAST_DESCRIPTION = 16;
/** So many beside what is indispensable. */
const LEAST_AT_ALL = 4;

/** A name, a description and as many figures as there is room for, in one line. */
export class FittedLine implements Component {
	constructor(private readonly parts: FittedParts) {}

	render(width: number): string[] {
		const { name, description, dim } = this.parts;
		const figures = this.figuresWithin(width);
		const room = width - figures.reduce((sum, { text }) => sum + SEPARATOR.length + text.length, 0);
		const title = { text: `${name.text} `, paint: name.paint };
		const [line] = new Line([title, description]).render(room);
		if (line === undefined) return [];
		return [line + figures.map(({ text, paint }) => dim(SEPARATOR) + paint(text)).join("")];
	}

	invalidate(): void {}

	private figuresWithin(width: number): readonly Figure[] {
		const { name, description, figures } = this.parts;
		const task = visibleWidth(description.text);
		const left = width - visibleWidth(name.text) - 1;
		const roomFor = (least: number) => left - Math.min(task, least);
		const kept = new Set<Figure>();
		let taken = 0;
		for (const figure of [...figures].sort((a, b) => b.weight - a.weight)) {
			const least = figure.weight >= INDISPENSABLE ? LEAST_AT_ALL : Math.min(LEAST_DESCRIPTION, Math.floor(width / 3));
			taken += SEPARATOR.length + figure.text.length;
			if (taken > roomFor(least)) break;
			kept.add(figure);
		}
		return figures.filter((figure) => kept.has(figure));
	}
}
