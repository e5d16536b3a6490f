import { Input } from "@mariozechner/pi-tui";
import { plainLine, plainText } from "../../platform/plain-text.ts";
import { boundHint, wayOutHint } from "./hint-lines.ts";
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

const PASTE_BEGIN = "\x1b[200~";
const PASTE_END = "\x1b[201~";

/** The host's line to type into. What is pasted is made one line with its words apart; the host would glue its lines together. */
export class OneLineInput extends Input {
	/** @param prefill as if pasted: the cursor is behind it */
	constructor(prefill: string) {
		super();
		if (prefill !== "") this.handleInput(PASTE_BEGIN + prefill + PASTE_END);
	}

	override handleInput(data: string): void {
		const end = data.indexOf(PASTE_END);
		const isPaste = data.startsWith(PASTE_BEGIN) && end >= 0;
		super.handleInput(isPaste ? PASTE_BEGIN + inOneLine(data.slice(PASTE_BEGIN.length, end)) + data.slice(end) : data);
	}
}

function inOneLine(text: string): string {
	return plainText(text)
		.replace(/\n+$/, "")
		.replace(/ *\n\s*/g, " ");
}
