import { appendFileSync, closeSync, fstatSync, readSync } from "node:fs";
import { openRegularFile, readRegularFile } from "../platform/regular-file.ts";

/** The host could not load a larger session or transcript. */
export const BIGGEST_SESSION = 256 * 1024 * 1024;

/**
 * A write that was cut off leaves half a line, and the host would put the next entry behind it in the same line, where
 * neither can be read. Ends that line.
 */
export function mendEnd(file: string): void {
	try {
		if (!endsWithNewline(file)) appendFileSync(file, "\n");
	} catch {
		// no such file yet, none at all, or one that nobody can write to: then nothing is put behind its last line either
	}
}

/** The parts of the host's session that are used here. */
export interface WrittenSession {
	getSessionFile(): string | undefined;
	getLeafId(): string | null;
}

/**
 * Appends an entry to a session. An entry that could not be written stays in the host's memory, and the next one would follow it:
 * at the next start all before it would be missing from the conversation. So the host continues from the entry before.
 *
 * @throws what the host throws
 */
export function appendOrStepBack(append: () => void, session: WrittenSession | undefined): void {
	const before = session?.getLeafId();
	try {
		append();
	} catch (error) {
		const file = session?.getSessionFile();
		if (file !== undefined) mendEnd(file);
		if (session && before && session.getLeafId() !== before) continueFrom(before, session);
		throw error;
	}
}

/** The session manager has more methods than its type for extensions shows. */
function continueFrom(entry: string, session: WrittenSession & { branch?: (id: string) => void }): void {
	session.branch?.(entry);
}

/**
 * @param readable how many lines the host could read; where that is all of them, none is looked at
 * @returns the numbers, from 1, of lines that are no JSON; the host leaves them out without a word
 */
export function damagedLines(file: string, readable: number): readonly number[] {
	try {
		const bytes = readRegularFile(file, { maxBytes: BIGGEST_SESSION });
		if (countLines(bytes) <= readable) return [];
		const lines = bytes.toString().split("\n");
		return lines.flatMap((line, index) => (line.trim() === "" || isJson(line) ? [] : [index + 1]));
	} catch {
		return []; // no such file yet
	}
}

/** How many lines end in it. */
export function countLines(bytes: Buffer): number {
	let lines = 0;
	for (let at = bytes.indexOf("\n"); at >= 0; at = bytes.indexOf("\n", at + 1)) lines++;
	return lines;
}

function endsWithNewline(file: string): boolean {
	const handle = openRegularFile(file, { maxBytes: BIGGEST_SESSION });
	try {
		const { size } = fstatSync(handle);
		const last = Buffer.alloc(1);
		if (size > 0) readSync(handle, last, 0, 1, size - 1);
		return size === 0 || last.toString() === "\n";
	} finally {
		closeSync(handle);
	}
}

function isJson(line: string): boolean {
	try {
		JSON.parse(line);
		return true;
	} catch {
		return false;
	}
}
