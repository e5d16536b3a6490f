/** What the host's editor makes of a text: it knows no tabs and one kind of line end. */
export function forEditor(text: string): string {
	return text
		.replace(/^\uFEFF/, "")
		.replace(/\r\n?/g, "\n")
		.replace(/\t/g, "    ")
		.trim();
}

/** The edited text with what the editor lost of the lines that were left alone: tabs, line ends and blanks at the ends. */
export function fromEditor(before: string, edited: string): string {
	const shown = forEditor(before);
	const plain = edited.replace(/\r\n?/g, "\n");
	if (plain.trim() === shown) return before;
	const [lead = ""] = /^\uFEFF?\s*/.exec(before) ?? [];
	const [trail = ""] = /\s*$/.exec(before.slice(lead.length)) ?? [];
	const lineEnd = /\r\n?|\n/.exec(before)?.[0] ?? "\n";
	const originals = new Map(
		before
			.slice(lead.length)
			.split(/\r\n?|\n/)
			.map((line) => [forLine(line), line]),
	);
	const lines = plain.trim().split("\n");
	return lead + lines.map((line) => originals.get(line) ?? line).join(lineEnd) + (trail || lineEnd);
}

function forLine(line: string): string {
	return line.replace(/\t/g, "    ");
}
