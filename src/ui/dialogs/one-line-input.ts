import { Input } from "@mariozechner/pi-tui";
import { plainText } from "../../format/plain-text.ts";

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
