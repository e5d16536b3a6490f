import { formatCount } from "./figures.ts";

/** A transcript that is no longer needed. */
export interface TranscriptRemoval {
	readonly transcript: { readonly file: string; readonly bytes: number };
	readonly because: "age" | "size";
}

const REASONS = { age: "too old", size: "too much in all" };

/** What would go, a line each. */
export function removalsText(removals: readonly TranscriptRemoval[]): string {
	if (removals.length === 0) return "No transcript would be removed at the next start.";
	const kibibytes = removals.reduce((sum, { transcript }) => sum + transcript.bytes, 0) / 1024;
	const head = `${formatCount(removals.length, "transcript")} would be removed at the next start, ${Math.ceil(kibibytes)} KiB:`;
	return [head, ...removals.map(({ transcript, because }) => `${transcript.file} (${REASONS[because]})`)].join("\n");
}
