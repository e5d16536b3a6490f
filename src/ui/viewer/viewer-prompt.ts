import { OneLineInput } from "../dialogs/one-line-input.ts";

/** What a line of text is asked for. */
export type Purpose = "search" | "steer" | "export";

const LABELS: Readonly<Record<Purpose, string>> = { search: "Search", steer: "Steer", export: "Export to" };

/** A line to type into, at the foot of the viewer. */
export class ViewerPrompt {
	private readonly input: OneLineInput;

	constructor(
		readonly purpose: Purpose,
		prefill: string,
		answered: (text: string | undefined) => void,
	) {
		this.input = new OneLineInput(prefill);
		this.input.focused = true;
		this.input.onSubmit = answered;
		this.input.onEscape = () => answered(undefined);
	}

	type(data: string): void {
		this.input.handleInput(data);
	}

	line(width: number): string {
		const label = LABELS[this.purpose];
		// Where there is no room for both, what is typed is what counts.
		if (width < label.length + LEAST_INPUT) return this.input.render(width)[0] ?? "";
		return `${label}${this.input.render(width - label.length)[0] ?? ""}`;
	}
}

const LEAST_INPUT = 12;
