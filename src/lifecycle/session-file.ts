import { appendFileSync, closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";

/**
 * A write that was cut off leaves half a line, and the host would put the next entry behind it in the same line, where
 * neither can be read. Ends that line.
 */
export function mendEnd(file: string): void {
	try {
		if (!endsWithNewline(file)) appendFileSync(file, "\n");
	} catch {
		// no such file yet, or one that nobody can write to: then nothing is put behind its last line either
	}
}

/** @returns the numbers, from 1, of lines that are no JSON; the host leaves them out without a word */
export function damagedLines(file: string): readonly number[] {
	try {
		const lines = readFileSync(file, "utf8").split("\n");
		return lines.flatMap((line, index) => (line.trim() === "" || isJson(line) ? [] : [index + 1]));
	} catch {
		return []; // no such file yet
	}
}

function endsWithNewline(file: string): boolean {
	const handle = openSync(file, "r");
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
