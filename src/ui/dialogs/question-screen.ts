import { plainLine } from "../../format/plain-text.ts";
import { boundHint, wayOutHint } from "./hint-lines.ts";
import { OneLineInput } from "./one-line-input.ts";
import type { Screen, Surface } from "./open-screen.ts";
import { frameLines } from "./screen-frame.ts";

/** One line of text to type. */
export class QuestionScreen implements Screen {
	private readonly input: OneLineInput;

	constructor(
		private readonly title: string,
		prefill: string,
		private readonly surface: Surface,
		private readonly answer: (text: string | undefined) => void,
	) {
		this.input = new OneLineInput(plainLine(prefill));
	}

	get focused(): boolean {
		return this.input.focused;
	}

	set focused(isFocused: boolean) {
		this.input.focused = isFocused;
	}

	render(width: number): string[] {
		const { theme, rows, keys } = this.surface;
		const [title = "", ...about] = this.title.split("\n");
		return frameLines(
			{
				title,
				about: about.join("\n"),
				body: { wanted: 1, draw: (_rows, room) => this.input.render(room) },
				hints: [...boundHint(keys, "tui.select.confirm", "accept"), ...wayOutHint(keys, "back")],
			},
			{ width, rows: rows(), theme },
		);
	}

	invalidate(): void {
		this.input.invalidate();
	}

	handleInput(data: string): void {
		const { keys } = this.surface;
		if (keys.matches(data, "tui.select.confirm") || data === "\n") this.answer(this.input.getValue());
		else if (keys.matches(data, "tui.select.cancel")) this.answer(undefined);
		else this.input.handleInput(data);
	}
}
