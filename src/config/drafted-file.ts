/** What an answer holds of agent files. */
export type DraftedFile = { readonly kind: "file"; readonly text: string } | { readonly kind: "none" | "several" };

/** What the one who is asked for a file is told to put around it. */
export const FILE_TAG = "agent_file";

const TAGGED = new RegExp(`^[ \\t]*<${FILE_TAG}>[ \\t]*\\n([\\s\\S]*?)\\n?[ \\t]*</${FILE_TAG}>`, "gm");
const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*([^`]*)$/;

/**
 * Finds the one agent file in an answer: between tags, in a code block, or just as it is after some words. The text itself is
 * left as it was written, be it good or not. An answer in words alone is no file.
 */
export function draftedFile(answer: string): DraftedFile {
	const text = answer.replace(/\r\n?/g, "\n");
	const tagged = [...text.matchAll(TAGGED)].map(([, inner = ""]) => filesInBlocks(inner)[0] ?? inner.trim());
	const found = tagged.length > 0 ? tagged : filesInBlocks(text);
	const [first = fileInWords(text)] = found;
	if (found.length > 1) return { kind: "several" };
	return first === undefined || first === "" ? { kind: "none" } : { kind: "file", text: `${first}\n` };
}

/** Code blocks that begin with front matter. A block in such a file opens with a language and is closed before it. */
function filesInBlocks(text: string): string[] {
	const lines = text.split("\n");
	const files: string[] = [];
	for (let at = 0; at < lines.length; at++) {
		const [, fence = ""] = FENCE.exec(lines[at] ?? "") ?? [];
		if (fence === "") continue;
		const end = closingLine(lines, at + 1, fence);
		const block = lines
			.slice(at + 1, end)
			.join("\n")
			.trim();
		if (/^---[ \t]*\n/.test(block)) files.push(block);
		at = end;
	}
	return files;
}

function closingLine(lines: readonly string[], from: number, fence: string): number {
	let depth = 1;
	for (let at = from; at < lines.length; at++) {
		const [, found = "", language = ""] = FENCE.exec(lines[at] ?? "") ?? [];
		if (found.length < fence.length || found[0] !== fence[0]) continue;
		depth += language.trim() === "" ? -1 : 1;
		if (depth === 0) return at;
	}
	return lines.length;
}

/** From the front matter to the end of the answer. A line of dashes alone is none. */
function fileInWords(text: string): string | undefined {
	const match = /^---[ \t]*\n(?=[ \t#\n]*[A-Za-z_][\w-]*:)[\s\S]*?\n---[ \t]*$[\s\S]*/m.exec(text);
	return match?.[0].trim();
}
